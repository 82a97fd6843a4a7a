using System.CommandLine;
using System.Diagnostics;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Inputs;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;
using Spectre.Console;

namespace ScalingLab.Cli.Benchmarks;

/// <summary><c>lab bench fit</c>: times the parametric fit, its bootstrap and its judgement.</summary>
internal static class BenchFitCommand
{
    /// <summary>
    /// Seconds by the clock and of this process's processor time: on a busy machine the latter is what the work takes.
    /// </summary>
    private sealed record Span(double WallSeconds, double ProcessorSeconds)
    {
        public override string ToString() => $"{Quantity.Compact(WallSeconds)} ({Quantity.Compact(ProcessorSeconds)})";
    }

    /// <summary>
    /// One method that was timed, medians of the repeats. Fit is the global fit with profile intervals; Whole adds the
    /// bootstrap.
    /// </summary>
    private sealed record Timed(FitMethod Method, int Points, int Threads, int Bootstrap, Span Fit, Span Whole,
        Span Judgement, string Status);

    public static Command Create(Screen screen)
    {
        var file =
            new Argument<string?>("FILE.csv")
            { Description = "A table of runs; a made-up sweep of 240 without it", Arity = ArgumentArity.ZeroOrOne };
        var n = new Option<string?>("--n") { Description = "Column of model parameters" };
        var d = new Option<string?>("--d") { Description = "Column of training tokens" };
        var flops = new Option<string?>("--flops") { Description = "Column of training FLOPs" };
        var loss = new Option<string?>("--loss") { Description = "Column of the final loss" };
        var drop = RunOptions.PositiveInteger("--drop-highest", "Highest losses to leave out; none unless given");
        var bootstrap = RunOptions.PositiveInteger("--bootstrap", "Bootstrap draws; 4,000 unless given");
        var repeat = RunOptions.PositiveInteger("--repeat", "Times to repeat; 5 unless given");
        var threads = RunOptions.PositiveInteger("--threads", "CPU threads; 1 unless given");
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("fit", "Time the parametric fit: global fit, bootstrap, judgement")
        {
            file, n, d, flops, loss, drop, bootstrap, repeat, threads, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var columns =
                new FitColumns(parsed.GetValue(n), parsed.GetValue(d), parsed.GetValue(flops), parsed.GetValue(loss),
                    null);
            var rows = parsed.GetValue(file) is { } path ? FitTable.Read(path, columns).Observations
                : DemoSweep.Chinchilla.Observations;
            var options = new FitOptions
            {
                Bootstrap = parsed.GetValue(bootstrap) ?? 4000,
                DropHighest = parsed.GetValue(drop) ?? 0,
                Threads = parsed.GetValue(threads) ?? 1,
                Stop = stop,
            };
            var timed = await LongOperation.RunAsync(screen, "timing fits", _ => Enum.GetValues<FitMethod>()
                .Select(method => Time(rows, options with { Method = method }, parsed.GetValue(repeat) ?? 5)).ToList(),
                stop);
            if (parsed.GetValue(json)) screen.Out.WriteLine(RunJson.Serialize(timed));
            else Show(screen, timed);
            return CliHost.Success;
        });
        return command;
    }

    private static Timed Time(IReadOnlyList<LossObservation> rows, FitOptions options, int repeat)
    {
        var usable = ObservationChecks.Check(rows).Usable;
        var points = ObservationChecks.DropHighest(usable, options.DropHighest).Usable;
        var alone = options with { Bootstrap = 0 };
        // The first fit also pays for compiling.
        var fit = ParametricFitter.Fit(points, options with { Bootstrap = 50 });
        DiagnosticChecks.Run(usable, points, fit, options);
        return new Timed(
            options.Method,
            points.Count,
            options.Threads,
            options.Bootstrap,
            Median(repeat, () => ParametricFitter.Fit(points, alone)),
            Median(repeat, () => ParametricFitter.Fit(points, options)),
            Median(repeat, () => DiagnosticChecks.Run(usable, points, fit, options)),
            fit.Status.ToString());
    }

    private static Span Median(int repeat, Action work)
    {
        var (wall, processor) = (new List<double>(), new List<double>());
        using var process = Process.GetCurrentProcess();
        for (var index = 0; index < repeat; index++)
        {
            process.Refresh();
            var (start, used) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
            work();
            wall.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            process.Refresh();
            processor.Add((process.TotalProcessorTime - used).TotalSeconds);
        }

        return new Span(wall.Order().ElementAt(repeat / 2), processor.Order().ElementAt(repeat / 2));
    }

    private static void Show(Screen screen, IReadOnlyList<Timed> timed)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading
            in (string[])["method", "points", "status", "global fit",
                $"with {Quantity.Whole(timed[0].Bootstrap)} bootstraps", "judgement"])
            table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (var t in timed)
        {
            table.AddRow(
                t.Method.ToString(), Quantity.Whole(t.Points), t.Status, t.Fit.ToString(), t.Whole.ToString(),
                t.Judgement.ToString());
        }

        screen.Console.Write(table);
        var threads = $"{timed[0].Threads} {(timed[0].Threads == 1 ? "thread" : "threads")}";
        screen.Console.WriteLine($"Seconds by the clock (of processor time), medians; {threads}. Every fit has its "
            + "profile intervals.");
    }
}
