using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Policies;

/// <summary>The whole scheduling policy: a pure function from what is known to what this node is to do.</summary>
public static class Dispatch
{
    /// <summary>
    /// What to start where, to yield, to expire, to stop. Runs of a higher priority start first, then those that will
    /// take longest (by what is left of them at the speed measured, whatever their sweep; then by the grid's order), so
    /// that no long run is left for the end while other slots stand empty: Graham 1969, "Bounds on multiprocessing
    /// timing anomalies": at most 4/3 of the least possible time.
    /// </summary>
    /// <param name="now">The ledger's time.</param>
    /// <param name="runs">The runs that have not ended.</param>
    /// <param name="node">This node.</param>
    /// <param name="retries">What a lost attempt means.</param>
    public static IReadOnlyList<DispatchAction> Plan(
        DateTimeOffset now, IReadOnlyList<RunView> runs, NodeView node, RetryPolicy retries)
    {
        var actions = new List<DispatchAction>();
        foreach (var view in runs)
        {
            if (!view.SupervisedHere && Reclaim(now, view, node, retries) is { } taken) actions.Add(taken);
            else if (view is { SupervisedHere: true, Yielding: false }
                && MustStop(now, view.Queued, view.Window, node) is { } why)
                actions.Add(new DispatchAction.Yield(view.Queued, why));
        }

        // A pending run whose last worker still lives (cancelled, then retried) waits until that one is gone: one
        // writer a checkpoint folder. One that was handed to a cluster is started by its job.
        var ready =
            runs.Where(v => v.Queued is { State: RunState.Pending, Submission: null } && !v.SupervisedHere
                && !v.WorkerIsAlive).ToList();
        var trunks = Trunks(now, runs, node);
        var reasons = ready.ToDictionary(v => v.Queued.Run, v => MustWait(now, v, node)
            ?? AwaitsTrunk(
                v.Queued, v.Queued.Trunk is { } trunk ? trunks.GetValueOrDefault((v.Queued.Sweep, trunk)) : null));
        foreach (var group in ready.GroupBy(v => (v.Queued.Sweep, Why: reasons[v.Queued.Run])))
        {
            if (group.Key.Why is { } why) actions.Add(new DispatchAction.Wait(group.Key.Sweep, why, group.Count()));
        }

        var startable = ready.Where(v => reasons[v.Queued.Run] is null && !(v.Queued.NotBefore > now));

        // Ten thousand runs need no order where nothing is free.
        if (HasRoom(runs, node))
            actions.AddRange(Starts(now, InOrder(startable, node, retries), runs, node, retries));
        if (runs.All(v => !v.SupervisedHere
            && (v.Queued.State == RunState.Pending && WaitsForOperator(v, reasons)
                || (node.IgnoresRunsHeldElsewhere && IsHeldElsewhere(v)))))
            actions.Add(new DispatchAction.Finish());
        return actions;
    }

    private static DispatchAction? Reclaim(DateTimeOffset now, RunView view, NodeView node, RetryPolicy retries)
    {
        var run = view.Queued;
        var leaseIsOver = run.State == RunState.Running && !(run.LeaseUntil > now) && !(node.LeasesCountFrom > now);
        if (!view.HostIsGone && !leaseIsOver) return null;
        if (view.WorkerIsAlive) return new DispatchAction.StopWorker(run, HadItsTime: view.HostIsGone && leaseIsOver);
        if (run.State != RunState.Running) return null;
        var why = view.HostIsGone ? $"the host on {run.Node} died" : $"{run.Node} stopped renewing its lease";
        var loss =
            retries.After(FailureKind.LeaseExpired, why, run.ChargedAttempts, hostsLostWithout: view.HostsLostWithout);
        return new DispatchAction.Expire(run, loss, view.HostIsGone);
    }

    /// <summary>Why a run that runs has to stop for now; null where it may go on. A paused one goes on.</summary>
    internal static WaitReason? MustStop(DateTimeOffset now, QueuedRun run, TimeWindow? window, NodeView node)
    {
        if (run.YieldedUntil > now || node.YieldedUntil > now) return WaitReason.Yielded;
        if (window?.Contains(now) == false) return WaitReason.WindowClosed;
        return run.Deadline <= now ? WaitReason.Deadline : null;
    }

