using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Policies;

/// <summary>
/// When a plan has to be made anew though nobody wrote anything: the passing of time alone starts, stops or expires
/// runs.
/// </summary>
public static class NextChange
{
    /// <summary>
    /// The first instant after <paramref name="now"/> at which the plan may be another: a back-off, a yield, a lease or
    /// a wait that ends, a window that opens or closes, a deadline, or the last moment at which a run could still end
    /// by one. Null where time changes nothing.
    /// </summary>
    /// <param name="now">The ledger's time.</param>
    /// <param name="runs">The runs that have not ended.</param>
    /// <param name="node">This node.</param>
    public static DateTimeOffset? After(DateTimeOffset now, IReadOnlyList<RunView> runs, NodeView node)
    {
        DateTimeOffset? next = null;
        Take(node.YieldedUntil);
        Take(node.BackOffUntil);
        Take(node.LeasesCountFrom);
        foreach (var view in runs)
        {
            var run = view.Queued;
            Take(run.NotBefore);
            Take(run.YieldedUntil);
            Take(view.WindowChanges);
            Take(view.LacksDataUntil);
            if (run.State == RunState.Running && !view.SupervisedHere) Take(run.LeaseUntil);
            if (run.Deadline is not { } deadline) continue;
            Take(deadline);
            foreach (var needs in view.Needs.Values)
            {
                var seconds = run.FlopsLeft / needs.FlopsPerSecond;
                if (seconds < (deadline - now).TotalSeconds) Take(deadline - TimeSpan.FromSeconds(seconds.Value));
            }
        }
        return next;

        void Take(DateTimeOffset? at)
        {
            if (at > now && !(at >= next)) next = at;
        }
    }
}
