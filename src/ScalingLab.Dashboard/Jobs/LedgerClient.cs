using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using ScalingLab.Dashboard.Middleware;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Runs;

namespace ScalingLab.Dashboard.Jobs;

/// <summary>Gives the dashboard's buttons the ledger.</summary>
internal sealed class LedgerClientFactory(LedgerHandle ledger) : IBackgroundJobClientFactory
{
    /// <inheritdoc/>
    public IBackgroundJobClient GetClient(JobStorage storage) => new LedgerClient(ledger);
}

/// <summary>Delete is the ledger's cancel, requeue its retry. Nothing is ever enqueued from here.</summary>
internal sealed class LedgerClient(LedgerHandle ledger) : IBackgroundJobClient
{
    /// <inheritdoc/>
    public string Create(Job job, IState state) => throw new NotSupportedException("runs are queued at a shell");

    /// <summary>Cancels or retries a run; false where it stands so that there is nothing to change.</summary>
    public bool ChangeState(string jobId, IState state, string expectedState)
    {
        var run = new RunId(jobId);
        var changed = ledger.Change(queue => queue.Job(run) is not { } job ? null : state switch
        {
            DeletedState => queue.Cancel(job.Sweep, run),
            EnqueuedState => queue.Retry(job.Sweep, run),
            _ => null,
        });
        if (changed is not { Count: > 0 }) return false;
        ErrorHandling.Log($"run {jobId} is "
            + $"{(state is DeletedState ? "cancelled" : "pending again")}, asked for at /jobs");
        return true;
    }
}
