using ScalingLab.Dashboard.Curves;
using ScalingLab.Dashboard.Summaries;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;

namespace ScalingLab.Dashboard.Live;

/// <summary>A run that is watched: its line as it was last told, and its curve.</summary>
internal sealed class WatchedRun(RunId id, SweepCell cell, int mostDots)
{
    private readonly double _flopsPerToken = cell.Spec.FlopsPerToken;
    private readonly ThinnedCurve _curve = new(mostDots);
    private (RunState State, long Fence) _standing;
    private bool _isCurveStale = true; // the curve is to be read from its beginning
    // the last step of the attempt before: up to there this one says points again
    private long? _lastStepOfAttemptBefore;

    public RunId Id => id;

    /// <summary>The run as it stands.</summary>
    public RunLine Line { get; private set; } = RunLine.From(id, cell);

    /// <summary>Whether there may be more of its curve than is held.</summary>
    public bool WantsCurve => _isCurveStale || _standing.State == RunState.Running;

    /// <summary>The step from which on the curve is to be read.</summary>
    public long ReadFrom => _isCurveStale || _lastStepOfAttemptBefore >= _curve.LastStep ? 0 : _curve.LastStep ?? 0;

    /// <summary>Takes how it stands now; whether its line is another by that.</summary>
    public bool Update(RunStatus now)
    {
        if (_standing != (now.State, now.Fence))
        {
            _standing = (now.State, now.Fence);
            _isCurveStale = true;
            _lastStepOfAttemptBefore = _curve.LastStep;
        }
        return Set(Line.With(now));
    }

    /// <summary>Takes what was read from <see cref="ReadFrom"/> on; what is new of it, null where nothing is.</summary>
    public RunPoints? UpdateCurve(IReadOnlyList<CurveRow> rows)
    {
        if (ReadFrom > 0)
            return _curve.Grow(rows) is { Count: > 0 } dots ? RunPoints.Create(id, _flopsPerToken, dots[0].Step, dots)
            : null;
        _isCurveStale = false;
        return _curve.Replace(rows) ? RunPoints.Create(id, _flopsPerToken, 0, _curve.Points) : null;
    }

    /// <summary>All that is held of the curve; null where that is nothing.</summary>
    public RunPoints? WholeCurve() =>
        _curve.Points.Count > 0 ? RunPoints.Create(id, _flopsPerToken, 0, _curve.Points) : null;

    /// <summary>Takes what is known beside that; whether its line is another by that.</summary>
    public bool AddOverview(Overview outlook, string sweep) => Set(outlook.AddTo(sweep, Line));

    private bool Set(RunLine line)
    {
        if (line == Line) return false;
        Line = line;
        return true;
    }
}
