using ScalingLab.Runs;

namespace ScalingLab.Scheduling.Hosting;

/// <summary>
/// What of a ledger a node runs: all of it until it is stopped or until nothing is left for it, one sweep until it has
/// ended, or one attempt at one run.
/// </summary>
/// <param name="Sweep">The only sweep; null is every one.</param>
/// <param name="Run">The only run; null is every one.</param>
/// <param name="UntilIdle">Ends when nothing is left that it could start, whatever other nodes do.</param>
internal sealed record NodeScope(string? Sweep = null, RunId? Run = null, bool UntilIdle = false)
{
    /// <summary>Whether it ends when nothing is left to do.</summary>
    public bool Ends => Sweep is not null || Run is not null || UntilIdle;

    /// <summary>Whether it ends with its first attempt.</summary>
    public bool OneAttempt => Run is not null;
}
