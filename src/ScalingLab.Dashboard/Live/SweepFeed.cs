using System.Data.Common;
using System.Text;
using ScalingLab.Dashboard.Curves;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Dashboard.Summaries;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Dashboard.Live;

/// <summary>
/// The one reader of the ledger for all clients that watch a sweep. It holds the sweep as it stands with thinned
/// curves, reads what is new, and tells each
/// viewer the same bytes: first a snapshot and the curves, then what changed.
/// </summary>
/// <param name="ledger">The ledger.</param>
/// <param name="outlook">What is worked out of the whole ledger.</param>
/// <param name="name">The sweep.</param>
internal sealed class SweepFeed(LedgerHandle ledger, OverviewCache outlook, string name)
{
    private const int RunsAtOnce = 50;

    private readonly Lock _gate = new();
    private readonly List<Subscriber> _subscribers = [];
    private readonly Dictionary<RunId, WatchedRun> _runs = [];
    private readonly List<RunId> _order = [];
    private byte[]? _line;
    private Overview? _overview;
    private SweepLine? _sweep;
    // what who comes now is told; null when it changed since it was last made
    private IReadOnlyList<byte[]>? _snapshotEvents;
    private bool _isOver;
    private LedgerStamp? _lastStamp;
    private long _mark = -1;
    private long _revision = -1;
    private int _curvesRead;

    /// <summary>Whether nobody watches.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate) return _subscribers.Count == 0;
        }
    }

    /// <summary>Begins to tell somebody; null where the feed is over.</summary>
    public Subscriber? Subscribe()
    {
        lock (_gate)
        {
            if (_isOver) return null;
            var viewer = new Subscriber(_sweep is null ? [] : _snapshotEvents ??= SnapshotEvents(), Unsubscribe);
            _subscribers.Add(viewer);
            return viewer;
        }
    }

    /// <summary>Reads what is new and tells it. False where the sweep is no more: then nobody watches either.</summary>
    public bool Poll()
    {
        try
        {
            var stamp = ledger.Stamp();
            var isSettled = stamp is not null && stamp == _lastStamp && stamp.IsSettled(DateTime.UtcNow);
            var numbers = outlook.Latest();
            if (isSettled && _curvesRead >= _order.Count && numbers == _overview) return true;
            _lastStamp = stamp;
            if (ledger.Read(l => l.ReadChanges(name, _mark)) is not { } news || ledger.Find(name) is not { } sweep)
                return Complete();
            Update(news, SweepLine.From(sweep, numbers), numbers);
            return true;
        }
        catch (DbException)
        {
            return true; // the next time
        }
    }

    /// <summary>Tells every viewer that nothing more comes. Always false.</summary>
    public bool Complete()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var viewer in _subscribers) viewer.Complete();
            _subscribers.Clear();
        }
        return false;
    }

    private void Unsubscribe(Subscriber viewer)
    {
        lock (_gate) _subscribers.Remove(viewer);
    }

    private void Update(SweepChanges news, SweepLine line, Overview? numbers)
    {
        if (news.Revision != _revision)
        {
            _overview = numbers;
            if (!Reset(news, line)) return;
        }
        else
        {
            var changed = news.Runs.Where(now => _runs[now.Run].Update(now)).Select(now => now.Run).ToList();
            if (numbers is not null && !ReferenceEquals(numbers, _overview))
                changed.AddRange(_order.Where(id => _runs[id].AddOverview(numbers, name)));
            _overview = numbers;
            SendChanges(line, [.. changed.Distinct().Select(id => _runs[id].Line)]);
            _mark = news.Mark;
            GrowCurves(news);
        }
        ReadCurves();
    }

    /// <summary>Takes the sweep anew: at first, and when it was given other cells.</summary>
    private bool Reset(SweepChanges news, SweepLine line)
    {
        // Between two readings the cells may have changed again: then both are read the next time.
        var cells = ledger.Read(l => l.Cells(name))!;
        var standing = news.IsWhole ? news : ledger.Read(l => l.ReadChanges(name, -1));
        if (standing is null || standing.Revision != news.Revision || standing.Runs.Count != cells.Count) return false;
        var most = CurveThinning.MaxPointsPerRun(cells.Count);
        lock (_gate)
        {
            _runs.Clear();
            _order.Clear();
            _curvesRead = 0;
            foreach (var ((id, cell), now) in cells.Zip(standing.Runs))
            {
                _order.Add(id);
                _runs[id] = new WatchedRun(id, cell, most);
                _runs[id].Update(now);
                if (_overview is not null) _runs[id].AddOverview(_overview, name);
            }
            (_revision, _mark, _sweep, _line) = (standing.Revision, standing.Mark, line, Bytes(line));
            Send(Event("snapshot", new SweepSnapshot(line, [.. _order.Select(id => _runs[id].Line)])));
        }
        return true;
    }

    private void SendChanges(SweepLine line, List<RunLine> runs)
    {
        var bytes = Bytes(line);
        if (runs.Count == 0 && bytes.AsSpan().SequenceEqual(_line)) return;
        lock (_gate)
        {
            (_sweep, _line) = (line, bytes);
            Send(Event("changed", new SweepSnapshot(line, runs)));
        }
    }

    /// <summary>
    /// Of curves that were read before, what is new of those that grow, and anew those whose attempt is another.
    /// </summary>
    private void GrowCurves(SweepChanges news)
    {
        var runs = news.Runs.Select(now => _runs[now.Run]).Where(run => run.WantsCurve).ToList();
        var rows = ledger.Read(l => l.Curves([.. runs.Select(run => (run.Id, run.ReadFrom))]));
        if (rows is null) return;
        lock (_gate)
        {
            var pieces = runs.Zip(rows, (run, read) => run.UpdateCurve(read.Rows)).OfType<RunPoints>().ToList();
            if (pieces.Count > 0) Send(Event("points", new CurvePieces(pieces)));
        }
    }

    /// <summary>The curves that were not read yet, some runs at a time: the snapshot is told before them.</summary>
    private void ReadCurves()
    {
        for (; _curvesRead < _order.Count; _curvesRead += RunsAtOnce)
        {
            var curves = ledger.Read(l => l.Curves(name, _curvesRead, _curvesRead + RunsAtOnce));
            if (curves is null) return;
            lock (_gate)
            {
                var pieces = _order.Skip(_curvesRead).Take(RunsAtOnce)
                    .Select(id => _runs[id].UpdateCurve([.. curves[id]])).OfType<RunPoints>().ToList();
                if (pieces.Count > 0) Send(Event("points", new CurvePieces(pieces)));
            }
        }
    }

    private List<byte[]> SnapshotEvents()
    {
        List<byte[]> events = [Event("snapshot", new SweepSnapshot(_sweep!, [.. _order.Select(id => _runs[id].Line)]))];
        foreach (var some in _order.Chunk(RunsAtOnce))
        {
            var pieces = some.Select(id => _runs[id].WholeCurve()).OfType<RunPoints>().ToList();
            if (pieces.Count > 0) events.Add(Event("points", new CurvePieces(pieces)));
        }
        return events;
    }

    // Under the gate.
    private void Send(byte[] said)
    {
        _snapshotEvents = null;
        _subscribers.RemoveAll(viewer => !viewer.Send(said));
    }

    private static byte[] Bytes(SweepLine line) => Encoding.UTF8.GetBytes(RunJson.Serialize(line));

    private static byte[] Event<T>(string kind, T data) =>
        Encoding.UTF8.GetBytes($"event: {kind}\ndata: {RunJson.Serialize(data)}\n\n");
}
