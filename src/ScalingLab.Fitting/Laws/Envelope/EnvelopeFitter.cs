using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.Envelope;

/// <summary>
/// Approach 1 of Hoffmann et al. 2022: at each of many log-spaced FLOP counts the run with the lowest loss, by
/// interpolation along its curve, and least-squares power laws through the winners' sizes and tokens. A winner that is
/// the smallest or the largest size seen at its compute says only where the optimum does not lie, and is left out of
/// the power laws.
/// </summary>
public static class EnvelopeFitter
{
    /// <summary>Hoffmann et al.'s number of FLOP values.</summary>
    public const int DefaultBins = 1500;

    private const int MostShown = 120;

    /// <summary>
    /// Fits curve points: many rows a run, alike in <see cref="LossObservation.Label"/> (the run's name) and Seed, with
    /// the tokens and FLOPs spent so far. Final losses alone (one row a run) are accepted and said: curves then join
    /// the runs of one size.
    /// </summary>
    /// <param name="curvePoints">Usable points (<see cref="ObservationChecks.Check"/>).</param>
    /// <param name="options">Seed, bootstrap and threads.</param>
    /// <param name="finalLosses">True where the caller knows the rows to be final losses, whatever their labels; else
    /// it is seen.</param>
    /// <param name="bins">How many FLOP counts.</param>
    public static EnvelopeFit Fit(IReadOnlyList<LossObservation> curvePoints, FitOptions options,
        bool finalLosses = false, int bins = DefaultBins)
    {
        ArgumentNullException.ThrowIfNull(curvePoints);
        ArgumentNullException.ThrowIfNull(options);
        ParallelWork.Begin("envelope of curves", options);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (EnvelopeCurves.From(curvePoints, bins, finalLosses) is not { } curves)
            return WithoutCurves(bins);
        EnvelopePoint[] interior = [.. curves.Envelope.Where(point => !point.Edge)];
        var fit = WithoutLaws(curves, interior, bins);
        var warnings = Warnings(fit).ToList();
        if (fit.WinningSizes < EnvelopeCurves.LeastSizes || Laws(interior) is not { } laws)
        {
            warnings.Add(new FitWarning("envelope-unidentified", Invariant(
                $"Only {fit.WinningSizes} sizes, neither smallest nor largest where they win, stand on the envelope; three are needed for an exponent.")));
            return fit with { Warnings = warnings };
        }

        var (kept, tried) = (Draws(curves, options.Trial).Count, options.Trial.Bootstrap);
        var sure = kept >= tried / 2;
        if (!sure)
        {
            warnings.Add(new FitWarning("envelope-unidentified", Invariant(
                $"{tried - kept} of {tried} resamples of whole curves have no exponent: the envelope hangs on single curves.")));
        }

        var asked = sure ? options.Bootstrap : 0;
        var draws = Draws(curves, options with { Bootstrap = asked });
        return fit with
        {
            Status = sure ? FitStatus.Converged : FitStatus.Unidentified,
            ParametersExponent = laws.Sizes.Exponent,
            TokensExponent = laws.Lengths.Exponent,
            ParametersCoefficient = laws.Sizes.Coefficient,
            TokensCoefficient = laws.Lengths.Coefficient,
            FlopsRange = new Interval(interior[0].Flops, interior[^1].Flops),
            StandardError = Percentiles.StandardErrors(draws, PowerLaw.Exponents),
            Interval95 = Percentiles.Intervals(draws, PowerLaw.Exponents),
            BootstrapDraws = asked,
            BootstrapFailures = asked - draws.Count,
            Warnings = warnings,
        };
    }

    private static EnvelopeFit WithoutCurves(int bins) => new()
    {
        Status = FitStatus.TooFewPoints,
        Kind = "final-losses",
        Points = 0,
        Curves = 0,
        Bins = bins,
        Warnings =
        [
            new FitWarning("envelope-too-few-points",
                "No run, and no model size, is seen at two amounts of compute: there is no envelope."),
        ],
    };

    // What is seen of the envelope before any law goes through it.
    private static EnvelopeFit WithoutLaws(EnvelopeCurves curves, EnvelopePoint[] interior, int bins) => new()
    {
        Status = FitStatus.Unidentified,
        Kind = curves.Kind,
        Points = curves.Points,
        Curves = curves.Count,
        Bins = bins,
        ContestedBins = curves.Envelope.Count,
        InteriorBins = interior.Length,
        WinningSizes = interior.Select(point => point.Parameters).Distinct().Count(),
        Envelope = Thinned(curves.Envelope),
    };

    private static (PowerLaw Sizes, PowerLaw Lengths)? Laws(IReadOnlyList<EnvelopePoint> interior)
    {
        double[] flops = [.. interior.Select(point => point.Flops)];
        return PowerLaw.Through(flops, [.. interior.Select(point => point.Parameters)]) is { } sizes
            && PowerLaw.Through(flops, [.. interior.Select(point => point.Tokens)]) is { } lengths
                ? (sizes, lengths)
                : null;
    }

    // Whole curves are drawn: the points of one are not independent. A draw left with fewer than three winning sizes
    // has no law.
    private static List<(PowerLaw Sizes, PowerLaw Lengths)> Draws(EnvelopeCurves curves, FitOptions options)
    {
        var laws = ParallelWork.Map("envelope, bootstrap", options.Bootstrap, options, draw =>
        {
            var random = new SplitMix64(unchecked(options.Seed + 0xE27E), draw);
            var chosen = new bool[curves.Count];
            for (var curve = 0; curve < curves.Count; curve++)
                chosen[random.NextIndex(curves.Count)] = true;
            return curves.Laws(chosen);
        });
        return [.. laws.Where(one => one is not null).Select(one => one!.Value)];
    }

    private static IEnumerable<FitWarning> Warnings(EnvelopeFit fit)
    {
        if (fit.Kind == "final-losses")
        {
            yield return new FitWarning("envelope-of-final-losses",
                "The rows are final losses, one a run: the envelope joins the runs of each size, and is none of "
                    + "training curves.");
        }

        if (fit.InteriorBins < 0.5 * fit.ContestedBins)
        {
            yield return new FitWarning("envelope-at-edge", Invariant(
                $"In {fit.ContestedBins - fit.InteriorBins} of {fit.ContestedBins} bins the smallest or the largest model seen wins: ",
                $"the optimum may lie beyond, and they are left out."));
        }
    }

    private static IReadOnlyList<EnvelopePoint> Thinned(IReadOnlyList<EnvelopePoint> envelope)
    {
        var stride = Math.Max(1, (envelope.Count + MostShown - 1) / MostShown);
        return [.. envelope.Where((_, index) => index % stride == 0)];
    }
}
