using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;

namespace ScalingLab.Lab.Programs;

/// <summary>How this installation starts a worker: there is one program an engine, made of the same sources.</summary>
public static class WorkerPrograms
{
    public const string Variable = "SCALINGLAB_WORKER";

    private const string BlasKernels = "OPENBLAS_CORETYPE";
    private const string Multicast = "NCCL_NVLS_ENABLE";

    // What `auto` takes first stands first.
    private static readonly IReadOnlyList<(TensorEngine Engine, string Program)> Programs =
        [(TensorEngine.Fused, "ScalingLab.Worker"), (TensorEngine.Torchsharp, "ScalingLab.Worker.TorchSharp")];

    /// <summary>
    /// The worker that the environment names, else the one of the engine that was asked for, else the first that has
    /// been built. A .dll is started by dotnet, anything else by itself.
    /// </summary>
    /// <exception cref="InputException">It is not there.</exception>
    public static WorkerCommand Find(LabHome home)
    {
        var file = OverridePath is { } given ? OverrideFile(given)
            : EngineFile(home, DefaultEngine(home) ?? home.Engine ?? Programs[0].Engine);
        return file.EndsWith(".dll", StringComparison.Ordinal)
            ? new WorkerCommand(DotnetPath(), ["exec", file], EnvironmentVariables(home))
            : new WorkerCommand(file, [], EnvironmentVariables(home));
    }

    /// <summary>The worker programs, one an engine.</summary>
    public static IEnumerable<string> ProgramNames => Programs.Select(p => p.Program);

    /// <summary>Whether the environment names a worker: of which engine it is, it says itself.</summary>
    public static bool IsOverridden => OverridePath is not null;

    /// <summary>
    /// The engines that have been built here, in the order in which they are taken unless one is asked for.
    /// </summary>
    public static IReadOnlyList<TensorEngine> BuiltEngines(LabHome home) =>
        [.. Programs.Where(p => home.FindProgram(p.Program) is not null).Select(p => p.Engine)];

    /// <summary>
    /// The engine that commands take; null where none has been built, or the environment names a worker, which may be
    /// any.
    /// </summary>
    public static TensorEngine? DefaultEngine(LabHome home) =>
        OverridePath is not null ? null : home.Engine ?? (BuiltEngines(home) is [var first, ..] ? first : null);

    /// <summary>The engine that commands take, for people, and which others they could.</summary>
    public static string Describe(LabHome home)
    {
        if (IsOverridden) return $"whichever the worker of {Variable} has";
        if (DefaultEngine(home) is not { } taken) return "none has been built here";
        if (!BuiltEngines(home).Contains(taken)) return $"{EnumNames.ToName(taken)}, which has not been built here";
        var others = BuiltEngines(home).Where(e => e != taken).Select(EnumNames.ToName);
        return EnumNames.ToName(taken) + string.Concat(others.Select(other => $"; --engine {other} is here too"));
    }

    /// <summary>How an engine is built here.</summary>
    public static string BuildCommand(TensorEngine engine) =>
        $"dotnet build src/{Programs.First(p => p.Engine == engine).Program} -c Release";

    /// <summary>
    /// The dotnet that runs this program, so that worker and host agree; the one on the PATH when this program has a
    /// host of its own.
    /// </summary>
    public static string DotnetPath()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : "dotnet";
    }

    private static string? OverridePath =>
        Environment.GetEnvironmentVariable(Variable) is { } given && !string.IsNullOrWhiteSpace(given) ? given : null;

    private static string OverrideFile(string given)
    {
        var file = Path.GetFullPath(given);
        return File.Exists(file) ? file
            : throw new InputException("worker", $"{Variable} names {file}, which is not there");
    }

    private static string EngineFile(LabHome home, TensorEngine engine) =>
        home.FindProgram(Programs.First(p => p.Engine == engine).Program) ?? throw new InputException(
            home.Engine is null ? "worker" : "--engine",
            $"the {EnumNames.ToName(engine)} engine has not been built here: './lab setup {EnumNames.ToName(engine)}' "
                + $"does it, or '{BuildCommand(engine)}'");

    // glibc gives freed tensors back to the kernel and fetches them anew each step unless these limits are raised
    // (measured: 10-30 % of a micro model's step). One worker a core wants neither a collector per core nor code
    // recompiled while it runs. What a GPU's kernels were compiled to is kept with the rest of the state. NVLink's
    // multicast is left alone unless somebody asks for it: a program that ends badly with it can leave a host's GPUs
    // unusable for all.
    private static Dictionary<string, string> EnvironmentVariables(LabHome home)
    {
        var all = new Dictionary<string, string>
        {
            [LabHome.Variable] = home.State,
            [Multicast] = Environment.GetEnvironmentVariable(Multicast) ?? "0",
            ["MALLOC_MMAP_THRESHOLD_"] = "33554432",
            ["MALLOC_TRIM_THRESHOLD_"] = "1073741824",
            ["DOTNET_gcServer"] = "0",
            ["DOTNET_TieredPGO"] = "0",
        };
        if (Environment.GetEnvironmentVariable(BlasKernels) is null && IsIntelWithAvx512())
            all[BlasKernels] = "SkylakeX";
        return all;
    }

    // OpenBLAS takes an Intel processor that is newer than itself for a Prescott of 2004 (seen: 0.3.21, Debian's, on an
    // Emerald Rapids) and is then two or three times as slow (LOG.md, 2026-11-30). All of Intel's with AVX-512 have
    // what these kernels need.
    private static bool IsIntelWithAvx512()
    {
        const int intel = 0x756e6547; // the first letters of the maker's name
        return Avx512F.IsSupported && X86Base.CpuId(0, 0).Ebx == intel;
    }
}
