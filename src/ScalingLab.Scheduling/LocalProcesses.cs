using System.Diagnostics;
using System.Globalization;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling;

/// <summary>
/// Processes of this machine, known again by id and start time: an id alone may by now be somebody else's.
/// </summary>
public static class LocalProcesses
{
    private static readonly string Boot = ReadBoot();

    /// <summary>This machine; in a container, its own space of process ids as well.</summary>
    public static string Machine { get; } = Environment.MachineName + PidNamespace();

    /// <summary>The process that runs this code.</summary>
    public static ProcessIdentity Current { get; } = Identify(Environment.ProcessId)!;

    /// <summary>
    /// The process with that id, or null where none runs (one that has ended and only waits to be collected does not
    /// run).
    /// </summary>
    public static ProcessIdentity? Identify(int pid) =>
        Started(pid) is { } started ? new ProcessIdentity(Machine, pid, started) : null;

    /// <summary>Whether the process belongs to this machine, so that its life can be judged here.</summary>
    public static bool IsHere(ProcessIdentity mark) => mark.Machine == Machine;

    /// <summary>Whether that very process runs on this machine.</summary>
    public static bool IsAlive(ProcessIdentity mark) => IsHere(mark) && Started(mark.Pid) == mark.Started;

    /// <summary>Kills that very process and its children; does nothing where it no longer runs.</summary>
    public static void Kill(ProcessIdentity mark)
    {
        if (!IsAlive(mark)) return;
        try
        {
            using var process = Process.GetProcessById(mark.Pid);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended in between: what was wanted.
        }
    }

    private static string? Started(int pid)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // /proc/PID/stat: "pid (name) state ..."; the name may hold anything, so fields are counted from its
                // last bracket. State is field 3, the start in clock ticks since boot field 22 (proc(5)).
                var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] is "Z" or "X" ? null : $"{Boot}/{fields[19]}";
            }
            using var process = Process.GetProcessById(pid);
            return process.HasExited ? null : process.StartTime.ToUniversalTime()
                .ToString("O", CultureInfo.InvariantCulture);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string ReadBoot()
    {
        const string file = "/proc/sys/kernel/random/boot_id";
        return OperatingSystem.IsLinux() && File.Exists(file) ? File.ReadAllText(file).Trim() : "";
    }

    private static string PidNamespace() =>
        OperatingSystem.IsLinux() && new FileInfo("/proc/self/ns/pid").LinkTarget is { } space ? "/" + space : "";
}
