using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Scheduling;
using Spectre.Console;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>
/// <c>lab bench</c>: times training steps, on random tokens, through the same worker that trains; below it the fits'
/// benchmarks.
/// </summary>
internal static class BenchCommand
{
    private const string Visible = "CUDA_VISIBLE_DEVICES";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    /// <summary>A case that was timed, as --json has it.</summary>
    private sealed record TimedCase(
        string Name, ModelShape Shape, int Sequences, IReadOnlyList<string> Recipe, Precision Precision, int Threads,
        StepTiming Timing,
        IReadOnlyList<double> TokensPerSecond, double? ProcessorSeconds, IReadOnlyList<KernelTime>? Kernels);

    /// <summary>What was asked of each case.</summary>
    /// <param name="Precisions">Number formats, each in turn.</param>
    /// <param name="Settings">How the workers work.</param>
    /// <param name="Steps">Steps to time.</param>
    /// <param name="Repeats">Workers one after the other.</param>
    /// <param name="Profile">Whether kernels are timed, by one more worker.</param>
    /// <param name="Json">Whether JSON is printed.</param>
    /// <param name="Gpus">How many GPUs, on a CPU processes, step together, each number in turn.</param>
    private sealed record Request(
        IReadOnlyList<Precision> Precisions, WorkerSettings Settings, int Steps, int Repeats, bool Profile, bool Json,
        IReadOnlyList<int> Gpus);

    /// <summary>One way to make the same steps.</summary>
    private sealed record Variant(LabHome Home, WorkerSettings Settings)
    {
        public List<StepTiming> Timings { get; } = [];
    }

    public static Command Create(Screen screen, LabHome home)
    {
        var what = new BenchOptionSet();
        var steps = RunOptions.PositiveInteger("--steps", "Steps to time; 20 unless given");
        var repeats =
            RunOptions.PositiveInteger("--repeats", "Workers one after the other for each case; 1 unless given");
        var engines = EngineOption.CreateForSeveral();
        var profile = new Option<bool>("--profile") { Description = "On a GPU: the time of each class of kernel too" };
        var gpus = new GpuOptionSet();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("bench", "Time training steps on this machine: tokens/s, FLOP/s, memory")
        {
            steps, repeats, engines, gpus.Counts, gpus.BucketBytes, profile, json,
            BenchFitCommand.Create(screen), BenchCoverageCommand.Create(screen), BenchMinimaCommand.Create(screen),
            BenchDedupCommand.Create(screen),
            BenchMemoryCommand.Create(screen, home), BenchModelCommand.Create(screen, home),
            BenchCoordinatesCommand.Create(screen, home), BenchTeachersCommand.Create(screen),
        };
        foreach (var option in what.All) command.Add(option);
        command.SetAction((parsed, stop) => RunAsync(
            screen,
            home.WithEngines(parsed, engines),
            what.Cases(parsed, DefaultCases(), 8),
            new Request(
                what.Precisions(parsed), gpus.ApplyTo(what.Settings(parsed, home), parsed),
                parsed.GetValue(steps) ?? 20, parsed.GetValue(repeats) ?? 1, parsed.GetValue(profile),
                parsed.GetValue(json), gpus.Bind(parsed)),
            stop));
        var kernels =
            new Command("kernels",
                "Compare a GPU's fused kernels with float64, and short runs through them with runs without");
        kernels.SetAction((_, stop) => KernelsAsync(screen, home with { Engine = TensorEngine.Fused }, stop));
        command.Add(kernels);
        return command;
    }

    /// <summary>
    /// The worker's table; its exit code is ours: 1 when a result is too far from the truth, 2 without such a GPU.
    /// </summary>
    private static async Task<int> KernelsAsync(Screen screen, LabHome home, CancellationToken stop)
    {
        var worker = WorkerPrograms.Find(home);
        var answer =
            await ProcessResult.RunAsync(worker.FileName, [.. worker.Arguments, "--check-kernels"], worker.Environment,
                Limit, stop)
            ?? throw new InputException("kernels", $"the worker {worker.FileName} cannot be started");
        screen.Out.Write(answer.Out);
        if (answer.ExitCode != 0) screen.Error.Write(answer.Error);
        return answer.ExitCode;
    }

