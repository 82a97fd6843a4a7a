using System.Diagnostics;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Runs;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Summaries;

/// <summary>
/// What is worked out of the whole ledger now and then: what sweeps have cost, when runs begin and end, which reports
/// can be read.
/// </summary>
/// <param name="Forecast">The queue, simulated.</param>
/// <param name="Spent">What each sweep has cost so far; those of which nothing was attempted are absent.</param>
/// <param name="Reports">Sweeps whose report can be read here.</param>
/// <param name="Flags">What the reports flag runs as, by sweep.</param>
internal sealed record Overview(
    QueueForecast Forecast, IReadOnlyDictionary<string, SweepCost> Spent, IReadOnlySet<string> Reports,
    IReadOnlyDictionary<string, IReadOnlyDictionary<RunId, IReadOnlyList<string>>> Flags)
{
    /// <summary>A run as its sweep's line has it, with what is known beside how it stands.</summary>
    public RunLine AddTo(string sweep, RunLine run)
    {
        var id = new RunId(run.Id);
        var flags = Flags.GetValueOrDefault(sweep)?.GetValueOrDefault(id);
        var line = run.With(Forecast.Runs.GetValueOrDefault(id));
        return flags == line.Flags ? line : line with { Flags = flags };
    }
}

/// <summary>
/// Works these out beside whoever asks, for all who ask, at most every few seconds and only as long as somebody does.
/// </summary>
internal sealed class OverviewCache(LedgerHandle ledger) : IDisposable
{
    private const double MaxCpuShare = 0.05; // of one processor
    private const double MinShiftSeconds = 2; // seconds
    private const double RelativeShift = 0.03; // of how far ahead
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(5);

    // Who comes after nobody asked for so long waits for news.
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan UnchangedRefresh = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Lock _beginning = new();
    private readonly Dictionary<(string Sweep, RunId Run), RunUsage> _uses = [];
    private readonly ReportFlags _flags = new();
    private long _usesRead = -1;
    private (long Change, string Nodes) _seen;
    private long _playedAt;
    private Overview? _latest;
    private long _madeAt;
    private TimeSpan _took;
    private bool _isUnderWay;

    /// <summary>
    /// The latest that was worked out; null before the first. Has it worked out anew where it is old.
    /// </summary>
    public Overview? Latest()
    {
        lock (_beginning)
        {
            if (_isUnderWay || !IsDue(_took / MaxCpuShare)) return _latest;
            _isUnderWay = true;
        }
        _ = Task.Run(RenewAsync);
        return _latest;
    }

    /// <summary>The latest that was worked out, not from long ago.</summary>
    public async Task<Overview?> FreshAsync(CancellationToken stop)
    {
        if (!IsDue(StaleAfter)) return Latest();
        await _gate.WaitAsync(stop);
        try
        {
            return IsDue(StaleAfter) ? Compute() : _latest;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private bool IsDue(TimeSpan after) =>
        _latest is null
        || Stopwatch.GetElapsedTime(Interlocked.Read(ref _madeAt)) > (after > MinInterval ? after : MinInterval);

    private async Task RenewAsync()
    {
        await _gate.WaitAsync();
        try
        {
            Compute();
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InputException)
        {
            // The ledger cannot be read just now: the next time.
        }
        finally
        {
            _gate.Release();
            lock (_beginning) _isUnderWay = false;
        }
    }

    private Overview? Compute()
    {
        var began = Stopwatch.GetTimestamp();
        _latest = ledger.Read(Read);
        _took = Stopwatch.GetElapsedTime(began);
        Interlocked.Exchange(ref _madeAt, Stopwatch.GetTimestamp());
        return _latest;
    }

    private Overview Read(Ledger from)
    {
        // Nothing runs, nobody changed anything, the same nodes are there: only a window or a back-off may be over.
        var now = from.Now;
        var nodes = from.Nodes().Where(n => n.LeaseUntil > now).Select(n => $"{n.Node.Name} {n.YieldedUntil}");
        var seen = (from.LatestChange(), string.Join('/', nodes));
        if (_latest is not null && seen == _seen && !_latest.Forecast.IsRunning
            && Stopwatch.GetElapsedTime(_playedAt) < UnchangedRefresh) return _latest;
        (_seen, _playedAt) = (seen, Stopwatch.GetTimestamp());

        var news = from.Uses(_usesRead);
        if (news.IsWhole) _uses.Clear();
        foreach (var use in news.Runs) _uses[(use.Sweep, use.Run)] = use;
        _usesRead = news.Version;

        var (spent, reports) = (new Dictionary<string, SweepCost>(), new HashSet<string>());
        var uses = _uses.Values.ToLookup(u => u.Sweep);
        foreach (var sweep in from.Sweeps())
        {
            var settings = from.Settings(sweep.Name);
            if (uses.Contains(sweep.Name))
                spent[sweep.Name] = SweepCost.OfRuns([.. uses[sweep.Name]], CostRates.Parse(settings?.Grid));
            if (settings?.ResultsFolder is not { } folder) continue;
            if (File.Exists(Path.Combine(folder, ReportAddress.FileName))) reports.Add(sweep.Name);
            _flags.Read(sweep, folder);
        }
        return new Overview(SuppressSmallShifts(_latest?.Forecast, QueueForecast.Read(from)), spent, reports,
            _flags.BySweep());
    }

    /// <summary>
    /// Times that moved by little, of how far ahead they are, stay as they were said: a page of ten thousand runs is
    /// not told all of them anew
    /// because one took a second longer.
    /// </summary>
    private static QueueForecast SuppressSmallShifts(QueueForecast? before, QueueForecast now)
    {
        if (before is null) return now;
        return now with
        {
            Runs = now.Runs.ToDictionary(r => r.Key, r => before.Runs.TryGetValue(r.Key, out var was)
                ? r.Value with { Begins = Kept(was.Begins, r.Value.Begins), Ends = Kept(was.Ends, r.Value.Ends) }
                    : r.Value),
            Sweeps = now.Sweeps.ToDictionary(s => s.Key, s => before.Sweeps.TryGetValue(s.Key, out var was)
                ? s.Value with { About = Kept(was.About, s.Value.About) } : s.Value),
        };

        DateTimeOffset? Kept(DateTimeOffset? was, DateTimeOffset? found)
        {
            var bound =
                TimeSpan.FromSeconds(Math.Max(MinShiftSeconds, RelativeShift * (found - now.Now)?.TotalSeconds ?? 0));
            return was > now.Now && (was - found)?.Duration() <= bound ? was : found;
        }
    }
}
