using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using Spectre.Console;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>
/// <c>lab bench memory</c>: the peak of training steps by <see cref="MemoryEstimate"/>, beside that of a worker that
/// makes them.
/// </summary>
internal static class BenchMemoryCommand
{
    /// <summary>A case that was measured, as --json has it.</summary>
    private sealed record Measured(
        string Name, ModelShape Shape, int Sequences, IReadOnlyList<string> Recipe, Precision Precision,
        RecomputeMode Recompute, CudaStepMode? Cuda,
        MemoryEstimate Predicted, long PredictedBytes, long MeasuredBytes, double SecondsAStep);

    /// <summary>One way to make a case's steps.</summary>
    private sealed record Variant(BenchCase Case, RecomputeMode Recompute, Precision Precision);

    public static Command Create(Screen screen, LabHome home)
    {
        var what = new BenchOptionSet();
        var recompute =
            new Option<RecomputeMode?>("--recompute") { Description = "none, attention or block; each unless given" };
        var engine = EngineOption.Create();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command =
            new Command("memory", "Peak memory of training steps: predicted and measured, over shapes and modes")
            { recompute, engine, json };
        foreach (var option in what.All) command.Add(option);
        command.SetAction(async (parsed, stop) =>
        {
            var settings = what.Settings(parsed, home);
            var trains = home.WithEngine(parsed, engine);
            var cases = what.Cases(parsed, DefaultCases(KernelPath.IsGpu(settings)), 1);
            var modes = parsed.GetValue(recompute) is { } mode ? [mode] : Enum.GetValues<RecomputeMode>();
            var precisions = what.Precisions(parsed);
            List<Variant> variants =
                [.. from c in cases from m in modes from p in precisions select new Variant(c, m, p)];
            var measured = await MeasureAsync(screen, trains, variants, settings, stop);
            if (parsed.GetValue(json)) screen.Out.WriteLine(RunJson.Serialize(measured));
            else Show(screen, measured);
            return CliHost.Success;
        });
        return command;
    }

    private static async Task<IReadOnlyList<Measured>> MeasureAsync(
        Screen screen, LabHome home, IReadOnlyList<Variant> variants, WorkerSettings settings, CancellationToken stop)
    {
        var measured = new List<Measured>();
        var gpu = KernelPath.IsGpu(settings);
        foreach (var (one, mode, precision) in variants)
        {
            screen.Error.WriteLine($"lab: {one.Name}, {EnumNames.ToName(precision)}, recompute "
                + $"{EnumNames.ToName(mode)} ...");
            var with = settings with { Recompute = mode };
            var spec = one.Spec(precision, steps: gpu ? 5 : 1); // on a GPU: to the captured graph
            var predicted = MemoryEstimate.For(spec, with);
            var timing = await BenchCommand.TimeAsync(home, one.Name, spec, with, "--peak", stop);
            measured.Add(new(
                one.Name, spec.Shape, one.Sequences, one.Recipe, precision, mode, gpu ? with.Cuda : null, predicted,
                predicted.Peak,
                timing.PeakMemoryBytes
                ?? throw new InputException("--device", "this system does not tell the peak of a process"),
                timing.MedianSeconds));
        }

        return measured;
    }

    /// <summary>Shapes of several sizes; on a GPU batches that fill tens of gigabytes without recomputing.</summary>
    private static IReadOnlyList<BenchCase> DefaultCases(bool gpu)
    {
        IReadOnlyList<(string Model, int Context, int Sequences)> shapes = gpu
            ? [("23m", 1024, 32), ("42m", 1024, 32), ("164m", 1024, 16), ("164m", 2048, 8)]
            : [("micro-5m", 512, 4), ("23m", 512, 2), ("42m", 1024, 1)];
        return [.. shapes.Select(s =>
            new BenchCase(s.Model, ModelPresets.Find(s.Model)!.Shape(32_768, s.Context), s.Sequences))];
    }

    private static void Show(Screen screen, IReadOnlyList<Measured> measured)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        string[] headings =
            ["model", "vocabulary", "context", "batch", "precision", "recompute", "predicted MB", "measured MB",
                "ratio", "step ms"];
        foreach (var heading in headings)
            table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (var m in measured)
        {
            table.AddRow(
                m.Name,
                Quantity.Whole(m.Shape.Vocabulary),
                Quantity.Whole(m.Shape.Context),
                Quantity.Whole((long)m.Sequences * m.Shape.Context),
                EnumNames.ToName(m.Precision),
                EnumNames.ToName(m.Recompute),
                Quantity.Whole(m.PredictedBytes / 1e6),
                Quantity.Whole(m.MeasuredBytes / 1e6),
                FormattableString.Invariant($"{(double)m.PredictedBytes / m.MeasuredBytes:0.000}"),
                Quantity.Compact(m.SecondsAStep * 1e3));
        }

        screen.Console.Write(table);
        screen.Console.WriteLine(measured[0].Cuda is { } path
            ? $"What libtorch's allocator gave out at most, path "
                + $"{EnumNames.ToName(path)}; the process's context comes on top."
            : "Largest resident set of the worker's process.");
    }
}
