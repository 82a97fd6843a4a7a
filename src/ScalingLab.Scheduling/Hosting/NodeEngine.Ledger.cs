using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Hosting;

/// <content>The node in the ledger: its name, the reports that it makes, and what it says of runs that wait.</content>
internal sealed partial class NodeEngine
{
    private readonly Lock _announcing = new();
    private string _name = options.Name;
    private IReadOnlyList<NodeWait> _waits = [];
    private long? _announced;
    private DateTimeOffset? _yieldedUntil;

    private Node Self => new(_name, LocalProcesses.Current, options.Devices)
    {
        Waits = _waits, Sweep = scope.OneAttempt ? "" : scope.Sweep,
    };

    /// <summary>
    /// Takes the node's name out of the ledger's list; an unreachable ledger forgets it by itself when the lease ends.
    /// </summary>
    public void Leave()
    {
        try
        {
            if (_announced is not null) ledger.Leave(Self);
        }
        catch (DbException)
        {
            // Its lease ends in seconds.
        }
    }

    /// <summary>Says that the node is there; a ledger that cannot be reached is said by the looks.</summary>
    public void Announce()
    {
        try
        {
            ReadNode(ledger.Now);
        }
        catch (DbException)
        {
            // In some seconds again.
        }
    }

    // The announcement decides nothing, it only tells people who is there.
    private void ReadNode(DateTimeOffset now)
    {
        lock (_announcing)
        {
            var nodes = ledger.Nodes();
            if (_announced is null || Stopwatch.GetElapsedTime(_announced.Value) >= options.Lease / 4)
            {
                var before = nodes.FirstOrDefault(n => n.Node.Name == _name)?.Node.Host;
                var gone = before is not null && LocalProcesses.IsHere(before) && !LocalProcesses.IsAlive(before);
                if (!ledger.Announce(Self, TimeProvider.System.GetUtcNow(), options.Lease, takeOver: gone))
                {
                    // Two processes of one machine, say `lab serve` and `lab run` beside it: each has its own name.
                    _name = string.Create(CultureInfo.InvariantCulture, $"{options.Name}-{Environment.ProcessId}");
                    ledger.Announce(Self, TimeProvider.System.GetUtcNow(), options.Lease, takeOver: true);
                }
                _announced = Stopwatch.GetTimestamp();
            }

            // A person who asks "NAME" for its devices means every process of that name.
            var until = nodes.Where(n => n.Node.Name == _name || n.Node.Name == options.Name).Max(n => n.YieldedUntil);
            _yieldedUntil = until <= now ? null : until;
        }
    }

    // Many sweeps have each their own numbers in the ledger; of one who watches hears.
    private void CountSweep()
    {
        if (scope.Sweep is not { } sweep) return;
        var summary = ledger.Find(sweep)
            ?? throw new InvalidOperationException($"the sweep '{sweep}' is gone from the ledger");
        if (!summary.Counts.Equals(_counted?.Counts)) report(new SweepProgress.Counted(_counted = summary));
    }

    /// <summary>Notes what has ended before this node begins: nobody is told of that.</summary>
    public void StartNotices()
    {
        try
        {
            _notices?.Start();
        }
        catch (DbException)
        {
            // With the first reports.
        }
    }

    /// <summary>
    /// Begins the reports that are due, and tells of sweeps that have ended. A report that fails is tried again after a
    /// while.
    /// </summary>
    public void MakeReports()
    {
        try
        {
            _reports.Begin(Reportable(), _name, ReportEnded, _stop.Token);
            SendNotices();
        }
        catch (DbException)
        {
            // In a minute again.
        }
    }

    private IReadOnlyList<SweepSummary> Reportable() =>
        scope.Sweep is { } only ? [.. new[] { ledger.Find(only) }.OfType<SweepSummary>()] : ledger.Sweeps();

    private void ReportEnded()
    {
        if (!_stop.IsCancellationRequested) jobs.MakeReports(after: options.Retries.BackOffMax);
        try
        {
            SendNotices();
        }
        catch (DbException)
        {
            // With the next look for reports.
        }
        FinishIfStopped();
        Wake();
    }

    private void SendNotices() => _notices?.Begin(Reportable(), NoticeEnded, _stop.Token);

    /// <summary>Tells what is still to be told before the node may end; whether that is under way.</summary>
    private bool SendsNotices()
    {
        SendNotices();
        return _notices?.IsUnderWay == true;
    }

    private void NoticeEnded()
    {
        FinishIfStopped();
        Wake();
    }

    /// <summary>Whether a report is being made, or is to be before the node may end.</summary>
    private bool ReportsAreDue() => options.Report is not null
        && (_reports.IsUnderWay
            || Reportable().Any(s => s.ReportIsDue && !(scope.UntilIdle && _reports.HasFailed(s.Name))));

    private string DescribeWait(DispatchAction.Wait wait) =>
        wait.Why == WaitReason.LacksData && _missingData.TryGetValue(wait.Sweep, out var lack)
        ? $"this node lacks data: {lack.What}"
        : wait.Why.Describe();

    /// <summary>Says why runs wait: once, and again when it changes.</summary>
    private void ReportWaits(IReadOnlyList<DispatchAction> plan)
    {
        var waits = plan.OfType<DispatchAction.Wait>().ToList();
        lock (_gate) _waits = waits.ConvertAll(w => new NodeWait(w.Sweep, w.Runs, DescribeWait(w)));
        foreach (var wait in waits)
        {
            if (!_waiting.TryGetValue(wait.Sweep, out var said)) _waiting[wait.Sweep] = said = [];
            if (said.TryAdd(wait.Why, wait.Runs)) report(new SweepProgress.Waiting(wait.Sweep, wait.Why, wait.Runs));
        }
        foreach (var (sweep, said) in _waiting)
        {
            foreach (var over in said.Keys.Where(why => !waits.Exists(w => w.Sweep == sweep && w.Why == why)).ToList())
                said.Remove(over);
        }
    }
}
