using MathNet.Numerics.LinearAlgebra;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Outliers;

/// <summary>
/// The smooth surface that a sweep's losses lie on: ln L as a polynomial of second degree in ln N and ln D, fitted so
/// that no minority of bad runs moves it (least absolute errors, then Tukey's biweight at 4.685 scatters; Rousseeuw and
/// Leroy 1987), and each run judged by what the others say of its place.
/// </summary>
internal sealed class NeighbourSurface
{
    /// <summary>A run nearer to the surface than this, nats/token, is not far above it.</summary>
    public const double LeastTolerance = 0.05;

    /// <summary>Places (N, D) beyond the polynomial's own coefficients.</summary>
    private const int SparePlaces = 3;

    // A run's own share in what the surface says of its place: where it is larger, the others have too little to say.
    private const double MostShare = 0.5;

    private const double Biweight = 4.685;
    private const int AbsoluteRounds = 20, BiweightRounds = 30;

    // Of ln loss: a hundredth of a percent is no error.
    private const double Rounding = 1e-4;

    // A direction in which the places extend less than this, of the widest, is one that they do not extend in.
    private const double Flat = 1e-6;

    private readonly Vector<double> _errors;
    private readonly double[] _leverage;

    private NeighbourSurface(Vector<double> errors, double[] leverage) => (_errors, _leverage) = (errors, leverage);

    /// <summary>
    /// For each run far above the surface through the others, what was predicted; empty where the places are too few
    /// for a surface.
    /// </summary>
    public static IEnumerable<HighLoss> FindHighLosses(IReadOnlyList<LossObservation> observations)
    {
        if (Through(observations) is not { } surface)
            yield break;
        var scatter = NeighbourCheck.NormalDeviations
            * Medians.Median(surface._errors.Where(double.IsFinite).Select(Math.Abs));
        for (var i = 0; i < observations.Count; i++)
        {
            if (!double.IsFinite(surface._errors[i])) continue;
            var loss = observations[i].Loss;
            var predicted = loss * Math.Exp(-surface._errors[i]);
            var tolerance =
                Math.Max(LeastTolerance,
                    NeighbourCheck.Scatters * scatter * Math.Sqrt(1 + surface._leverage[i]) * predicted);
            if (loss > predicted + tolerance)
                yield return new HighLoss(observations[i].Row ?? i + 1, loss, predicted, tolerance, null);
        }
    }

    private static NeighbourSurface? Through(IReadOnlyList<LossObservation> observations)
    {
        if (observations.Count == 0)
            return null;
        var features = Features(observations);
        var gram = features.TransposeThisAndMultiply(features);
        var widths = gram.Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real).ToList();
        var coefficients = widths.Count(width => width > Flat * widths.Max());
        if (observations.DistinctBy(one => (one.Parameters, one.Tokens)).Count() < coefficients + SparePlaces)
            return null;

        var losses = Vector<double>.Build.DenseOfEnumerable(observations.Select(one => Math.Log(one.Loss)));
        var weights = Vector<double>.Build.Dense(losses.Count, 1.0);
        var (residuals, inverse) = Solve(features, losses, weights);
        for (var round = 0; round < AbsoluteRounds + BiweightRounds; round++)
        {
            if (round < AbsoluteRounds)
            {
                weights = residuals.Map(residual => Rounding / Math.Max(Math.Abs(residual), Rounding));
            }
            else
            {
                var freedom = Math.Sqrt(losses.Count / (double)Math.Max(1, losses.Count - coefficients));
                var cut = Biweight
                    * Math.Max(Rounding,
                        NeighbourCheck.NormalDeviations * freedom * Medians.Median(residuals.Select(Math.Abs)));
                weights =
                    residuals.Map(residual => Math.Abs(residual) >= cut ? 0
                        : Math.Pow(1 - (residual / cut * (residual / cut)), 2));
            }

            (residuals, inverse) = Solve(features, losses, weights);
        }

        // A run's error is against the surface without it, by its leverage: exact for least squares, near for weights
        // that hardly change.
        var leverage = new double[losses.Count];
        for (var i = 0; i < leverage.Length; i++)
        {
            var row = features.Row(i);
            var at = row * (inverse * row);
            var share = at * weights[i];
            residuals[i] = share > MostShare ? double.NaN : residuals[i] / (1 - share);
            leverage[i] = at / (1 - share);
        }

        return new NeighbourSurface(residuals, leverage);
    }

    private static (Vector<double> Residuals, Matrix<double> Inverse) Solve(Matrix<double> features,
        Vector<double> losses, Vector<double> weights)
    {
        var weighted = features.MapIndexed((row, _, value) => value * weights[row]);
        var gram = features.TransposeThisAndMultiply(weighted);
        // Too small to bend the surface, large enough where the places do not extend in a direction.
        var ridge = 1e-8 * weights.Sum();
        var inverse = (gram + (ridge * Matrix<double>.Build.DenseIdentity(features.ColumnCount))).Inverse();
        return (losses - (features * (inverse * weighted.TransposeThisAndMultiply(losses))), inverse);
    }

    /// <summary>[runs, 6]: 1, u, v, u^2, u v, v^2 of ln N and ln D moved and scaled to -1..1.</summary>
    private static Matrix<double> Features(IReadOnlyList<LossObservation> observations)
    {
        var (u, v) =
            (Scaled([.. observations.Select(one => Math.Log(one.Parameters))]),
                Scaled([.. observations.Select(one => Math.Log(one.Tokens))]));
        return Matrix<double>.Build.DenseOfRows(u.Zip(v, (x, y) => (double[])[1, x, y, x * x, x * y, y * y]));
    }

    private static double[] Scaled(double[] values)
    {
        var (middle, half) = ((values.Max() + values.Min()) / 2, (values.Max() - values.Min()) / 2);
        return [.. values.Select(value => half > 0 ? (value - middle) / half : 0)];
    }
}
