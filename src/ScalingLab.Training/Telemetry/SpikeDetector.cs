namespace ScalingLab.Training.Telemetry;

/// <summary>What the detector remembers, for checkpoints: a resumed run finds the same spikes.</summary>
/// <param name="Recent">The last losses, oldest first.</param>
/// <param name="Count">Spikes so far.</param>
/// <param name="Within">Whether the last loss was part of a spike.</param>
/// <param name="FirstStep">Step of the first, from 1.</param>
public sealed record SpikeProgress(IReadOnlyList<double> Recent, long Count, bool Within, long? FirstStep = null);

/// <summary>
/// Counts the times that the training loss jumps out of its own noise. The 64 losses before a step give a line, through
/// the medians of their two halves, and the noise round it: 1.4826 times the median distance from the residuals' median
/// (what a normal distribution's deviation is; Rousseeuw and Croux 1993). A step is part of a spike when its loss lies
/// more than 7 of those above the line carried on: the seven of OLMo 2's spike score (arXiv 2501.00656), with medians,
/// so that a spike does not hide itself or the next one, a line, since an early curve falls by many times its noise,
/// and a window short enough for runs of some hundred steps. Steps of a spike that follow one another count once, and
/// the first 32 steps not at all. The test has one side: a loss at or below the median of the last 32 is none.
/// </summary>
public sealed class SpikeDetector
{
    /// <summary>Losses that a step is compared with.</summary>
    public const int Window = 64;

    /// <summary>Losses that there must be before any is judged.</summary>
    public const int MinLosses = 32;

    /// <summary>Deviations above the line that make a spike.</summary>
    public const double Threshold = 7;

    private const double NormalDeviations = 1.4826;

    // A loss that repeats itself to four digits has no noise to speak of: a step of that size is no spike.
    private const double MinRelativeDeviation = 1e-4;

    private readonly Queue<double> _recent = new(Window);
    private readonly double[] _losses = new double[Window];
    private readonly double[] _scratch = new double[Window];
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
    public bool Observe(long step, double loss)
    {
        var apart = _recent.Count >= MinLosses && IsOutlier(loss);
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
        if (_recent.Count == Window) _recent.Dequeue();
        _recent.Enqueue(loss);
    }

    private bool IsOutlier(double loss)
    {
        var (count, half) = (_recent.Count, _recent.Count / 2);
        _recent.CopyTo(_losses, 0);
        var late = Median(_losses.AsSpan(count - half, half));
        if (loss <= late) return false;
        var early = Median(_losses.AsSpan(0, half));
        var (middle, slope) = ((early + late) / 2, (late - early) / (count - half));
        var losses = _losses.AsSpan(0, count);
        for (var i = 0; i < count; i++) losses[i] -= middle + (slope * (i - ((count - 1) / 2.0)));
        var centre = Median(losses);
        var expected = middle + (slope * ((count + 1) / 2.0)) + centre;
        foreach (ref var residual in losses) residual = Math.Abs(residual - centre);
        var deviation = Math.Max(NormalDeviations * Median(losses), MinRelativeDeviation * Math.Abs(expected));
        return loss - expected > Threshold * deviation;
    }

    private double Median(ReadOnlySpan<double> values)
    {
        var sorted = _scratch.AsSpan(0, values.Length);
        values.CopyTo(sorted);
        sorted.Sort();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
