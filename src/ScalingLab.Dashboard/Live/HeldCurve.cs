using ScalingLab.Store;

namespace ScalingLab.Dashboard.Live;

/// <summary>A run's curve as it is held for all who watch it: thinned, and grown by what is new.</summary>
/// <param name="most">Most points that are held.</param>
internal sealed class HeldCurve(int most)
{
    private List<Dot> _dots = [];
    private (long Tokens, double Seconds) _before; // of the point before the last: the last may yet be said in full

    /// <summary>The points, by step.</summary>
    public IReadOnlyList<Dot> Dots => _dots;

    /// <summary>The last step; null before the first.</summary>
    public long? LastStep => _dots.Count > 0 ? _dots[^1].Step : null;

    /// <summary>Takes the whole curve anew; false where that changes nothing.</summary>
    public bool Replace(IReadOnlyList<CurveRow> rows)
    {
        var (dots, before) = Timed(rows, (0, 0));
        var thinned = Thinning.Of(dots, most);
        _before = before;
        if (thinned.SequenceEqual(_dots)) return false;
        _dots = thinned;
        return true;
    }

    /// <summary>
    /// Takes what the ledger has from the last step on; the points that are new or changed, none where nothing is.
    /// </summary>
    public IReadOnlyList<Dot> Grow(IReadOnlyList<CurveRow> rows)
    {
        var (dots, before) = Timed(rows, _before);
        var changed = dots.Count == 1 && _dots.Count > 0 && dots[0] == _dots[^1] ? [] : dots;
        if (changed.Count == 0) return [];
        if (_dots.Count > 0 && _dots[^1].Step == dots[0].Step) _dots.RemoveAt(_dots.Count - 1);
        _dots.AddRange(dots);
        _before = before;
        if (_dots.Count > most)
            _dots = Thinning.Of(_dots, most * 3 / 4); // to less than may be held: not for each point anew
        return changed;
    }

    // Time in training steps so far. Where the speed of a stretch was not recorded, nobody knows it from there on.
    private static (List<Dot> Dots, (long, double) Before) Timed(IReadOnlyList<CurveRow> rows,
        (long Tokens, double Seconds) before)
    {
        var dots = new List<Dot>(rows.Count);
        var (tokens, seconds) = before;
        foreach (var row in rows)
        {
            before = (tokens, seconds);
            if (row.Tokens > tokens)
                seconds += (row.Tokens - tokens) / (row.TokensPerSecond is > 0 and var speed ? speed : double.NaN);
            tokens = row.Tokens;
            dots.Add(new Dot(row.Step, row.Tokens, seconds, Finite(row.LossTrain), Finite(row.LossValidation)));
        }
        return (dots, before);
    }

    private static double Finite(double? value) => value is { } x && double.IsFinite(x) ? x : double.NaN;
}
