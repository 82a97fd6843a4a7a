using System.CommandLine;
using System.Globalization;
using ScalingLab.Runs;
using Spectre.Console;

namespace ScalingLab.Cli;

/// <summary><c>lab bench</c>: times training steps, on random tokens, through the same worker that trains.</summary>
internal static class BenchCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    /// <summary>A model and a batch to time.</summary>
    private sealed record Case(string Name, ModelShape Shape, int Sequences);

    /// <summary>A case that was timed, as --json has it.</summary>
    private sealed record Timed(string Name, ModelShape Shape, int Sequences, Precision Precision, int Threads, StepTiming Timing);

    public static Command Create(Screen screen, LabHome home)
    {
        var model = new Option<string?>("--model") { Description = "A preset instead of the three usual shapes" };
        var vocabulary = new Option<int>("--vocabulary") { Description = "Vocabulary of --model", DefaultValueFactory = _ => 32_768 };
        var context = new Option<int?>("--context") { Description = "Context of --model; the preset's own unless given" };
        var sequences = new Option<int>("--sequences") { Description = "Sequences in a batch of --model", DefaultValueFactory = _ => 8 };
        var precision = new Option<Precision?>("--precision") { Description = "fp32 or bf16; both unless given" };
        var threads = new Option<int>("--threads") { Description = "CPU threads", DefaultValueFactory = _ => Environment.ProcessorCount };
        var steps = new Option<int>("--steps") { Description = "Steps to time", DefaultValueFactory = _ => 20 };
        var device = RunOptions.DeviceOption();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("bench", "Time training steps on this machine: tokens/s, FLOP/s, memory")
        {
            model, vocabulary, context, sequences, precision, threads, steps, device, json,
        };
        command.SetAction((parsed, stop) => RunAsync(
            screen,
            home,
            Cases(parsed.GetValue(model), parsed.GetValue(vocabulary), parsed.GetValue(context), parsed.GetValue(sequences)),
            parsed.GetValue(precision) is { } one ? [one] : [Precision.Fp32, Precision.Bf16],
            new WorkerSettings
            {
                DataFolder = "",
                CheckpointFolder = "",
                Threads = parsed.GetValue(threads),
                Device = parsed.GetValue(device)!,
                MicroBatchTokens = int.MaxValue,
            },
            parsed.GetValue(steps),
            parsed.GetValue(json),
            stop));
        return command;
    }

    private static async Task<int> RunAsync(
        Screen screen, LabHome home, IReadOnlyList<Case> cases, IReadOnlyList<Precision> precisions, WorkerSettings settings, int steps, bool json,
        CancellationToken stop)
    {
        if (steps < 1) throw new InputException("--steps", $"is {steps}; at least 1 step is timed");
        if (settings.Threads < 1) throw new InputException("--threads", $"is {settings.Threads}; at least 1");
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

    private static async Task<StepTiming> TimeAsync(
        LabHome home, Case one, Precision precision, WorkerSettings settings, int steps, CancellationToken stop)
    {
        var worker = WorkerLaunch.Find(home);
        var spec = new RunSpec
        {
            Shape = one.Shape,
            Data = new DataIdentity("random tokens", "", ""),
            Steps = steps,
            Recipe = new TrainingRecipe { BatchSequences = one.Sequences, LearningRateMax = 1e-3, Precision = precision },
            Seed = 1,
        };
        var environment = new Dictionary<string, string>(worker.Environment)
        {
            ["OMP_NUM_THREADS"] = settings.Threads.ToString(CultureInfo.InvariantCulture),
        };
        var answer = await ProgramRun.OfAsync(
            worker.FileName, [.. worker.Arguments, "--bench"], environment, Limit, stop, RunJson.Serialize(new WorkOrder(spec, settings)));
        if (answer is not { ExitCode: 0 })
            throw new InputException(one.Name, answer?.Error.Trim() ?? $"the worker did not end within {Limit.TotalMinutes} minutes");
        return RunJson.Deserialize<StepTiming>(answer.Out.Trim());
    }

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
        if (sequences < 1) problems.Add(new("--sequences", $"is {sequences}; a batch has at least 1 sequence"));
        return problems.Count == 0 ? [new(preset.Name, shape, sequences)] : throw new InputException(problems);
    }

    private static void Show(Screen screen, IReadOnlyList<Timed> timed)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading in (string[])["model", "vocabulary", "context", "batch", "precision", "tokens/s", "GFLOP/s", "step ms", "memory MB"])
            table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (var t in timed)
        {
            table.AddRow(
                t.Name,
                Whole(t.Shape.Vocabulary),
                Whole(t.Shape.Context),
                Whole((long)t.Sequences * t.Shape.Context),
                t.Precision.ToString().ToLowerInvariant(),
                Quantity.Of(t.Timing.TokensPerSecond),
                Quantity.Of(t.Timing.FlopsPerSecond / 1e9),
                Quantity.Of(t.Timing.MedianSeconds * 1e3),
                t.Timing.PeakMemoryBytes is { } bytes ? Whole(bytes / 1e6) : "");
        }

        screen.Console.Write(table);
        screen.Console.WriteLine($"Median of {timed[0].Timing.Steps} steps; {timed[0].Timing.Device}, {timed[0].Timing.Engine}.");
    }

    private static string Whole(double x) => x.ToString("N0", CultureInfo.InvariantCulture);
}
