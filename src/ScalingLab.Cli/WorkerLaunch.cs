using System.Runtime.InteropServices;
using ScalingLab.Runs;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli;

/// <summary>How this installation starts a worker.</summary>
internal static class WorkerLaunch
{
    public const string Variable = "SCALINGLAB_WORKER";

    private const string InRepository = "artifacts/bin/ScalingLab.Worker/release/ScalingLab.Worker.dll";

    /// <summary>The worker that the environment names, else the one that was built here. A .dll is started by dotnet, anything else by itself.</summary>
    /// <exception cref="InputException">It is not there.</exception>
    public static WorkerCommand Find(LabHome home)
    {
        var given = Environment.GetEnvironmentVariable(Variable);
        var file = string.IsNullOrWhiteSpace(given) ? Path.Combine(home.Root, InRepository) : Path.GetFullPath(given);
        if (!File.Exists(file))
        {
            throw new InputException("worker", string.IsNullOrWhiteSpace(given)
                ? $"{file} is not there: ./lab builds it, or 'dotnet build src/ScalingLab.Worker -c Release'"
                : $"{Variable} names {file}, which is not there");
        }

        return file.EndsWith(".dll", StringComparison.Ordinal)
            ? new WorkerCommand(Dotnet(), ["exec", file], Surroundings(home))
            : new WorkerCommand(file, [], Surroundings(home));
    }

    /// <summary>The dotnet that runs this program, so that worker and host agree; the one on the PATH when this program has a host of its own.</summary>
    public static string Dotnet()
    {
        var beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return File.Exists(beside) ? beside : "dotnet";
    }

    // glibc gives freed tensors back to the kernel and fetches them anew each step unless these limits are raised (measured: 10-30 % of a micro
    // model's step). One worker a core wants neither a collector per core nor code recompiled while it runs. What a GPU's kernels were compiled to is
    // kept with the rest of the state.
    private static Dictionary<string, string> Surroundings(LabHome home) => new()
    {
        [LabHome.Variable] = home.State,
        ["MALLOC_MMAP_THRESHOLD_"] = "33554432",
        ["MALLOC_TRIM_THRESHOLD_"] = "1073741824",
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_TieredPGO"] = "0",
    };
}
