using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling;

/// <content>The node in the ledger: its name, the reports that it makes, and what it says of runs that wait.</content>
internal sealed partial class NodeEngine
{
    private string _name = options.Name;
    private IReadOnlyList<NodeWait> _waits = [];
    private long? _announced;
    private DateTimeOffset? _yieldedUntil;

    private Node Itself => new(_name, LocalProcesses.Current, options.Devices) { Waits = _waits };

    /// <summary>Takes the node's name out of the ledger's list; an unreachable ledger forgets it by itself when the lease ends.</summary>
    public void Leave()
    {
        try
        {
            if (_announced is not null) ledger.Leave(Itself);
        }
        catch (DbException)
        {
            // Its lease ends in seconds.
        }
    }

    // The node's lease is longer than its claims': it decides nothing, it only tells people who is there.
    private void StayAnnounced(DateTimeOffset now)
    {
        var nodes = ledger.Nodes();
        if (_announced is null || Stopwatch.GetElapsedTime(_announced.Value) >= options.Lease / 3)
        {
            var before = nodes.FirstOrDefault(n => n.Node.Name == _name)?.Node.Host;
            var gone = before is not null && LocalProcesses.IsHere(before) && !LocalProcesses.IsAlive(before);
            if (!ledger.Announce(Itself, TimeProvider.System.GetUtcNow(), options.Lease, takeOver: gone))
            {
                // Two processes of one machine, say `lab serve` and `lab run` beside it: each has its own name.
                _name = string.Create(CultureInfo.InvariantCulture, $"{options.Name}-{Environment.ProcessId}");
                ledger.Announce(Itself, TimeProvider.System.GetUtcNow(), options.Lease, takeOver: true);
            }
            _announced = Stopwatch.GetTimestamp();
        }

        // A person who asks "NAME" for its devices means every process of that name.
        _yieldedUntil = nodes.Where(n => n.Node.Name == _name || n.Node.Name == options.Name).Max(n => n.YieldedUntil);
        if (_yieldedUntil <= now) _yieldedUntil = null;
    }

    private void Count(SweepSummary summary)
    {
        if (scope.Sweep is null)
        {
            _counted = summary; // many sweeps: each has its own numbers in the ledger
            return;
        }
        if (_counted is null || !_counted.Counts.OrderBy(c => c.Key).SequenceEqual(summary.Counts.OrderBy(c => c.Key)))
            report(new SweepProgress.Counted(_counted = summary));
    }

    /// <summary>Begins the reports that are due; whether any is due or under way.</summary>
    private bool MakeReports(IReadOnlyList<SweepSummary> sweeps) => _reports.Begin(sweeps, _name, FinishIfStopped, _stop.Token);

    private string Words(DispatchAction.Wait wait) => wait.Why == WaitReason.LacksData && _lacking.TryGetValue(wait.Sweep, out var lack)
        ? $"this node lacks data: {lack.What}"
        : wait.Why.Words();

    /// <summary>Says why runs wait: once, and again when it changes.</summary>
    private void Say(IReadOnlyList<DispatchAction> plan)
    {
        var waits = plan.OfType<DispatchAction.Wait>().ToList();
        lock (_gate) _waits = waits.ConvertAll(w => new NodeWait(w.Sweep, w.Runs, Words(w)));
        foreach (var wait in waits)
        {
            if (!_waiting.TryGetValue(wait.Sweep, out var said)) _waiting[wait.Sweep] = said = [];
            if (said.TryAdd(wait.Why, wait.Runs)) report(new SweepProgress.Waiting(wait.Sweep, wait.Why, wait.Runs));
        }
        foreach (var (sweep, said) in _waiting)
        {
            foreach (var over in said.Keys.Where(why => !waits.Exists(w => w.Sweep == sweep && w.Why == why)).ToList()) said.Remove(over);
        }
    }
}
