using System.Diagnostics;

namespace ScalingLab.Fuzz;

/// <summary>What came of one input.</summary>
/// <param name="Taken">Whether it was taken rather than refused.</param>
/// <param name="Finding">What is wrong; null where nothing is.</param>
/// <param name="Error">The exception that is no refusal.</param>
/// <param name="Seconds">Until it was read or refused; of processor time where that is less.</param>
/// <param name="Bytes">What the heap grew by at most, looked at every few milliseconds; what nobody uses any more
/// counts until it is collected.</param>
internal sealed record FuzzCase(bool Taken, string? Finding, Exception? Error, double Seconds, long Bytes)
{
    public const double LongestSeconds = 5;
    public const long MostBytes = 500_000_000;

    // Anything is slow on a machine that is busy with something else, so that work is counted; but who waits does none.
    private static readonly TimeSpan Waited = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    /// <summary>Whether it took longer than any input may.</summary>
    public bool IsSlow => Seconds > LongestSeconds;

    /// <summary>Whether it did not end at all: its thread is still there.</summary>
    public bool IsEndless => double.IsPositiveInfinity(Seconds);

    /// <summary>
    /// Reads the input on a thread of its own, whose stack is as small as that of the server's threads.
    /// </summary>
    public static FuzzCase Of(FuzzFormat format, FuzzInput input, string file)
    {
        var taken = false;
        Exception? error = null;
        var (began, worked, before) =
            (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalMemory(forceFullCollection: false));
        var asked = GC.GetTotalAllocatedBytes();
        var thread = new Thread(() =>
        {
            try
            {
                taken = format.Read(input, file);
            }
#pragma warning disable CA1031 // whatever it is, it is the finding
            catch (Exception e)
            {
                error = e;
            }
#pragma warning restore CA1031
        }, maxStackSize: 1536 * 1024) { IsBackground = true };
        thread.Start();
        var most = before;
        while (!thread.Join(Glance))
        {
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false));
            if (Stopwatch.GetElapsedTime(began) > Patience)
                return new FuzzCase(false, $"not done after {Patience.TotalSeconds} s", null, double.PositiveInfinity,
                    most - before);
        }

        var took = Stopwatch.GetElapsedTime(began);
        // What the making of the input left behind is counted late at times: no more than was asked for is of the
        // reading.
        var bytes =
            Math.Min(Math.Max(most, GC.GetTotalMemory(forceFullCollection: false)) - before,
                GC.GetTotalAllocatedBytes() - asked);
        var seconds = (took > Waited ? took : Shorter(took, Environment.CpuUsage.TotalTime - worked)).TotalSeconds;
        var finding = error is FindingException ? error.Message
            : error is not null ? $"{error.GetType().Name}: {error.Message}"
            : seconds > LongestSeconds ? FormattableString.Invariant($"{seconds:F1} s")
            : bytes > MostBytes ? FormattableString.Invariant($"{bytes / 1e6:F0} MB of memory")
            : null;
        return new FuzzCase(taken, finding, error, seconds, bytes);

        static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
    }
}
