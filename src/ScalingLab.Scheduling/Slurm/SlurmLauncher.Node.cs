using System.Data.Common;
using System.Globalization;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Slurm;

/// <content>The launcher as a node of the ledger, which people see and can ask to yield, and the reports that it
/// makes.</content>
public sealed partial class SlurmLauncher
{
    /// <summary>What a launcher offers in the place of devices.</summary>
    public const string Device = "slurm";

    // Longer than any look at a Slurm that does not answer: it decides nothing, it only tells people who is there.
    private static readonly TimeSpan Announcement = TimeSpan.FromSeconds(90);

    private string? _name;
    private DateTimeOffset? _yieldedUntil;
    private DateTimeOffset? _leasesCountFrom;

    private Node Self =>
        new(_name ?? _options.Name, LocalProcesses.Current, [new NodeDevice(Device, _options.MaxJobs)]);

    // A launcher of one sweep ends with it and is no node: nobody else's run would go through it.
    private void StayAnnounced()
    {
        if (_options.Sweep is not null) return;
        var nodes = _ledger.Nodes();
        var before = nodes.FirstOrDefault(n => n.Node.Name == Self.Name)?.Node.Host;
        var gone = before is not null && LocalProcesses.IsHere(before) && !LocalProcesses.IsAlive(before);
        if (!_ledger.Announce(Self, TimeProvider.System.GetUtcNow(), Announcement, takeOver: gone))
        {
            // A node of this machine's own devices beside it: each has its own name.
            _name = string.Create(CultureInfo.InvariantCulture, $"{_options.Name}-slurm-{Environment.ProcessId}");
            _ledger.Announce(Self, TimeProvider.System.GetUtcNow(), Announcement, takeOver: true);
        }
        _name ??= _options.Name;
        _yieldedUntil = nodes.Where(n => n.Node.Name == _name || n.Node.Name == _options.Name).Max(n => n.YieldedUntil);
    }

    private void Leave()
    {
        try
        {
            if (_name is not null) _ledger.Leave(Self);
        }
        catch (DbException)
        {
            // Its lease ends by itself.
        }
    }

    // Leases that ended while nobody could renew them say nothing of their holders, who get a lease's time to say that
    // they live.
    private void Recovered(DateTimeOffset now, TimeSpan outage)
    {
        _ledgerGoneSince = null;
        _leasesCountFrom = now + _options.Lease;
        ReportOnce(string.Create(CultureInfo.InvariantCulture, $"the ledger answers again after "
            + $"{outage.TotalSeconds:0} s"));
    }

    /// <summary>
    /// Begins the reports that are due, and tells of sweeps that have ended, beside the looks at Slurm; whether any
    /// report is due or under way.
    /// </summary>
    private bool MakeReports(CancellationToken stop)
    {
        if (_options.Report is null && _notices is null) return false;
        IReadOnlyList<SweepSummary> sweeps = _options.Sweep is { } only
            ? [.. new[] { _ledger.Find(only) }.OfType<SweepSummary>()] : _ledger.Sweeps();
        _notices?.Begin(sweeps, null, stop);
        return _options.Report is not null && _reports.Begin(sweeps, Self.Name, null, stop);
    }

    private void ReportOnce(string message) => _progress?.Report(new SweepProgress.Trouble(message));
}
