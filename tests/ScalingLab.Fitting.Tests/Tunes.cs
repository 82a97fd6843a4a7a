using ScalingLab.Fitting.Optima;

namespace ScalingLab.Fitting.Tests;

/// <summary>Tunes made from known laws of the best learning rate and batch.</summary>
internal sealed record Tunes
{
    /// <summary>ln of the best learning rate: coefficient, exponent of N, exponent of D.</summary>
    public double[] Rate { get; init; } = [Math.Log(0.4), -0.45, 0.15];

    /// <summary>ln of the best batch in tokens.</summary>
    public double[] Batch { get; init; } = [Math.Log(0.3), 0.05, 0.55];

    /// <summary>Second derivatives of the loss by ln rate and ln batch, nats/token.</summary>
    public double Sharp { get; init; } = 0.083;

    public double SharpBatch { get; init; } = 0.04;

    /// <summary>How much steeper too high a rate is than too low a one; 0 is a parabola.</summary>
    public double Skew { get; init; } = 0.5;

    /// <summary>How the best rate follows a batch that is not the best: exponent.</summary>
    public double Follows { get; init; } = 0.4;

    /// <summary>Standard deviation of a loss, nats/token.</summary>
    public double Noise { get; init; } = 0.003;

    /// <summary>Standard deviation of ln(a cell's own best / law), of each quantity.</summary>
    public double Scatter { get; init; } = 0.1;

    /// <summary>Sharpness grows with N to this power.</summary>
    public double Sharpens { get; init; } = 0.2;

    /// <summary>
    /// The exponents of the rule that candidates are factors of; its answers are right in the middle, wrong at the
    /// ends.
    /// </summary>
    public double[] Base { get; init; } = [Math.Log(0.3), -0.42, 0.135];

    public double[] Sizes { get; init; } = [3e4, 8e4, 2e5, 5e5];

    public double[] Lengths { get; init; } = [2e5, 4e5, 8e5, 1.6e6];

    /// <summary>
    /// Candidates further than so many factors of two from a cell's best one are left out, as successive halving leaves
    /// them out.
    /// </summary>
    public int Reach { get; init; } = 99;

    public static double At(double[] law, double n, double d) =>
        Math.Exp(law[0] + (law[1] * Math.Log(n)) + (law[2] * Math.Log(d)));

    /// <summary>Losses of rates and batches at 1/4 to 4 times the rule's in each cell.</summary>
    public List<OptimumObservation> Draw(int seed)
    {
        var random = new Random(seed);
        var runs = new List<OptimumObservation>();
        foreach (var n in Sizes)
        foreach (var d in Lengths)
        {
            double[] best =
            [
                Math.Log(At(Rate, n, d)) + (Scatter * Surfaces.Normal(random)), Math.Log(At(Batch, n, d))
                    + (Scatter * Surfaces.Normal(random)),
            ];
            var floor = 1.5 + (20 / Math.Pow(n, 0.3)) + (30 / Math.Pow(d, 0.3));
            var sharpness = Math.Pow(n / 2e5, Sharpens);
            var cell = new List<(int I, int J, OptimumObservation Run)>();
            for (var i = -2; i <= 2; i++)
            {
                for (var j = -2; j <= 2; j++)
                {
                    var batch = Math.Max(1, Math.Round(At([Math.Log(0.129), 0, 2.0 / 3], n, d) * Math.Pow(2, j) / 64))
                        * 64;
                    var tokens = Math.Max(1, Math.Round(d / batch)) * batch;
                    var rate = At(Base, n, d) * Math.Pow(2, i);
                    var loss = Loss(floor, sharpness, Math.Log(rate) - best[0], Math.Log(batch) - best[1])
                        - (0.35 * Math.Log(tokens / d));
                    cell.Add((i, j, new OptimumObservation(n, tokens, loss + (Noise * Surfaces.Normal(random)),
                        [rate, batch])));
                }
            }

            var (bi, bj, _) = cell.MinBy(c => c.Run.Loss);
            runs.AddRange(
                cell.Where(c => Math.Abs(c.I - bi) <= Reach && Math.Abs(c.J - bj) <= Reach).Select(c => c.Run));
        }

        return runs;
    }

    private double Loss(double floor, double sharpness, double x, double y)
    {
        var z = x - (Follows * y);
        var along = Skew == 0 ? z * z / 2 : (Math.Exp(Skew * z) - (Skew * z) - 1) / (Skew * Skew);
        return floor + (sharpness * ((Sharp * along) + (SharpBatch * y * y / 2)));
    }
}
