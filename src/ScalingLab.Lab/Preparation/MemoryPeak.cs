using System.Diagnostics;
using System.Globalization;

namespace ScalingLab.Lab.Preparation;

/// <summary>
/// The most memory of its own (anonymous pages: heaps and stacks) that this process had since this was made, looked at
/// twenty times a second. Pages of files that are read or mapped do not count: the system takes them back when it wants
/// to. Where there is no /proc, the private memory as the system counts it.
/// </summary>
public sealed class MemoryPeak : IDisposable
{
    private const string Status = "/proc/self/status";
    private const string Field = "RssAnon:";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly Timer _timer;
    private long _peak;

    public MemoryPeak() => _timer = new Timer(_ => Look(), null, TimeSpan.Zero, Interval);

    /// <summary>The peak so far, bytes.</summary>
    public long Bytes
    {
        get
        {
            Look();
            return Interlocked.Read(ref _peak);
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Memory of its own that this process has now, bytes.</summary>
    internal static long Now()
    {
        if (!File.Exists(Status)) return Private();
        var line = File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
        var number = line?[Field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return long.TryParse(number, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : Private();
    }

    private static long Private()
    {
        using var itself = Process.GetCurrentProcess();
        return itself.PrivateMemorySize64;
    }

    private void Look()
    {
        var (now, known) = (Now(), Interlocked.Read(ref _peak));
        while (now > known && Interlocked.CompareExchange(ref _peak, now, known) is var seen && seen != known)
            known = seen;
    }
}
