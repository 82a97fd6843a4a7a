using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Forecasts;

/// <summary>
/// The queue simulated, by the same policy that runs it (<see cref="Dispatch"/>) and the speeds that were
/// measured: when each run begins and
/// ends, on which device. A pure function. Nothing fails in it, nobody asks for anything, and memory counts where it
/// was measured.
/// </summary>
public static class Simulation
{
    /// <summary>How far it looks ahead.</summary>
    public static TimeSpan Horizon { get; } = TimeSpan.FromDays(60);

    /// <summary>What becomes of every run of the queue, in its order.</summary>
    public static IReadOnlyList<PredictedRun> Run(QueueView queue, RetryPolicy retries)
    {
        var future = new Future(queue, retries);
        while (future.Step())
        {
            // Until nothing more happens by itself.
        }
        return future.Runs();
    }

    private sealed class Future
    {
        private readonly QueueView _queue;
        private readonly RetryPolicy _retries;
        private readonly List<SimulatedRun> _runs;
        private readonly Dictionary<RunId, SimulatedRun> _byId;
        private readonly List<SimulatedNode> _nodes;
        private readonly Dictionary<(string Sweep, string Trunk), List<SimulatedRun>> _trunks; // furthest first
        private readonly PriorityQueue<SimulatedRun, DateTimeOffset> _ends = new();
        private readonly SimulatedEvents _edges;
        private DateTimeOffset _now;
        private bool _isAnew = true; // who may start is to be found anew, not only who is next
        private bool _hasRoom; // somewhere a slot or a trunk became free

        public Future(QueueView queue, RetryPolicy retries)
        {
            (_queue, _retries, _now) = (queue, retries, queue.Now);
            _nodes = [.. queue.Nodes.Select(n => new SimulatedNode(n))];
            _runs = [.. queue.Runs.Select(q => new SimulatedRun(q))];
            _byId = _runs.ToDictionary(r => r.Row.Run);
            _trunks = _runs.Where(r => r.Row.Trunk is not null).GroupBy(r => (r.Row.Sweep, r.Row.Trunk!))
                .ToDictionary(g => g.Key, g => g.OrderByDescending(r => r.Row.TrunkSteps).ThenBy(r => r.Row.Position)
                    .ToList());
            _edges = new SimulatedEvents(queue);
            foreach (var run in _runs.Where(r => r.Row.State == RunState.Running)) Continue(run);
        }

        /// <summary>
        /// Does what happens now, and goes on to when something happens next; false where nothing does.
        /// </summary>
        public bool Step()
        {
            while (_ends.TryPeek(out var run, out var at) && (at <= _now || run.EndsAt != at))
            {
                _ends.Dequeue();
                if (run.EndsAt == at) End(run); // not one that was stopped since
            }
            if (_isAnew) _nodes.ForEach(YieldRuns);
            if (_isAnew || _hasRoom) _nodes.ForEach(Start);
            _isAnew = _hasRoom = false;

            var next = _ends.TryPeek(out _, out var end) ? end : (DateTimeOffset?)null;
            if (_edges.Branch(_now) is { } branch && !(branch > next)) (next, _hasRoom) = (branch, true);
            if (_edges.After(_now) is { } edge && !(edge > next)) (next, _isAnew) = (edge, true);
            if (next is not { } then || then > _queue.Now + Horizon) return false;
            _now = then;
            return true;
        }

        public IReadOnlyList<PredictedRun> Runs()
        {
            var someSpeedIsUnknown = _runs.Exists(r => r.Row.State == RunState.Running && r.EndsAt is null);
            return [.. _runs.Select(run => new PredictedRun(run.Row.Run)
            {
                Begins = run.Began, Ends = run.EndsAt, Node = run.Node?.Node.Name, Device = run.Device,
                Why = run.EndsAt is null ? Why(run, someSpeedIsUnknown) : null,
            })];
        }

        private UnknownEnd Why(SimulatedRun run, bool someSpeedIsUnknown)
        {
            var row = run.Row;
            if (row.State == RunState.Running) return UnknownEnd.NoSpeed;
            if (row.Submission is not null) return UnknownEnd.Cluster;
            if (row.Paused) return UnknownEnd.Paused;
            if (row.YieldedUntil == Ledger.UntilResumed) return UnknownEnd.Yielded;
            var nodes = _nodes.Where(n => n.Node.Serves(row.Sweep)).ToList();
            if (nodes.Count == 0) return UnknownEnd.NoNode;
            if (nodes.Exists(n => n.Node.View.Devices.Count == 0))
                return UnknownEnd.Cluster; // it hands runs to one, and has no devices of its own
            var reasons = nodes.ConvertAll(n => Dispatch.MustWait(_now, n.Node.Sees(row), n.Node.View));
            if (reasons.TrueForAll(r => r == WaitReason.NoDevice)) return UnknownEnd.NoDevice;
            if (reasons.TrueForAll(r => r is WaitReason.NoDevice or WaitReason.Deadline)) return UnknownEnd.Deadline;
            if (nodes.TrueForAll(n => n.Node.View.YieldedUntil == Ledger.UntilResumed)) return UnknownEnd.Yielded;
            return someSpeedIsUnknown ? UnknownEnd.NoSpeed : UnknownEnd.TooFar; // it waits for that one
        }

