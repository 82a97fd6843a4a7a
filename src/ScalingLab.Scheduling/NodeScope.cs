using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling;

/// <summary>What of a ledger a node runs: all of it until it is stopped, one sweep until it has ended, or one attempt at one run.</summary>
/// <param name="Sweep">The only sweep; null is every one.</param>
/// <param name="Run">The only run; null is every one.</param>
internal sealed record NodeScope(string? Sweep = null, RunId? Run = null)
{
    /// <summary>Whether it ends when nothing is left to do.</summary>
    public bool Ends => Sweep is not null || Run is not null;

    /// <summary>Whether it ends with its first attempt.</summary>
    public bool OneAttempt => Run is not null;

    /// <summary>The runs in it that have not ended. A job of a cluster starts the run that it was submitted for.</summary>
    public IReadOnlyList<QueuedRun> Of(Ledger ledger, Func<string, bool> isOpen)
    {
        var queue = ledger.Queue(Sweep, isOpen, Run);
        return OneAttempt ? [.. queue.Select(q => q with { Submission = null })] : queue;
    }
}
