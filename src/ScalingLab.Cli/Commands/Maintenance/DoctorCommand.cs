using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli.Commands.Maintenance;

/// <summary>
/// <c>lab doctor</c>: what is found on this machine, and for each missing thing the command that mends it.
/// </summary>
internal static class DoctorCommand
{
    private const long LeastDiskBytes = 2_000_000_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Command Create(Screen screen, LabHome home)
    {
        var command = new Command("doctor", "Say what this machine has and lacks, and how to mend it");
        command.SetAction((_, stop) => RunAsync(screen, home, stop));
        return command;
    }

    public static async Task<int> RunAsync(Screen screen, LabHome home, CancellationToken stop)
    {
        IReadOnlyList<Finding> findings =
        [
            await DotnetAsync(home, stop),
            .. await EnginesAsync(home, stop),
            Figures(),
            Disk(home),
            new Finding("processors", true, string.Create(
                CultureInfo.InvariantCulture,
                $"{Environment.ProcessorCount} cores, "
                    + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F1} GB of memory"), null),
        ];
        foreach (var finding in findings)
        {
            screen.Out.WriteLine($"{(finding.IsWell ? "ok     " : finding.IsNeeded ? "MISSING" : "absent ")}  "
                + $"{finding.Name,-13} {finding.Detail}");
            if (finding is { IsWell: false, Mend: { } mend })
                screen.Out.WriteLine($"         {(finding.IsNeeded ? "mend with:   " : "is made with:")} {mend}");
        }

        return findings.All(f => f.IsWell || !f.IsNeeded) ? CliHost.Success : CliHost.Failure;
    }

    /// <summary>A repository needs an SDK to build itself; a bundle brings the runtime that it needs.</summary>
    private static async Task<Finding> DotnetAsync(LabHome home, CancellationToken stop)
    {
        if (!Directory.Exists(Path.Combine(home.Root, "src/ScalingLab.Cli")))
            return new Finding(".NET", true, $"runtime {Environment.Version} in "
                + $"{Path.GetDirectoryName(WorkerPrograms.DotnetPath())}", null);
        const string Mend = "install the .NET SDK that global.json names";
        var answer = await ProcessResult.RunAsync(WorkerPrograms.DotnetPath(), ["--list-sdks"], null, Limit, stop);
        var sdks = answer is { ExitCode: 0 } ? answer.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split(' ')[0]).ToList() : [];
        return new Finding(".NET SDK", sdks.Count > 0, sdks.Count > 0 ? string.Join(", ", sdks) : "none found", Mend);
    }

    /// <summary>Each engine; the one that commands take has to be well.</summary>
    private static async Task<IReadOnlyList<Finding>> EnginesAsync(LabHome home, CancellationToken stop)
    {
        if (WorkerPrograms.IsOverridden) return [await EngineAsync("engine", WorkerPrograms.Find(home), null, stop)];
        var (here, taken) = (WorkerPrograms.BuiltEngines(home), WorkerPrograms.DefaultEngine(home));
        var findings = new List<Finding>();
        foreach (var engine in Enum.GetValues<TensorEngine>())
        {
            var found = here.Contains(engine)
                ? await EngineAsync(EnumNames.ToName(engine), WorkerPrograms.Find(home with { Engine = engine }),
                    engine, stop)
                : new Finding(EnumNames.ToName(engine), false, "this engine has not been built here",
                    WorkerPrograms.BuildCommand(engine));
            findings.Add(engine == taken
                ? found with { Detail = $"{found.Detail}; taken unless --engine names another" }
                : found with { IsNeeded = taken is null });
        }

        return findings;
    }

    private static async Task<Finding> EngineAsync(string name, WorkerCommand worker, TensorEngine? engine,
        CancellationToken stop)
    {
        var rebuild = WorkerPrograms.BuildCommand(engine ?? TensorEngine.Fused);
        try
        {
            var answer =
                await ProcessResult.RunAsync(worker.FileName, [.. worker.Arguments, "--doctor"], worker.Environment,
                    Limit, stop);
            if (answer is not { ExitCode: 0 })
            {
                return new Finding(name, false, answer?.Error.Trim() ?? "the worker did not answer",
                    engine == TensorEngine.Torchsharp ? rebuild : Apt("libtorch-dev libopenblas0-openmp"));
            }

            using var said = JsonDocument.Parse(answer.Out.Trim().Split('\n')[^1]);
            var root = said.RootElement;
            var (version, threads, cuda) =
                (root.GetProperty("version"), root.GetProperty("threads"), root.GetProperty("cuda"));
            var gpus = string.Join("; ", root.GetProperty("gpus").EnumerateArray());
            var nccl = root.TryGetProperty("nccl", out var found) ? $"; NCCL {found} for runs on several of them" : "";
            return new Finding(name, true, $"{version}, {threads} threads, CUDA: "
                + $"{(gpus.Length > 0 ? gpus + nccl : cuda)}", null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new Finding(name, false, $"the worker's answer was not understood: {e.Message}", rebuild);
        }
    }

    private static Finding Figures() => FigureCheck.Trouble() is { } trouble
        ? new Finding("figures", false, trouble, "dotnet build src/ScalingLab.Cli -c Release")
        : new Finding("figures", true, "SVG, PDF and PNG can be drawn", null);

    private static Finding Disk(LabHome home)
    {
        var folder = home.State;
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
        var free = new DriveInfo(folder).AvailableFreeSpace;
        var detail = string.Create(CultureInfo.InvariantCulture, $"{free / 1e9:F1} GB free for {home.State}");
        return new Finding("disk", free >= LeastDiskBytes, detail,
            $"make room, or point {LabHome.Variable} at another disk");
    }

    private static string Apt(string packages) =>
        $"apt-get update && apt-get install -y --no-install-recommends {packages}";

    private sealed record Finding(string Name, bool IsWell, string Detail, string? Mend)
    {
        /// <summary>Whether this machine is worse without it.</summary>
        public bool IsNeeded { get; init; } = true;
    }
}
