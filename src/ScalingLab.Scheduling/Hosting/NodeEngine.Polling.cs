using System.Diagnostics;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Hosting;

/// <content>
/// When the plan is made anew: on news, at the next moment that the last plan hangs on, when a process that it waits
/// for has ended, and when something here asks for it. In between a look reads one row.
/// </content>
internal sealed partial class NodeEngine
{
    // how late news of other processes is at most
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ProcessCheckInterval = TimeSpan.FromMilliseconds(500);

    private readonly AutoResetEvent _wake = new(false);
    private int _planRequested = 1;
    private DateTimeOffset? _nextChange;
    private bool _pollSoon; // the last plan waits for what tells nobody
    private List<(ProcessIdentity Process, bool WasAlive)> _watched = [];
    private long _watchedAt;

    /// <summary>Has the plan made anew at once: a slot is free, or a run.</summary>
    public void Wake()
    {
        Interlocked.Exchange(ref _planRequested, 1);
        try
        {
            _wake.Set();
        }
        catch (ObjectDisposedException)
        {
            // The node has ended: nobody is left to wake.
        }
    }

    /// <summary>Waits until it is time to look again.</summary>
    public void WaitForPoll(CancellationToken stop) => WaitHandle.WaitAny([_wake, stop.WaitHandle], PollInterval);

    private bool IsPlanDue()
    {
        if (Interlocked.Exchange(ref _planRequested, 0) == 1) return true;
        if (Stopwatch.GetElapsedTime(_watchedAt) < ProcessCheckInterval) return false;
        _watchedAt = Stopwatch.GetTimestamp();
        return _pollSoon || _watched.Exists(w => LocalProcesses.IsAlive(w.Process) != w.WasAlive);
    }

    /// <summary>
    /// What the plan hangs on: the hosts of others' attempts on this machine, workers that have to end, and the clock.
    /// </summary>
    private void Expect(DateTimeOffset now, List<RunView> runs, NodeView node, IReadOnlyList<DispatchAction> plan,
        bool soon)
    {
        _nextChange = NextChange.After(now, runs, node);
        _pollSoon = soon || scope.OneAttempt
            || plan.Any(a => a is DispatchAction.StopWorker or DispatchAction.Expire
                or DispatchAction.Wait { Why: WaitReason.DiskFull });
        _watched =
        [
            .. runs.Where(r => !r.SupervisedHere && r.OnThisMachine
                && r.Queued is { State: RunState.Running, Host: not null })
                .Select(r => (r.Queued.Host!, !r.HostIsGone)),
            .. runs.Where(r => !r.SupervisedHere && r.WorkerIsAlive).Select(r => (r.Queued.Worker!, true)),
        ];
    }
}
