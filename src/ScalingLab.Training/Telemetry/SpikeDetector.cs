namespace ScalingLab.Training;

/// <summary>What the detector remembers, for checkpoints: a resumed run finds the same spikes.</summary>
/// <param name="Recent">The last losses, oldest first.</param>
/// <param name="Count">Spikes so far.</param>
/// <param name="Within">Whether the last loss was part of a spike.</param>
/// <param name="FirstStep">Step of the first, from 1.</param>
public sealed record SpikeProgress(IReadOnlyList<double> Recent, long Count, bool Within, long? FirstStep = null);

/// <summary>
/// Counts the times that the training loss leaps out of its own noise. A step is part of a spike when its loss lies more than 7 deviations above the
/// median of the 128 losses before it, a deviation being 1.4826 times the median distance from that median (what a normal distribution's is;
/// Rousseeuw and Croux 1993): the seven of OLMo 2's spike score (arXiv 2501.00656), with median and window so that a spike does not hide itself or the
/// next one, and a window short enough for runs of some hundred steps. Steps of a spike that follow one another count once, and the first 32 steps
/// not at all. Falling losses never count, the test has one side; and where the curve still falls steeply, its fall is part of the noise.
/// </summary>
public sealed class SpikeDetector
{
    /// <summary>Losses that a step is compared with.</summary>
    public const int Window = 128;

    /// <summary>Losses that there must be before any is judged.</summary>
    public const int Least = 32;

    /// <summary>Deviations above the median that make a spike.</summary>
    public const double Threshold = 7;

    private const double NormalDeviations = 1.4826;

    // A loss that repeats itself to four digits has no noise to speak of: a step of that size is no spike.
    private const double LeastDeviation = 1e-4;

    private readonly Queue<double> _recent = new(Window);
    private readonly List<double> _sorted = new(Window);
    private bool _within;

    /// <summary>From the beginning of a run.</summary>
    public SpikeDetector()
    {
    }

    /// <summary>Goes on from a checkpoint.</summary>
    public SpikeDetector(SpikeProgress progress)
    {
        foreach (var loss in progress.Recent) Keep(loss);
        (Count, FirstStep, _within) = (progress.Count, progress.FirstStep, progress.Within);
    }

    /// <summary>Spikes so far.</summary>
    public long Count { get; private set; }

    /// <summary>Step of the first spike.</summary>
    public long? FirstStep { get; private set; }

    /// <summary>What a checkpoint holds.</summary>
    public SpikeProgress Progress => new([.. _recent], Count, _within, FirstStep);

    /// <summary>Takes the finite loss of a step; true when a spike begins there.</summary>
    public bool Saw(long step, double loss)
    {
        var apart = _recent.Count >= Least && IsApart(loss);
        var begins = apart && !_within;
        _within = apart;
        if (begins)
        {
            Count++;
            FirstStep ??= step;
        }

        Keep(loss);
        return begins;
    }

    private void Keep(double loss)
    {
        if (_recent.Count == Window) _sorted.RemoveAt(_sorted.BinarySearch(_recent.Dequeue()));
        _recent.Enqueue(loss);
        var place = _sorted.BinarySearch(loss);
        _sorted.Insert(place < 0 ? ~place : place, loss);
    }

    private bool IsApart(double loss)
    {
        var (low, high) = ((_sorted.Count - 1) / 2, _sorted.Count / 2);
        var median = (_sorted[low] + _sorted[high]) / 2;
        if (loss <= median) return false;
        var deviation = Math.Max(NormalDeviations * MedianDistance(median, low, high), LeastDeviation * Math.Abs(median));
        return loss - median > Threshold * deviation;
    }

    /// <summary>The median distance from the median, found from the middle of the sorted losses outwards.</summary>
    private double MedianDistance(double median, int low, int high)
    {
        var (left, right) = (low, low + 1);
        var (distance, before) = (0.0, 0.0);
        for (var found = 0; found <= high; found++)
        {
            before = distance;
            var (below, above) = (left >= 0 ? median - _sorted[left] : double.PositiveInfinity,
                right < _sorted.Count ? _sorted[right] - median : double.PositiveInfinity);
            if (below <= above) (distance, left) = (below, left - 1);
            else (distance, right) = (above, right + 1);
        }

        return low == high ? distance : (before + distance) / 2;
    }
}