        /// <summary>A run that runs now goes on from where its curve is.</summary>
        private void Continue(SimulatedRun run)
        {
            var row = run.Row;
            if (_nodes.Find(n => n.Node.Name == row.Node) is not { } node)
            {
                run.Row = row with { State = RunState.Pending,
                    NotBefore = row.LeaseUntil }; // its node is missed: another takes it
                return;
            }
            long? done = _queue.StepsDone.TryGetValue(row.Run, out var step) ? step : null;
            var from = Math.Max(done ?? 0, row.Checkpoint);

            // Before its first word it is as far as its time tells.
            var past = done is null ? _now - (row.Began ?? _now) : TimeSpan.Zero;
            Hold(run, node, row.Device ?? "cpu", from, past);
            run.Began = row.Began;
        }

        private void Hold(SimulatedRun run, SimulatedNode node, string device, long from, TimeSpan past = default)
        {
            var seconds = node.Node.Sees(run.Row).Needs.GetValueOrDefault(NodeDevice.ClassOf(device))?.Seconds(run.Row);
            run.Hold(node, device, _now, from, seconds, past);
            node.Running.Add(run);
            if (run.EndsAt is { } ends) _ends.Enqueue(run, ends);
            _edges.AddBranches(Family(run.Row).Where(r => r.IsWaiting).Select(r => run.At(r.Row.TrunkSteps)));
        }

        private List<SimulatedRun> Family(QueuedRun row) => row.Trunk is { } trunk ? _trunks[(row.Sweep, trunk)] : [];

        private void YieldRuns(SimulatedNode node)
        {
            foreach (var run in node.Running.Where(r =>
                Dispatch.MustStop(_now, r.Row, node.Node.Sees(r.Row).Window, node.Node.View) is not null).ToList())
            {
                node.Running.Remove(run);
                run.Release(_now);
            }
        }

        private void Start(SimulatedNode node)
        {
            if (_isAnew) node.Line = InOrder(node);
            if (node.IsFull) return;
            var holding = node.Running.ConvertAll(r => node.Node.Sees(r.Row) with { DeviceHere = r.Device });
            if (node.IsLineEmpty || !Dispatch.HasRoom(holding, node.Node.View)) return;
            var line = node.InLine(
                isGone: v => !_byId[v.Queued.Run].IsWaiting || Dispatch.MustWait(_now, v, node.Node.View) is not null,
                isBlocked: v => Dispatch.AwaitsTrunk(v.Queued, Leader(v.Queued, node)) is not null);
            foreach (var start in Dispatch.Starts(_now, line, holding, node.Node.View, _retries))
                Begin(_byId[start.Run.Run], node, start.Device);
        }

        private List<RunView> InOrder(SimulatedNode node) => [.. Dispatch.InOrder(
            _runs.Where(r => r.IsWaiting && r.Row.Submission is null && !(r.Row.NotBefore > _now)
                && node.Node.Serves(r.Row.Sweep))
                .Select(r => node.Node.Sees(r.Row)).Where(v => Dispatch.MustWait(_now, v, node.Node.View) is null),
            node.Node.View, _retries)];

        /// <summary>
        /// Who trains the trunk of that run, as far as it is now; null where nobody does, or it has none.
        /// </summary>
        private QueuedRun? Leader(QueuedRun row, SimulatedNode node)
        {
            var leader = Family(row)
                .Find(r => !r.IsOver && node.Node.Serves(r.Row.Sweep)
                && Dispatch.Leads(_now, node.Node.Sees(r.Row), node.Node.View));
            if (leader is { Row.State: RunState.Running }) leader.Advance(_now);
            return leader?.Row;
        }

        private void Begin(SimulatedRun run, SimulatedNode node, string device)
        {
            // A branch begins where its trunk was left, by whoever trains it or did.
            var trained = run.Row.Trunk is not { } trunk ? 0 : Math.Min(run.Row.TrunkSteps, Family(run.Row)
                .Where(r => r.IsOver || r.Row.State == RunState.Running)
                    .Select(r => r.IsOver ? r.Row.TrunkSteps : r.Row.Checkpoint)
                .Append(_queue.TrunksTrained.GetValueOrDefault(trunk)).Max());
            run.Row = run.Row with { State = RunState.Running };
            Hold(run, node, device, Math.Max(run.Row.Checkpoint, trained));
        }

        private void End(SimulatedRun run)
        {
            run.End();
            run.Node!.Running.Remove(run);
            _hasRoom = true;
        }
    }
}
