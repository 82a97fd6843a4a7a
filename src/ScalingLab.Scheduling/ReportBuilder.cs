using System.Data.Common;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling;

/// <summary>
/// Makes the reports of sweeps whose last run has ended, beside whatever its owner does: each under a claim of the
/// ledger that is renewed as long as it takes, so that one node makes it.
/// </summary>
/// <param name="ledger">Where claims stand.</param>
/// <param name="make">Makes fit and report of a sweep; null where none is made here.</param>
/// <param name="backOff">How long nobody tries again after one that could not be made.</param>
/// <param name="report">Hears of it.</param>
internal sealed class ReportBuilder(Ledger ledger, Func<string, CancellationToken, Task>? make, TimeSpan backOff,
    Action<SweepProgress> report)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _underWay = [];
    private readonly HashSet<string> _failed = [];

    /// <summary>Whether any is being made.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (_gate) return _underWay.Count > 0;
        }
    }

    /// <summary>Whether the last try to make this one failed here.</summary>
    public bool HasFailed(string sweep)
    {
        lock (_gate) return _failed.Contains(sweep);
    }

    /// <summary>Begins those that are due and not somebody else's; whether any is due or under way.</summary>
    /// <param name="sweeps">The sweeps to look at.</param>
    /// <param name="node">Whose claims these are, for people.</param>
    /// <param name="ended">Called when one that was begun has ended, however.</param>
    /// <param name="stop">Begins no more, and asks those under way to end.</param>
    /// <exception cref="DbException">The ledger cannot be reached.</exception>
    public bool Begin(IReadOnlyList<SweepSummary> sweeps, string node, Action? ended, CancellationToken stop)
    {
        if (make is null) return false;
        var due = sweeps.Where(s => s.ReportIsDue).ToList();
        foreach (var sweep in due)
        {
            lock (_gate)
            {
                if (stop.IsCancellationRequested || _underWay.ContainsKey(sweep.Name)) continue;
                if (ledger.ClaimReport(sweep.Name, node, Lease) is { } claim)
                    _underWay[sweep.Name] = Task.Run(() => MakeAsync(claim, ended, stop), CancellationToken.None);
            }
        }
        return due.Count > 0 || IsUnderWay;
    }

    /// <summary>Ends when none is being made any more.</summary>
    public async Task WaitAsync()
    {
        while (true)
        {
            List<Task> tasks;
            lock (_gate) tasks = [.. _underWay.Values];
            if (tasks.Count == 0) return;
            await Task.WhenAll(tasks);
        }
    }

    private async Task MakeAsync(ReportClaim claim, Action? ended, CancellationToken stop)
    {
        try
        {
            var making = make!(claim.Sweep, stop);
            while (await Task.WhenAny(making, Task.Delay(Lease / 3, CancellationToken.None)) != making) Renew(claim);
            await making;
            lock (_gate) _failed.Remove(claim.Sweep);
            if (ledger.Reported(claim)) report(new SweepProgress.Reported(claim.Sweep));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            RecordFailure(claim, "stopped before it was made", TimeSpan.Zero);
        }
        catch (DbException e)
        {
            report(new SweepProgress.Trouble($"that the report of {claim.Sweep} was made cannot be written "
                + $"({e.Message}): it is made again"));
        }
        catch (Exception e) // a report that cannot be made costs no run, and is tried again
        {
            report(new SweepProgress.Trouble($"the report of {claim.Sweep} could not be made: {e.Message}"));
            lock (_gate) _failed.Add(claim.Sweep);
            RecordFailure(claim, e.Message, backOff);
        }
        finally
        {
            lock (_gate) _underWay.Remove(claim.Sweep);
            ended?.Invoke();
        }
    }

    // One that is somebody else's by now is made to its end all the same: both write the same.
    private void Renew(ReportClaim claim)
    {
        try
        {
            ledger.RenewReport(claim, Lease);
        }
        catch (DbException)
        {
            // The next time, or the lease ends and another makes it too.
        }
    }

    private void RecordFailure(ReportClaim claim, string message, TimeSpan wait)
    {
        try
        {
            ledger.FailReport(claim, message, wait);
        }
        catch (DbException)
        {
            // Its lease ends, and it is tried again.
        }
    }
}
