using Hangfire;
using ScalingLab.Runs;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Hosting;

/// <summary>
/// One attempt that the ledger granted. To try again is the ledger's to decide, so Hangfire never does.
/// </summary>
[AutomaticRetry(Attempts = 0)]
internal sealed class AttemptJob(NodeEngine engine)
{
    /// <summary>Supervises the attempt to its end.</summary>
    /// <param name="title">What it is called, see <see cref="Store.AttemptTitle"/>.</param>
    /// <param name="run">The run.</param>
    /// <param name="stop">Yield, the window's end, cancellation, or this node's stop.</param>
    [JobDisplayName("{0}")]
    public Task RunAsync(string title, string run, CancellationToken stop) =>
        engine.RunAttemptAsync(new RunId(run), stop);
}

/// <summary>What is done again and again. One that failed is done again at its next time.</summary>
[AutomaticRetry(Attempts = 0)]
internal sealed class UpkeepJobs(NodeEngine engine)
{
    /// <summary>Says in the ledger that this node is there, what it offers, and what waits on it.</summary>
    [JobDisplayName("ledger upkeep")]
    public void Announce() => engine.Announce();

    /// <summary>
    /// Plans anew though nothing was written. The edges of windows are met to the moment by the ledger's clock, which
    /// this machine's need not agree with; this is for what no clock tells, such as room on a disk.
    /// </summary>
    [JobDisplayName("windows")]
    public void PlanAnew() => engine.Wake();

    /// <summary>Begins the reports of sweeps whose last run has ended.</summary>
    [JobDisplayName("reports")]
    public void MakeReports() => engine.MakeReports();
}