    /// <summary>Why a pending run is not started on this node, whatever is free; null where it may be.</summary>
    internal static WaitReason? MustWait(DateTimeOffset now, RunView view, NodeView node)
    {
        var run = view.Queued;
        if (run.Paused) return WaitReason.Paused;
        if (MustStop(now, run, view.Window, node) is { } why) return why;
        var served = node.Devices.Where(d => Supports(d, run)).Select(d => d.Class).Distinct().ToList();
        if (served.Count == 0) return WaitReason.NoDevice;
        if (view.LacksDataUntil > now) return WaitReason.LacksData;
        if (!served.Exists(c => EndsInTime(now, view, c))) return WaitReason.Deadline;
        if (node.FreeDiskBytes < view.CheckpointBytes) return WaitReason.DiskFull;
        return node.BackOffUntil > now ? WaitReason.NodeUnwell : null;
    }

    /// <summary>
    /// For each trunk of a sweep, the run that follows it furthest of those that run or could be started here.
    /// </summary>
    private static Dictionary<(string Sweep, string Trunk), QueuedRun> Trunks(DateTimeOffset now,
        IReadOnlyList<RunView> runs, NodeView node) =>
        runs.Where(v => v.Queued.Trunk is not null && Leads(now, v, node))
            .GroupBy(v => (v.Queued.Sweep, v.Queued.Trunk!))
            .ToDictionary(g => g.Key,
                g => g.Select(v => v.Queued).OrderByDescending(q => q.TrunkSteps).ThenBy(q => q.Position).First());

    /// <summary>Whether the run trains its trunk, or could be started here to do so.</summary>
    internal static bool Leads(DateTimeOffset now, RunView view, NodeView node) =>
        view.Queued.State == RunState.Running || MustWait(now, view, node) is null;

    /// <summary>
    /// A run that begins where a longer one leaves their trunk waits until that one has been there; where nobody trains
    /// the trunk it trains it itself.
    /// </summary>
    internal static WaitReason? AwaitsTrunk(QueuedRun run, QueuedRun? leader) =>
        run is { Trunk: not null, Checkpoint: 0 } && leader is not null
        && leader.Run != run.Run && leader.TrunkSteps >= run.TrunkSteps && leader.Checkpoint < run.TrunkSteps
        ? WaitReason.Trunk : null;

    /// <summary>
    /// Of the run, on that class: by the speed measured there it ends by the sweep's deadline. Where nothing was
    /// measured it is started: how else would it be?
    /// </summary>
    private static bool EndsInTime(DateTimeOffset now, RunView view, string deviceClass)
    {
        if (view.Queued.Deadline is not { } deadline) return true;
        return view.Needs.GetValueOrDefault(deviceClass)?.FlopsPerSecond is not { } speed
            || view.Queued.FlopsLeft / speed <= (deadline - now).TotalSeconds;
    }

    private static bool Supports(NodeDevice device, QueuedRun run) =>
        run.DeviceClass is null || run.DeviceClass == device.Class;

    /// <summary>Nothing but a person, or nothing at all, will let it start here.</summary>
    private static bool WaitsForOperator(RunView view, Dictionary<RunId, WaitReason?> reasons) =>
        reasons.GetValueOrDefault(view.Queued.Run) switch
        {
            WaitReason.Paused or WaitReason.Deadline or WaitReason.NoDevice or WaitReason.LacksData => true,
            WaitReason.Yielded => view.Queued.YieldedUntil == Ledger.UntilResumed,
            _ => false,
        };

    /// <summary>An attempt of another node, or a job of a cluster, is at it.</summary>
    private static bool IsHeldElsewhere(RunView view) =>
        view.Queued.Submission is not null || view is { Queued.State: RunState.Running, HostIsGone: false };

    /// <summary>
    /// How long the run will take on the class of this node's devices that does it soonest: seconds, or, where nothing
    /// was measured on any, FLOPs. What was not measured counts as longer than what was, and is measured so.
    /// </summary>
    private static (bool IsUnknown, double Length) Length(RunView view, NodeView node) =>
        node.Devices.Where(d => Supports(d, view.Queued))
        .Max(d => view.Needs.GetValueOrDefault(d.Class)?.FlopsPerSecond) is { } speed
        ? (false, view.Queued.FlopsLeft / speed) : (true, view.Queued.FlopsLeft);

    /// <summary>Whether a slot of the node is free.</summary>
    internal static bool HasRoom(IReadOnlyList<RunView> runs, NodeView node) =>
        !node.Stopping && node.Devices.Any(d => new DeviceLoad(d, runs).FreeSlots > 0);

