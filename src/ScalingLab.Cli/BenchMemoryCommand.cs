using System.CommandLine;
using ScalingLab.Runs;
using Spectre.Console;

namespace ScalingLab.Cli;

/// <summary><c>lab bench memory</c>: the peak of training steps by <see cref="MemoryEstimate"/>, beside that of a worker that makes them.</summary>
internal static class BenchMemoryCommand
{
    private sealed record Case(string Name, ModelShape Shape, int Sequences, RecomputeMode Recompute);

    /// <summary>A case that was measured, as --json has it.</summary>
    private sealed record Measured(
        string Name, ModelShape Shape, int Sequences, Precision Precision, RecomputeMode Recompute, CudaPath? Cuda, MemoryEstimate Predicted,
        long PredictedBytes, long MeasuredBytes, double SecondsAStep);

    public static Command Create(Screen screen, LabHome home)
    {
        var model = new Option<string?>("--model") { Description = "A preset instead of the usual shapes" };
        var vocabulary = new Option<int>("--vocabulary") { Description = "Vocabulary", DefaultValueFactory = _ => 32_768 };
        var context = new Option<int?>("--context") { Description = "Context of --model; the preset's own unless given" };
        var sequences = RunOptions.Positive("--sequences", "Sequences in a batch of --model; 1 unless given");
        var precision = new Option<Precision?>("--precision") { Description = "fp32, bf16 or, on a GPU, fp16; fp32 and bf16 unless given" };
        var recompute = new Option<RecomputeMode?>("--recompute") { Description = "none, attention or block; each unless given" };
        var path = new Option<CudaPath>("--path") { Description = "On a GPU: graph, fused or composite", DefaultValueFactory = _ => CudaPath.Graph };
        var limit = new Option<long?>("--memory-bytes") { Description = "On a GPU: the most that libtorch may take, as a smaller card would" };
        var threads = RunOptions.Positive("--threads", "CPU threads; as many as cores unless given");
        var device = RunOptions.DeviceOption();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("memory", "Peak memory of training steps: predicted and measured, over shapes and modes")
        {
            model, vocabulary, context, sequences, precision, recompute, path, limit, threads, device, json,
        };
        command.SetAction((parsed, stop) =>
        {
            var gpu = parsed.GetValue(device)!.StartsWith("cuda", StringComparison.Ordinal);
            IReadOnlyList<RecomputeMode> modes = parsed.GetValue(recompute) is { } mode
                ? [mode]
                : [RecomputeMode.None, RecomputeMode.Attention, RecomputeMode.Block];
            return RunAsync(
                screen,
                home,
                Cases(parsed.GetValue(model), parsed.GetValue(vocabulary), parsed.GetValue(context), parsed.GetValue(sequences), modes, gpu),
                parsed.GetValue(precision) is { } one ? [one] : [Precision.Fp32, Precision.Bf16],
                new WorkerSettings
                {
                    DataFolder = "",
                    CheckpointFolder = "",
                    Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                    Device = parsed.GetValue(device)!,
                    Cuda = parsed.GetValue(path),
                    MemoryBytes = parsed.GetValue(limit),
                    MicroBatchTokens = int.MaxValue,
                },
                parsed.GetValue(json),
                stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Screen screen, LabHome home, IReadOnlyList<Case> cases, IReadOnlyList<Precision> precisions, WorkerSettings settings, bool json,
        CancellationToken stop)
    {
        var measured = new List<Measured>();
        var gpu = settings.Device.StartsWith("cuda", StringComparison.Ordinal);
        foreach (var one in cases)
        {
            foreach (var precision in precisions)
            {
                screen.Error.WriteLine($"lab: {one.Name}, {EnumWord(precision)}, recompute {EnumWord(one.Recompute)} ...");
                var with = settings with { Recompute = one.Recompute };
                var spec = BenchCommand.Spec(one.Shape, one.Sequences, precision, steps: gpu ? 5 : 1); // on a GPU: to the captured graph
                var predicted = MemoryEstimate.Of(spec, with);
                var timing = await BenchCommand.TimeAsync(home, one.Name, spec, with, "--peak", stop);
                measured.Add(new(
                    one.Name, one.Shape, one.Sequences, precision, one.Recompute, gpu ? with.Cuda : null, predicted, predicted.Peak,
                    timing.PeakMemoryBytes ?? throw new InputException("--device", "this system does not tell the peak of a process"),
                    timing.MedianSeconds));
            }
        }

        if (json) screen.Out.WriteLine(RunJson.Serialize(measured));
        else Show(screen, measured);
        return Door.Done;
    }

    /// <summary>Shapes of several sizes; on a GPU batches that fill tens of gigabytes without recomputing.</summary>
    private static List<Case> Cases(
        string? model, int vocabulary, int? context, int? sequences, IReadOnlyList<RecomputeMode> modes, bool gpu)
    {
        IReadOnlyList<(string Model, int Context, int Sequences)> shapes = model is not null
            ? [(model, context ?? Preset(model).Context, sequences ?? 1)]
            : gpu
                ? [("23m", 1024, 32), ("42m", 1024, 32), ("164m", 1024, 16), ("164m", 2048, 8)]
                : [("micro-5m", 512, 4), ("23m", 512, 2), ("42m", 1024, 1)];
        var cases = new List<Case>();
        foreach (var (name, tokens, count) in shapes)
        {
            var shape = Preset(name).Shape(vocabulary, tokens);
            var problems = shape.Problems().Select(p => new Problem($"--{p.Field}", p.Problem)).ToList();
            if (problems.Count > 0) throw new InputException(problems);
            cases.AddRange(modes.Select(mode => new Case(name, shape, count, mode)));
        }

        return cases;
    }

    private static ModelPreset Preset(string name) => ModelPresets.Find(name)
        ?? throw new InputException("--model", $"no preset is called '{name}': {string.Join(", ", ModelPresets.All.Select(p => p.Name))}");

    private static void Show(Screen screen, IReadOnlyList<Measured> measured)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        string[] headings = ["model", "vocabulary", "context", "batch", "precision", "recompute", "predicted MB", "measured MB", "ratio", "step ms"];
        foreach (var heading in headings)
            table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (var m in measured)
        {
            table.AddRow(
                m.Name,
                Quantity.Whole(m.Shape.Vocabulary),
                Quantity.Whole(m.Shape.Context),
                Quantity.Whole((long)m.Sequences * m.Shape.Context),
                EnumWord(m.Precision),
                EnumWord(m.Recompute),
                Quantity.Whole(m.PredictedBytes / 1e6),
                Quantity.Whole(m.MeasuredBytes / 1e6),
                FormattableString.Invariant($"{(double)m.PredictedBytes / m.MeasuredBytes:0.000}"),
                Quantity.Of(m.SecondsAStep * 1e3));
        }

        screen.Console.Write(table);
        screen.Console.WriteLine(measured[0].Cuda is { } path
            ? $"What libtorch's allocator gave out at most, path {EnumWord(path)}; the process's context comes on top."
            : "Largest resident set of the worker's process.");
    }

    private static string EnumWord<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