    private static async Task<int> RunAsync(
        Screen screen, IReadOnlyList<LabHome> engines, IReadOnlyList<BenchCase> cases, Request request,
        CancellationToken stop)
    {
        var timed = new List<TimedCase>();
        foreach (var (one, precision) in cases.SelectMany(c => request.Precisions.Select(p => (c, p))))
        {
            screen.Error.WriteLine($"lab: timing {one.Name} {precision.ToString().ToLowerInvariant()} ...");
            timed.AddRange(await TimeAlternatingAsync(engines, one, precision, request, stop));
        }

        if (request.Json) screen.Out.WriteLine(RunJson.Serialize(timed));
        else Show(screen, timed);
        return CliHost.Success;
    }

    /// <summary>
    /// One case by each engine on each number of GPUs in turn, as often as was wished: what else the machine does meets
    /// all of them.
    /// </summary>
    private static async Task<IReadOnlyList<TimedCase>> TimeAlternatingAsync(
        IReadOnlyList<LabHome> engines, BenchCase one, Precision precision, Request request, CancellationToken stop)
    {
        var settings = request.Settings;
        var spec = one.Spec(precision, request.Steps);
        List<Variant> ways =
            [.. engines.SelectMany(home =>
                request.Gpus.Select(gpus => new Variant(home, settings with { Gpus = gpus })))];
        for (var i = 0; i < request.Repeats; i++)
        {
            foreach (var way in ways)
                way.Timings.Add(await TimeAsync(way.Home, one.Name, spec, way.Settings, "--bench", stop));
        }

        var timed = new List<TimedCase>();
        foreach (var way in ways)
        {
            var list = way.Timings;
            var kernels = request.Profile && KernelPath.IsGpu(settings)
                ? RunJson.Deserialize<IReadOnlyList<KernelTime>>(
                    (await RunWorkerAsync(way.Home, one.Name, spec, way.Settings, "--profile", stop))[1])
                : null;
            var median = list.OrderBy(t => t.TokensPerSecond).ElementAt(list.Count / 2);
            timed.Add(new(
                one.Name, spec.Shape, one.Sequences, one.Recipe, precision, settings.Threads, median,
                [.. list.Select(t => t.TokensPerSecond)],
                list.Min(t => t.ProcessorSeconds), kernels));
        }

        return timed;
    }

    /// <summary>Training steps of a run on random tokens, timed by a worker.</summary>
    /// <exception cref="InputException">The worker did not end well; in its words.</exception>
    internal static async Task<StepTiming> TimeAsync(
        LabHome home, string name, RunSpec spec, WorkerSettings settings, string asked, CancellationToken stop) =>
        RunJson.Deserialize<StepTiming>((await RunWorkerAsync(home, name, spec, settings, asked, stop))[0]);

