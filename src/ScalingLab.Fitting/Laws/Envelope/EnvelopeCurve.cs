using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Laws.Envelope;

/// <summary>
/// The loss and the tokens of one run, or of runs of one size, over compute: linear in ln C between points.
/// </summary>
internal sealed class EnvelopeCurve
{
    private readonly double[] _logFlops;
    private readonly double[] _losses;
    private readonly double[] _logTokens;

    /// <param name="ascending">Its points by compute; at least two.</param>
    public EnvelopeCurve(IReadOnlyList<LossObservation> ascending)
    {
        Size = ascending[0].Parameters;
        _logFlops = [.. ascending.Select(one => Math.Log(one.Flops))];
        _losses = [.. ascending.Select(one => one.Loss)];
        _logTokens = [.. ascending.Select(one => Math.Log(one.Tokens))];
    }

    /// <summary>Parameters.</summary>
    public double Size { get; }

    public int Points => _logFlops.Length;

    /// <summary>ln C where it begins.</summary>
    public double First => _logFlops[0];

    /// <summary>ln C where it ends.</summary>
    public double Last => _logFlops[^1];

    /// <summary>Whether it has a loss at that ln C.</summary>
    public bool IsSeen(double logFlops) => logFlops >= First && logFlops <= Last;

    /// <summary>Nats/token.</summary>
    public double Loss(double logFlops) => At(logFlops, _losses);

    public double Tokens(double logFlops) => Math.Exp(At(logFlops, _logTokens));

    private double At(double logFlops, double[] values)
    {
        var (low, high) = (0, _logFlops.Length - 1);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (_logFlops[middle] <= logFlops)
                low = middle;
            else
                high = middle;
        }

        var (left, right) = (_logFlops[low], _logFlops[high]);
        var share = right > left ? (logFlops - left) / (right - left) : 0;
        return ((1 - share) * values[low]) + (share * values[high]);
    }
}
