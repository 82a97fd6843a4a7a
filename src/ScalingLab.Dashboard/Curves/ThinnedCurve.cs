using ScalingLab.Store;

namespace ScalingLab.Dashboard.Curves;

/// <summary>A run's curve as it is held for all clients that watch it: thinned, and grown by what is new.</summary>
/// <param name="most">Most points that are held.</param>
internal sealed class ThinnedCurve(int most)
{
    private List<PlotPoint> _points = [];
    private (long Tokens, double Seconds) _before; // of the point before the last: the last may yet be said in full

    /// <summary>The points, by step.</summary>
    public IReadOnlyList<PlotPoint> Points => _points;

    /// <summary>The last step; null before the first.</summary>
    public long? LastStep => _points.Count > 0 ? _points[^1].Step : null;

    /// <summary>Takes the whole curve anew; false where that changes nothing.</summary>
    public bool Replace(IReadOnlyList<CurveRow> rows)
    {
        var (dots, before) = Timed(rows, (0, 0));
        var thinned = CurveThinning.Thin(dots, most);
        _before = before;
        if (thinned.SequenceEqual(_points)) return false;
        _points = thinned;
        return true;
    }

    /// <summary>
    /// Takes what the ledger has from the last step on; the points that are new or changed, none where nothing is.
    /// </summary>
    public IReadOnlyList<PlotPoint> Grow(IReadOnlyList<CurveRow> rows)
    {
        var (dots, before) = Timed(rows, _before);
        var changed = dots.Count == 1 && _points.Count > 0 && dots[0] == _points[^1] ? [] : dots;
        if (changed.Count == 0) return [];
        if (_points.Count > 0 && _points[^1].Step == dots[0].Step) _points.RemoveAt(_points.Count - 1);
        _points.AddRange(dots);
        _before = before;
        if (_points.Count > most)
            _points = CurveThinning.Thin(_points, most * 3 / 4); // to less than may be held: not for each point anew
        return changed;
    }

    // Time in training steps so far. Where the speed of a stretch was not recorded, nobody knows it from there on.
    private static (List<PlotPoint> Dots, (long, double) Before) Timed(IReadOnlyList<CurveRow> rows,
        (long Tokens, double Seconds) before)
    {
        var dots = new List<PlotPoint>(rows.Count);
        var (tokens, seconds) = before;
        foreach (var row in rows)
        {
            before = (tokens, seconds);
            if (row.Tokens > tokens)
                seconds += (row.Tokens - tokens) / (row.TokensPerSecond is > 0 and var speed ? speed : double.NaN);
            tokens = row.Tokens;
            dots.Add(new PlotPoint(row.Step, row.Tokens, seconds, Finite(row.LossTrain), Finite(row.LossValidation)));
        }
        return (dots, before);
    }

    private static double Finite(double? value) => value is { } x && double.IsFinite(x) ? x : double.NaN;
}
