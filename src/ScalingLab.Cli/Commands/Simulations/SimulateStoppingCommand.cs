using System.CommandLine;
using System.Text.Json;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Simulations;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using Spectre.Console;
using static System.FormattableString;

namespace ScalingLab.Cli.Commands.Simulations;

/// <summary><c>lab simulate stopping RESULTS</c>: what cutting dominated runs would have saved, and cost.</summary>
internal static class SimulateStoppingCommand
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    public static Command Create(Screen screen)
    {
        var folder = new Argument<string>("RESULTS") { Description = "A results folder with runs.csv and curves.csv" };
        var margin = new Option<double?>("--margin")
        {
            Description = "How far above the best of its budget a run must be predicted to end, share of the loss; 0.02 "
                + "unless given",
        };
        var deviations = new Option<double?>("--deviations")
        {
            Description = "Standard errors of the prediction that it must lie above it; 2 unless given",
        };
        var json = new Option<bool>("--json") { Description = "JSON on standard output instead of a table" };
        var command = new Command("stopping", "What cutting dominated runs early would have saved, and done to the fit")
        {
            folder, margin, deviations, json,
        };
        command.SetAction((parsed, stop) =>
        {
            var rule = new StoppingRule();
            rule = rule with
            {
                Margin = parsed.GetValue(margin) ?? rule.Margin,
                Deviations = parsed.GetValue(deviations) ?? rule.Deviations,
            };
            return RunAsync(screen, parsed.GetRequiredValue(folder), rule, parsed.GetValue(json), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, string folder, StoppingRule rule, bool isJson,
        CancellationToken stop)
    {
        var problems = new List<Problem>();
        foreach (var (place, value) in new[] { ("--margin", rule.Margin), ("--deviations", rule.Deviations) })
        {
            if (!(value >= 0 && double.IsFinite(value)))
                problems.Add(new Problem(place, FormattableString.Invariant($"is {value}; at least 0 is expected")));
        }

        if (problems.Count > 0) throw new InputException(problems);
        LabHome.RequireFolders("RESULTS", folder);
        var (runs, rows) = Read(folder);
        var found = await LongOperation.RunAsync(screen, "going through the runs again", work =>
            StoppingReplay.Run(runs, rule, new FitOptions { Stop = stop, Progress = work, Bootstrap = 1000 }), stop);
        if (isJson) screen.Out.WriteLine(JsonSerializer.Serialize(Document(found, rows), Json));
        else Show(screen, found, rows);
        return CliHost.Success;
    }

    private static (IReadOnlyList<ReplayedRun> Runs, IReadOnlyList<RunRow> Rows) Read(string folder)
    {
        var sweep = MeasuredSweep.Read(folder);
        var curves = sweep.Curves.ToLookup(point => point.RunId);
        List<RunRow> rows =
            [.. sweep.Runs.Where(run => run is { State: RunState.Completed, LossValidation: not null })];
        if (rows.Count == 0) throw new InputException(folder, "has no completed run");
        if (rows.Select(run => run.Variant).Distinct().Count() > 1)
            throw new InputException(folder, "has runs of several recipes, and a law is of one");
        return ([.. rows.Select((run, index) => new ReplayedRun(run.ToObservation(index + 1)!,
            [.. curves[run.RunId].Where(point => point.LossTrain is > 0).OrderBy(point => point.Step)
                .Select(point => ((double)point.Tokens / run.Tokens, point.LossTrain!.Value))]))], rows);
    }

    private static void Show(Screen screen, StoppingResult found, IReadOnlyList<RunRow> rows)
    {
        var table = FitLawsView.Table(screen, "cut", "budget", "seed", "at", "best of budget", "predicted", "95 %",
            "came to");
        foreach (var one in found.Stopped)
        {
            var run = rows[one.Run];
            table.AddRow(
                run.Model, run.BudgetFlops is { } budget ? Quantity.Power(budget) : "", Quantity.Whole(run.Seed),
                Invariant($"{100 * one.Share:F0} %"), Invariant($"{one.Best:F4}"), Invariant($"{one.Predicted:F4}"),
                Invariant($"{one.Interval95.Low:F4} to {one.Interval95.High:F4}"),
                Invariant($"{one.Actual:F4}{(one.Held ? "" : ", outside")}"));
        }

        screen.Console.Write(table);
        screen.Out.WriteLine(Invariant($"{found.Stopped.Count} of {rows.Count} runs cut: ")
            + Invariant($"{100 * found.Saved / found.Flops:F1} % of {Quantity.Power(found.Flops)} FLOPs saved; ")
            + Invariant($"{found.Stopped.Count(one => one.Held)} of {found.Stopped.Count} losses within their 95 %."));
        foreach (var (name, fit) in Fits(found))
        {
            screen.Out.WriteLine($"{name}: {FitOptionSet.JsonName(fit.Status)}"
                + (fit.ParametersExponent is { } a && fit.Interval95?["a"] is { } interval
                    ? Invariant($", a = {a:F4} (95 %: {interval.Low:F4} to {interval.High:F4})") : ""));
        }
    }

    private static object Document(StoppingResult found, IReadOnlyList<RunRow> rows) => new
    {
        Runs = rows.Count,
        found.Flops,
        found.Saved,
        Stopped = found.Stopped.Select(one => new
        {
            rows[one.Run].RunId, rows[one.Run].Model, one.Share, one.Best, one.Predicted, one.Error, one.Interval95,
            one.Actual, one.Held,
        }),
        Fits = Fits(found).Select(one => new
        {
            one.Name, Status = FitOptionSet.JsonName(one.Fit.Status), A = one.Fit.ParametersExponent,
            Interval95 = one.Fit.Interval95?["a"],
        }),
    };

    private static (string Name, ParametricFit Fit)[] Fits(StoppingResult found) =>
    [
        ("all runs to their end", found.Whole),
        ("with the predicted losses of cut runs", found.Predicted),
        ("without cut runs", found.Without),
    ];
}