    /// <summary>Runs that could start, in the order in which they do.</summary>
    internal static IEnumerable<RunView> InOrder(IEnumerable<RunView> startable, NodeView node, RetryPolicy retries) =>
        startable
        .OrderBy(v => IsSuspect(v.Queued, retries))
        .ThenByDescending(v => v.Queued.Priority).ThenByDescending(v => Length(v, node))
        .ThenBy(v => v.Queued.Sweep, StringComparer.Ordinal).ThenBy(v => v.Queued.Position);

    /// <summary>What is started of runs in their order, and where.</summary>
    /// <param name="now">The ledger's time.</param>
    /// <param name="inOrder">The runs that could start; no more are taken of them than there is room for.</param>
    /// <param name="runs">Those that hold something of the node, beside others.</param>
    /// <param name="node">The node.</param>
    /// <param name="retries">What a lost attempt means.</param>
    internal static IEnumerable<DispatchAction.Start> Starts(
        DateTimeOffset now, IEnumerable<RunView> inOrder, IReadOnlyList<RunView> runs, NodeView node,
            RetryPolicy retries)
    {
        var devices = node.Devices.Select(d => new DeviceLoad(d, runs)).ToList();
        var suspectRuns = runs.Any(v => v.SupervisedHere && IsSuspect(v.Queued, retries));
        var underWay = runs.Count(v => v.SupervisedHere);
        var disk = node.FreeDiskBytes;
        foreach (var view in inOrder)
        {
            if (devices.TrueForAll(d => d.FreeSlots <= 0) || (node.OnProbation && underWay > 0)) yield break;
            var suspect = IsSuspect(view.Queued, retries);
            if ((suspect && suspectRuns) || disk < view.CheckpointBytes
                || Choose(now, devices, view) is not { } chosen) continue;
            foreach (var device in chosen) device.Add(view);
            suspectRuns |= suspect;
            underWay++;
            disk -= view.CheckpointBytes;
            yield return new DispatchAction.Start(view.Queued, NodeDevice.Join(chosen.Select(d => d.Device.Name)));
        }
    }

    /// <summary>
    /// How many devices a run has together where those are there: as many GPUs as its sweep wants, as far as there are
    /// so many, each with a slot; of a processor as many slots.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="alike">Devices of one class, at least one.</param>
    internal static int DeviceCount(QueuedRun run, IReadOnlyCollection<NodeDevice> alike) =>
        Math.Min(run.Gpus, IsOfGpus(alike) ? alike.Count : alike.Max(d => d.Slots));

    private static bool IsOfGpus(IEnumerable<NodeDevice> alike) => alike.First().Class == "cuda";

    /// <summary>
    /// Devices that have a slot, the threads and the memory: GPUs before the processor, then the emptiest; a processor
    /// with several slots for it as often. Where some have the slot but not all have yet the memory, they are kept for
    /// this run: small runs must not pass a large one for ever.
    /// </summary>
    private static IReadOnlyList<DeviceLoad>? Choose(DateTimeOffset now, List<DeviceLoad> devices, RunView view)
    {
        var possible = devices.Where(d => Supports(d.Device, view.Queued) && EndsInTime(now, view, d.Device.Class))
            .OrderBy(d => d.Device.Class == "cpu").ThenBy(d => d.Workers).ToList();
        foreach (var alike in possible.GroupBy(d => d.Device.Class))
        {
            List<NodeDevice> offered = [.. alike.Select(d => d.Device)];
            var wanted = DeviceCount(view.Queued, offered);
            var (gpus, slots) = IsOfGpus(offered) ? (wanted, 1) : (1, wanted);
            List<DeviceLoad> chosen = [.. alike.Where(d => d.HasRoom(view, slots)).Take(gpus)];
            if (chosen.Count == gpus) return [.. chosen.SelectMany(d => Enumerable.Repeat(d, slots))];
        }

        foreach (var device in possible.Where(d => d.FreeSlots > 0).OrderBy(d => d.Bytes).Take(view.Queued.Gpus)
            .ToList()) device.Reserve();
        return null;
    }

    /// <summary>
    /// On its last chance because its hosts died. Such runs come last and one at a time: if one of them is what kills
    /// the host, those beside it are not charged their last attempt for it; if it was chance, other runs get between
    /// them and the next blow.
    /// </summary>
    internal static bool IsSuspect(QueuedRun run, RetryPolicy retries) =>
        run is { ChargedAttempts: > 0, Failure: FailureKind.LeaseExpired } && run.ChargedAttempts >= retries.AttemptCap
        - 1;
}
