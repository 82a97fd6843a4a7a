using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Hosting;

/// <summary>The queue as this node last read it: what is read again is what has changed.</summary>
/// <param name="ledger">The queue.</param>
/// <param name="scope">What of it the node runs.</param>
internal sealed class QueueCache(Ledger ledger, NodeScope scope)
{
    private readonly Dictionary<RunId, List<QueuedRun>> _runs = []; // a row for each sweep that has the run
    private long _mark = -1;

    /// <summary>Reads what has changed.</summary>
    /// <param name="always">Reads what attempts hold too, changed or not.</param>
    /// <param name="isOwn">Whether an attempt of this node holds the run with that fencing number: how far that is, the
    /// node knows itself.</param>
    /// <exception cref="System.Data.Common.DbException">The ledger cannot be reached; what was read before
    /// stays.</exception>
    public QueueUpdate Read(bool always, Func<RunId, long, bool> isOwn)
    {
        var changes = ledger.Changes(_mark, always, scope.Sweep, scope.Run);
        _mark = changes.Mark;
        if (changes.IsWhole) _runs.Clear();
        var (without, unknown) = (new HashSet<string>(), false);
        foreach (var run in changes.Ended)
        {
            if (_runs.Remove(run, out var rows)) without.UnionWith(rows.Select(r => r.Sweep));
            else unknown = true; // a new sweep has it, perhaps with nothing else
        }
        foreach (var rows in changes.Rows.GroupBy(r => r.Run)) _runs[rows.Key] = [.. rows];
        return new QueueUpdate(changes.Now, changes.IsWhole || changes.Ended.Count > 0
            || changes.Rows.Any(row => IsRelevant(row, isOwn)))
        {
            IsWhole = changes.IsWhole,
            SweepMayHaveEnded = changes.IsWhole || unknown
                || (without.Count > 0
                    && !without.IsSubsetOf(_runs.Values.SelectMany(rows => rows.Select(r => r.Sweep)))),
        };
    }

    // Of this node's own attempts only how far they are with a trunk that others wait for.
    private static bool IsRelevant(QueuedRun row, Func<RunId, long, bool> isOwn) =>
        row.State != RunState.Running || row.Trunk is not null || !isOwn(row.Run, row.Fence);

    /// <summary>
    /// The runs that have not ended, each once, by sweep and position. A job of a cluster starts the run that it was
    /// submitted for.
    /// </summary>
    /// <param name="now">The ledger's time.</param>
    /// <param name="isOpen">Whether a window, in a sweep's words, is open now.</param>
    public IReadOnlyList<QueuedRun> Runs(DateTimeOffset now, Func<string, bool> isOpen)
    {
        var rows = _runs.Values.SelectMany(r => r).OrderBy(r => r.Sweep, StringComparer.Ordinal).ThenBy(r => r.Position)
            .ToList();
        var runs = scope.Sweep is null ? QueuedRun.Best(rows, now, isOpen) : rows;
        return scope.OneAttempt ? [.. runs.Select(q => q with { Submission = null })] : runs;
    }
}

/// <summary>What a reading of the queue brought.</summary>
/// <param name="Now">The ledger's time.</param>
/// <param name="Any">Whether anything was read.</param>
internal sealed record QueueUpdate(DateTimeOffset Now, bool Any)
{
    /// <summary>Sweeps or yields changed, or it is the first reading.</summary>
    public bool IsWhole { get; init; }

    /// <summary>The last run of some sweep has ended, or nobody knows.</summary>
    public bool SweepMayHaveEnded { get; init; }

    /// <summary>With what was read after it.</summary>
    public QueueUpdate Merge(QueueUpdate later) => new(later.Now, Any || later.Any)
    {
        IsWhole = IsWhole || later.IsWhole,
        SweepMayHaveEnded = SweepMayHaveEnded || later.SweepMayHaveEnded,
    };
}
