using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Policies;

/// <summary>What the end of an attempt means for its run. The class of failure decides, and nothing else.</summary>
/// <param name="AttemptCap">Charged attempts without a further checkpoint after which a run is quarantined.</param>
public sealed record RetryPolicy(int AttemptCap = 3)
{
    /// <summary>Wait after the first charged attempt; doubled by each further one.</summary>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The same where a node's environment failed: it takes a while to mend, or another node to come. A node waits as
    /// long itself.
    /// </summary>
    public TimeSpan EnvironmentBackOff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait.</summary>
    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Configuration, data, divergence: for good, since the same would happen again. Crash, memory, lost lease, a
    /// node's environment: another try while attempts are left; out of memory with a micro-batch that can be halved is
    /// another attempt, and not charged. Interruption: back to pending, uncharged; at once if it was asked for, else
    /// after the first wait, so that a worker which stops by itself again and again does not spin.
    /// </summary>
    /// <param name="kind">The class of failure.</param>
    /// <param name="message">The failure in words.</param>
    /// <param name="losses">Charged attempts before this one, since the run last got further.</param>
    /// <param name="askedToStop">Whether the worker was asked to stop.</param>
    /// <param name="hostsLostWithout">Hosts that died without the run meanwhile, see
    /// <see cref="Ledger.HostsLostWithout"/>.</param>
    /// <param name="halves">Whether the next attempt has half the micro-batch, should this one have run out of
    /// memory.</param>
    public AttemptEnd After(
        FailureKind kind, string message, int losses, bool askedToStop = false, int hostsLostWithout = 0,
        bool halves = false) => kind switch
    {
        FailureKind.OutOfMemory
            when halves => new AttemptEnd(kind, message, RunEvent.AttemptLost, BackOff) { Charged = false },
        FailureKind.Configuration or FailureKind.Data or FailureKind.Diverged =>
            new AttemptEnd(kind, message, RunEvent.FailedForGood),
        FailureKind.Crashed or FailureKind.OutOfMemory or FailureKind.LeaseExpired or FailureKind.Environment =>
            losses + 1 >= Cap(kind, losses + 1, hostsLostWithout)
                ? new AttemptEnd(kind, message, RunEvent.AttemptsUsedUp)
                : new AttemptEnd(kind, message, RunEvent.AttemptLost, Wait(kind, losses)),
        FailureKind.Interrupted =>
            new AttemptEnd(kind, message, RunEvent.Yielded, askedToStop ? TimeSpan.Zero : BackOff),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "a failure of no known class"),
    };

    // Where hosts die as often without a run as with it (power cuts, preemption), it is chance that it was there, and
    // it gets as many attempts again; not more, or two runs that each kill their host would speak for one another for
    // ever.
    private int Cap(FailureKind kind, int charged, int hostsLostWithout) =>
        kind == FailureKind.LeaseExpired && hostsLostWithout >= charged ? 2 * AttemptCap : AttemptCap;

    /// <summary>The wait after that many failures of one class before: doubled by each, up to the longest.</summary>
    public TimeSpan Wait(FailureKind kind, int before)
    {
        var first = kind == FailureKind.Environment ? EnvironmentBackOff : BackOff;
        return TimeSpan.FromSeconds(Math.Min(BackOffMax.TotalSeconds, first.TotalSeconds * Math.Pow(2, before)));
    }
}
