using System.Globalization;
using System.Runtime.InteropServices;
using ScalingLab.Lab.Programs;

namespace ScalingLab.Cli.Chaos.Trials;

/// <summary>Processes of this machine as Linux shows them, and signals to them.</summary>
internal static class Processes
{
    public const int SigKill = 9;
    public const int SigCont = 18;
    public const int SigStop = 19;
    public const int SigTerm = 15;

    /// <summary>Sends a signal; one that has ended meanwhile needs none.</summary>
    public static void Signal(int pid, int signal) => _ = Kill(pid, signal);

    /// <summary>Workers, of whatever host, that were started for a state folder and still run.</summary>
    public static IReadOnlyList<int> Workers(string state)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)) continue;
            if (!IsWorker(Read(pid, "cmdline"))) continue;
            if (Read(pid, "environ").Contains($"{LabHome.Variable}={state}\0", StringComparison.Ordinal))
                found.Add(pid);
        }
        return found;
    }

    /// <summary>
    /// Whether a command line, as /proc has it, is that of a worker that trains, of whichever engine.
    /// </summary>
    public static bool IsWorker(string commandLine) =>
        WorkerPrograms.ProgramNames.Any(name => commandLine.Contains($"{name}.dll\0", StringComparison.Ordinal))
        && !commandLine.Contains("--doctor", StringComparison.Ordinal);

    /// <summary>Whether it runs; one that only waits to be collected does not.</summary>
    public static bool IsAlive(int pid) => Read(pid, "cmdline").Length > 0;

    /// <summary>The first child of a process; null where it has none.</summary>
    public static int? Child(int pid) =>
        Read(pid, $"task/{pid.ToString(CultureInfo.InvariantCulture)}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var first, ..]
            ? int.Parse(first, CultureInfo.InvariantCulture)
            : null;

    private static string Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it ended
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