    /// <summary>A worker's answer to a work order, by line.</summary>
    /// <exception cref="InputException">The worker did not end well; in its words.</exception>
    internal static async Task<string[]> RunWorkerAsync(
        LabHome home, string name, RunSpec spec, WorkerSettings settings, string asked, CancellationToken stop)
    {
        var worker = WorkerPrograms.Find(home).WithThreads(settings.Threads);
        var environment = new Dictionary<string, string>(worker.Environment);
        if (KernelPath.IsGpu(settings))
        {
            List<string> devices = [.. GpuOptionSet.Devices(settings)];
            foreach (var device in devices) await DeviceSelection.RequireAsync(home, device, stop);

            // As a sweep's worker this one sees its own GPUs alone: fused kernels work on the process's first.
            environment[Visible] =
                string.Join(',',
                    devices.Select(device => VisibleDevice(device, Environment.GetEnvironmentVariable(Visible))));
            settings = settings with { Device = "cuda:0" };
        }

        var answer = await ProcessResult.RunAsync(
            worker.FileName, [.. worker.Arguments, asked], environment, Limit, stop,
            RunJson.Serialize(new WorkOrder(spec, settings)));
        if (answer is not { ExitCode: 0 })
            throw new InputException(name, answer?.Error.Trim() ?? $"the worker {worker.FileName} cannot be started");
        return answer.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The entry of CUDA_VISIBLE_DEVICES, or without it the number, of a device such as "cuda:1".</summary>
    private static string VisibleDevice(string device, string? visible)
    {
        var number = device.Contains(':', StringComparison.Ordinal) ? device.Split(':')[1] : "0";
        var entries = visible?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (entries is null) return number;
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < entries.Length
            ? entries[index]
            : throw new InputException("--device", $"'{device}' is not among the devices of {Visible}={visible}");
    }

    private static IReadOnlyList<BenchCase> DefaultCases() =>
    [
        new("2 x 32", ModelPresets.Find("micro-90k")!.Shape(1024), 16),
        new("4 x 64", new ModelShape { Layers = 4, Width = 64, Heads = 4, Vocabulary = 2048, Context = 256 }, 16),
        new("6 x 384", ModelPresets.Find("23m")!.Shape(2048, 256), 8),
    ];

    private static void Show(Screen screen, IReadOnlyList<TimedCase> timed)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        var together = timed.Any(t => t.Timing.Gpus > 1);
        string[] headings =
        [
            "model", "vocabulary", "context", "batch", "precision", "tokens/s", "GFLOP/s", "MFU %", "step ms",
                "CPU ms", "memory MB", "engine",
            .. together ? (string[])["GPUs", "efficiency %"] : [],
        ];
        foreach (var heading in headings)
            table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (var t in timed)
        {
            table.AddRow([
                t.Name,
                Quantity.Whole(t.Shape.Vocabulary),
                Quantity.Whole(t.Shape.Context),
                Quantity.Whole((long)t.Sequences * t.Shape.Context),
                EnumNames.ToName(t.Precision),
                Quantity.Compact(t.Timing.TokensPerSecond) + (t.TokensPerSecond.Count == 1 ? ""
                    : $" ({Quantity.Compact(t.TokensPerSecond.Min())} to {Quantity.Compact(t.TokensPerSecond.Max())})"),
                Quantity.Compact(t.Timing.FlopsPerSecond / 1e9),
                t.Timing.PeakFlopsPerSecond is { } peak ? Quantity.Compact(100 * t.Timing.FlopsPerSecond / peak) : "",
                Quantity.Compact(t.Timing.MedianSeconds * 1e3),
                t.ProcessorSeconds is { } seconds ? Quantity.Compact(seconds * 1e3) : "",
                t.Timing.PeakMemoryBytes is { } bytes ? Quantity.Whole(bytes / 1e6) : "",
                EnumNames.ToName(t.Timing.Engine),
                .. together ? (string[])[Quantity.Whole(t.Timing.Gpus), Efficiency(t, timed)] : [],
            ]);
        }

        screen.Console.Write(table);
        if (together)
            screen.Console.WriteLine("GPUs: those that step together, on a CPU processes; efficiency: tokens/s of each "
                + "of them over those where fewest do.");
        var repeated = timed[0].TokensPerSecond.Count is var n and > 1 ? $", the median of {n} workers" : "";
        screen.Console.WriteLine($"Median of {timed[0].Timing.Steps} steps{repeated}; CPU: the least of a worker; "
            + $"{timed[0].Timing.Device}, "
            + $"{string.Join(", ", timed.Select(t => t.Timing.EngineVersion).Distinct())}.");
        if (timed.Select(t => t.Timing.FirstStepSeconds).Min() is { } first)
            screen.Console.WriteLine(
                FormattableString.Invariant(
                    $"From a worker's start to the end of its first step: {first:0.0} s at best."));
        foreach (var t in timed.Where(t => t.Kernels is not null)) ShowKernels(screen, t);
    }

    /// <summary>
    /// Of tokens/s a GPU, against the same case by the same engine on the fewest GPUs; none for that one.
    /// </summary>
    private static string Efficiency(TimedCase timed, IReadOnlyList<TimedCase> all)
    {
        static double Each(TimedCase t) => t.Timing.TokensPerSecond / t.Timing.Gpus;
        var fewest =
            all.Where(t => (t.Name, t.Sequences, t.Precision, t.Timing.Engine)
                == (timed.Name, timed.Sequences, timed.Precision, timed.Timing.Engine))
            .MinBy(t => t.Timing.Gpus)!;
        return fewest.Timing.Gpus == timed.Timing.Gpus ? "" : Quantity.Compact(100 * Each(timed) / Each(fewest));
    }

    private static void ShowKernels(Screen screen, TimedCase timed)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii).Title(timed.Name);
        foreach (var heading in (string[])["kernels", "ms a step", "launches"])
            table.AddColumn(new TableColumn(heading).NoWrap());
        foreach (var kernel in timed.Kernels!)
            table.AddRow(kernel.Class, FormattableString.Invariant($"{kernel.Milliseconds:0.000}"),
                FormattableString.Invariant($"{kernel.Launches:0.#}"));
        screen.Console.Write(table);
    }
}
