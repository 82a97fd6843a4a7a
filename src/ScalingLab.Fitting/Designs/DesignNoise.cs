using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;

namespace ScalingLab.Fitting.Designs;

/// <summary>The noise that further runs are taken to have, standard deviations of ln loss.</summary>
/// <param name="Residuals">Scatter of the runs about the law, 5 unknowns taken off.</param>
/// <param name="Seeds">Scatter of replicates about their mean; null without replicates.</param>
/// <param name="Effective">The larger of both, or what was given, times what the fit's cost loses against least
/// squares.</param>
public sealed record DesignNoise(double Residuals, double? Seeds, double Effective)
{
    private const int Unknowns = 5;

    /// <summary>From a fit and the rows behind it.</summary>
    /// <param name="fit">The fit.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="options">How it was made.</param>
    /// <param name="given">The noise in the place of what the rows say; null: theirs.</param>
    public static DesignNoise From(ParametricFit fit, IReadOnlyList<LossObservation> rows, FitOptions options,
        double? given = null)
    {
        ArgumentNullException.ThrowIfNull(fit);
        ArgumentNullException.ThrowIfNull(options);
        var squares = fit.Residuals.Sum(one => Math.Pow(Math.Log(one.Predicted / one.Loss), 2));
        var residuals = Math.Sqrt(squares / Math.Max(1, fit.Residuals.Count - Unknowns));
        var seeds = SeedNoise.Estimate(rows)?.StandardDeviation;
        var noise = given ?? Math.Max(residuals, seeds ?? 0);
        return new DesignNoise(residuals, seeds, noise * Widening(noise, options));
    }

    // The root of (E psi^2) / (E psi')^2 over the variance of normal noise: by how much Huber's cost widens an error
    // (Huber 1964). From 1 for a delta far above the noise to root (pi / 2) for one far below it.
    private static double Widening(double noise, FitOptions options)
    {
        if (options.Method != FitMethod.Huber || options.Residuals != ResidualKind.Log || !(noise > 0)) return 1;
        var cut = options.HuberDelta / noise;
        var inside = Normal.CDF(0, 1, cut) - Normal.CDF(0, 1, -cut);
        var squares = inside - (2 * cut * Normal.PDF(0, 1, cut)) + (cut * cut * (1 - inside));
        return Math.Sqrt(squares) / inside;
    }
}
