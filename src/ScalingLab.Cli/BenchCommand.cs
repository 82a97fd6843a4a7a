using System.CommandLine;
using System.Globalization;
using ScalingLab.Runs;
using Spectre.Console;

namespace ScalingLab.Cli;

/// <summary>
/// <c>lab bench</c>: times training steps, on random tokens, through the same worker that trains; below it the fits' benchmarks.
/// </summary>
internal static class BenchCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    /// <summary>A model and a batch to time.</summary>
    internal sealed record Case(string Name, ModelShape Shape, int Sequences);

    /// <summary>A case that was timed, as --json has it.</summary>
    private sealed record Timed(string Name, ModelShape Shape, int Sequences, Precision Precision, int Threads, StepTiming Timing);

    public static Command Create(Screen screen, LabHome home)
    {
        var model = new Option<string?>("--model") { Description = "A preset instead of the three usual shapes" };
        var vocabulary = new Option<int>("--vocabulary") { Description = "Vocabulary of --model", DefaultValueFactory = _ => 32_768 };
        var context = new Option<int?>("--context") { Description = "Context of --model; the preset's own unless given" };
        var sequences = RunOptions.Positive("--sequences", "Sequences in a batch of --model; 8 unless given");
        var precision = new Option<Precision?>("--precision") { Description = "fp32 or bf16; both unless given" };
        var threads = RunOptions.Positive("--threads", "CPU threads; as many as cores unless given");
        var steps = RunOptions.Positive("--steps", "Steps to time; 20 unless given");
        var device = RunOptions.DeviceOption();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("bench", "Time training steps on this machine: tokens/s, FLOP/s, memory")
        {
            model, vocabulary, context, sequences, precision, threads, steps, device, json,
            BenchFitCommand.Create(screen), BenchCoverageCommand.Create(screen), BenchMemoryCommand.Create(screen, home),
        };
        command.SetAction((parsed, stop) => RunAsync(
            screen,
            home,
            Cases(parsed.GetValue(model), parsed.GetValue(vocabulary), parsed.GetValue(context), parsed.GetValue(sequences) ?? 8),
            parsed.GetValue(precision) is { } one ? [one] : [Precision.Fp32, Precision.Bf16],
            new WorkerSettings
            {
                DataFolder = "",
                CheckpointFolder = "",
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                Device = parsed.GetValue(device)!,
                MicroBatchTokens = int.MaxValue,
                PeaksFile = home.Peaks,
            },
            parsed.GetValue(steps) ?? 20,
            parsed.GetValue(json),
            stop));
        var kernels = new Command("kernels", "Compare a GPU's fused kernels with float64, and short runs through them with runs without");
        kernels.SetAction((_, stop) => KernelsAsync(screen, home, stop));
        command.Add(kernels);
        return command;
    }

    /// <summary>The worker's table; its exit code is ours: 1 when a result is too far from the truth, 2 without such a GPU.</summary>
    private static async Task<int> KernelsAsync(Screen screen, LabHome home, CancellationToken stop)
    {
        var worker = WorkerLaunch.Find(home);
        var answer = await ProgramRun.OfAsync(worker.FileName, [.. worker.Arguments, "--check-kernels"], worker.Environment, Limit, stop)
            ?? throw new InputException("kernels", $"the worker did not end within {Limit.TotalMinutes} minutes");
        screen.Out.Write(answer.Out);
        if (answer.ExitCode != 0) screen.Error.Write(answer.Error);
        return answer.ExitCode;
    }

    private static async Task<int> RunAsync(
        Screen screen, LabHome home, IReadOnlyList<Case> cases, IReadOnlyList<Precision> precisions, WorkerSettings settings, int steps, bool json,
        CancellationToken stop)
    {
        var timed = new List<Timed>();
        foreach (var one in cases)
        {
            foreach (var precision in precisions)
            {
                screen.Error.WriteLine($"lab: timing {one.Name} {precision.ToString().ToLowerInvariant()} ...");
                timed.Add(new(one.Name, one.Shape, one.Sequences, precision, settings.Threads, await TimeAsync(home, one, precision, settings, steps, stop)));
            }
        }

        if (json) screen.Out.WriteLine(RunJson.Serialize(timed));
        else Show(screen, timed);
        return Door.Done;
    }

    internal static Task<StepTiming> TimeAsync(
        LabHome home, Case one, Precision precision, WorkerSettings settings, int steps, CancellationToken stop) =>
        TimeAsync(home, one.Name, Spec(one.Shape, one.Sequences, precision, steps), settings, "--bench", stop);

    /// <summary>Training steps of a run on random tokens, timed by a worker.</summary>
    /// <exception cref="InputException">The worker did not end well; in its words.</exception>
    internal static async Task<StepTiming> TimeAsync(
        LabHome home, string name, RunSpec spec, WorkerSettings settings, string asked, CancellationToken stop)
    {
        var worker = WorkerLaunch.Find(home);
        var environment = new Dictionary<string, string>(worker.Environment)
        {
            ["OMP_NUM_THREADS"] = settings.Threads.ToString(CultureInfo.InvariantCulture),
        };
        var answer = await ProgramRun.OfAsync(
            worker.FileName, [.. worker.Arguments, asked], environment, Limit, stop, RunJson.Serialize(new WorkOrder(spec, settings)));
        if (answer is not { ExitCode: 0 })
            throw new InputException(name, answer?.Error.Trim() ?? $"the worker did not end within {Limit.TotalMinutes} minutes");
        return RunJson.Deserialize<StepTiming>(answer.Out.Trim());
    }

    /// <summary>A run that is only timed.</summary>
    internal static RunSpec Spec(ModelShape shape, int sequences, Precision precision, int steps) => new()
    {
        Shape = shape,
        Data = new DataIdentity("random tokens", "", ""),
        Steps = steps,
        Recipe = new TrainingRecipe { BatchSequences = sequences, LearningRateMax = 1e-3, Precision = precision },
        Seed = 1,
    };

    private static IReadOnlyList<Case> Cases(string? model, int vocabulary, int? context, int sequences)
    {
        if (model is null)
        {
            return
            [
                new("2 x 32", ModelPresets.Find("micro-90k")!.Shape(1024), 16),
                new("4 x 64", new ModelShape { Layers = 4, Width = 64, Heads = 4, Vocabulary = 2048, Context = 256 }, 16),
                new("6 x 384", ModelPresets.Find("23m")!.Shape(2048, 256), 8),
            ];
        }

        var preset = ModelPresets.Find(model)
            ?? throw new InputException("--model", $"no preset is called '{model}': {string.Join(", ", ModelPresets.All.Select(p => p.Name))}");
        var shape = preset.Shape(vocabulary, context);
        var problems = shape.Problems().Select(p => new Problem($"--{p.Field}", p.Problem)).ToList();
        return problems.Count == 0 ? [new(preset.Name, shape, sequences)] : throw new InputException(problems);
    }

    private static void Show(Screen screen, IReadOnlyList<Timed> timed)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading in (string[])["model", "vocabulary", "context", "batch", "precision", "tokens/s", "GFLOP/s", "MFU %", "step ms", "memory MB"])
            table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (var t in timed)
        {
            table.AddRow(
                t.Name,
                Quantity.Whole(t.Shape.Vocabulary),
                Quantity.Whole(t.Shape.Context),
                Quantity.Whole((long)t.Sequences * t.Shape.Context),
                t.Precision.ToString().ToLowerInvariant(),
                Quantity.Of(t.Timing.TokensPerSecond),
                Quantity.Of(t.Timing.FlopsPerSecond / 1e9),
                t.Timing.PeakFlopsPerSecond is { } peak ? Quantity.Of(100 * t.Timing.FlopsPerSecond / peak) : "",
                Quantity.Of(t.Timing.MedianSeconds * 1e3),
                t.Timing.PeakMemoryBytes is { } bytes ? Quantity.Whole(bytes / 1e6) : "");
        }

        screen.Console.Write(table);
        screen.Console.WriteLine($"Median of {timed[0].Timing.Steps} steps; {timed[0].Timing.Device}, {timed[0].Timing.Engine}.");
    }
}
