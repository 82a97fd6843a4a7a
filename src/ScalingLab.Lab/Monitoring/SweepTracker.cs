using System.Diagnostics;
using System.Globalization;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;

namespace ScalingLab.Lab.Monitoring;

/// <summary>An active run as it is shown.</summary>
public sealed record ActiveRun(RunId Id, string Label, long Step, long Steps, double? Loss, double? TokensPerSecond,
    TimeSpan? Left)
{
    public double Fraction => Steps == 0 ? 0 : (double)Step / Steps;

    /// <summary>Loss, speed and time left, as far as they are known.</summary>
    public string Summary()
    {
        List<string> facts = [];
        if (Loss is { } loss) facts.Add(string.Create(CultureInfo.InvariantCulture, $"loss {loss:F3}"));
        if (TokensPerSecond is { } speed) facts.Add($"{Quantity.Compact(speed)} tok/s");
        if (Left is { } left) facts.Add($"{Quantity.Duration(left)} left");
        return facts.Count == 0 ? "starting" : string.Join(", ", facts);
    }
}

/// <summary>
/// What is known of a running sweep from its progress: the active runs, and how much of the FLOPs is done. Safe for
/// several threads.
/// </summary>
public sealed class SweepTracker
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RunId, SweepCell> _cells;
    private readonly Dictionary<RunId, ActiveRun> _active = [];
    private readonly HashSet<RunId> _ended;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Dictionary<RunId, double> _resumedFrom = [];

    public SweepTracker(Sweep sweep, IReadOnlyList<RunRecord> records)
    {
        Name = sweep.Name;
        _cells = sweep.Cells.ToDictionary(c => c.Spec.Id);
        _ended = [.. records.Where(r => RunLifecycle.IsEnded(r.State)).Select(r => r.Cell.Spec.Id)];
        FlopsTotal = sweep.Cells.Sum(c => c.Spec.Flops);
        FlopsBefore = EndedFlops();
    }

    public string Name { get; }

    public double FlopsTotal { get; private set; }

    private double FlopsBefore { get; }

    public int Runs => _cells.Count;

    public int RunsEnded
    {
        get
        {
            lock (_gate) return _ended.Count;
        }
    }

    public IReadOnlyList<ActiveRun> Active
    {
        get
        {
            lock (_gate) return [.. _active.Values];
        }
    }

    public double FlopsDone
    {
        get
        {
            lock (_gate) return EndedFlops() + _active.Values.Sum(a => a.Fraction * _cells[a.Id].Spec.Flops);
        }
    }

    /// <summary>Time to the sweep's end at the speed so far; null before there is one.</summary>
    public TimeSpan? Remaining
    {
        get
        {
            lock (_gate)
            {
                var here = FlopsDone - FlopsBefore - _resumedFrom.Values.Sum();
                var passed = Stopwatch.GetElapsedTime(_began);
                return here <= 0 || passed.TotalSeconds < 2 ? null : (FlopsTotal - FlopsDone) / here * passed;
            }
        }
    }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began);

    /// <summary>A run in words.</summary>
    public string Label(RunId run) => _cells[run].Title;

    /// <summary>Takes up runs that the sweep has got since.</summary>
    public void Add(IEnumerable<SweepCell> cells)
    {
        lock (_gate)
        {
            foreach (var cell in cells)
            {
                if (_cells.TryAdd(cell.Spec.Id, cell)) FlopsTotal += cell.Spec.Flops;
            }
        }
    }

    public void Apply(SweepProgress progress)
    {
        lock (_gate)
        {
            switch (progress)
            {
                case SweepProgress.Started e:
                    _active[e.Run] = new ActiveRun(e.Run, Label(e.Run), e.Step, e.Steps, null, null, null);
                    _resumedFrom.TryAdd(e.Run, e.Steps == 0 ? 0 : (double)e.Step / e.Steps * _cells[e.Run].Spec.Flops);
                    break;
                case SweepProgress.Training e when _active.TryGetValue(e.Run, out var run):
                    var left = e.TokensPerSecond > 0
                        ? TimeSpan.FromSeconds((e.Steps - e.Step) * _cells[e.Run].Spec.BatchTokens / e.TokensPerSecond)
                        : (TimeSpan?)null;
                    _active[e.Run] =
                        run with { Step = e.Step, Loss = e.Loss, TokensPerSecond = e.TokensPerSecond, Left = left };
                    break;
                case SweepProgress.Completed e:
                    _active.Remove(e.Run);
                    _ended.Add(e.Run);
                    break;
                case SweepProgress.Lost e:
                    _active.Remove(e.Run);
                    if (RunLifecycle.IsEnded(e.State)) _ended.Add(e.Run);
                    break;
                case SweepProgress.TakenAway e:
                    _active.Remove(e.Run);
                    break;
            }
        }
    }

    private double EndedFlops() => _ended.Sum(id => _cells.TryGetValue(id, out var cell) ? cell.Spec.Flops : 0);
}
