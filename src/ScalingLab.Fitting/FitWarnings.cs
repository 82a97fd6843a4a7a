using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting;

/// <summary>The warnings that belong to no single fit.</summary>
internal static class FitWarnings
{
    // Three points a parameter is little; below that the intervals themselves are guesses.
    private const int ComfortablePoints = 3;

    public static IEnumerable<FitWarning> General(
        IReadOnlyList<LossObservation> all, IReadOnlyList<LossObservation> points, IReadOnlyList<ExcludedRow> excluded,
        ParametricFit? parametric, IsoFlopFit? isoflop, ParametricPins pins)
    {
        var unknowns = pins.Unknowns;
        foreach (var warning in Excluded(all.Count, excluded))
            yield return warning;

        if (points.Count < ComfortablePoints * unknowns)
        {
            yield return new FitWarning("few-points", Invariant(
                $"{points.Count} points for a law of {unknowns} parameters: intervals are rough."));
        }

        foreach (var warning in Residuals(points, parametric))
            yield return warning;

        // The parametric exponents a and b stand on 6ND.
        var off = points.Where(one => Math.Abs(ComputePerToken.Ratio(one) - 1) > 0.02).ToList();
        if (off.Count > 0 && parametric?.Law is not null)
        {
            var (low, high) = (off.Min(ComputePerToken.Ratio), off.Max(ComputePerToken.Ratio));
            yield return new FitWarning("flops-not-6nd", Invariant(
                $"Compute is {RoundNumber.Text(low)} to {RoundNumber.Text(high)} times 6ND in {off.Count} of {points.Count} rows: ",
                $"the parametric a and b hold for C = 6ND; the frontier and the IsoFLOP a and b for C as counted."));
        }

        if (parametric is { Status: FitStatus.Converged } && isoflop is { Status: FitStatus.Converged }
            && parametric.Interval95?["a"] is { } one && isoflop.Interval95?["a"] is { } other
            && (one.High < other.Low || other.High < one.Low))
        {
            yield return new FitWarning("approaches-disagree", Invariant(
                $"The 95 % intervals of a do not meet: {one.Low:F3} to {one.High:F3} (parametric), ",
                $"{other.Low:F3} to {other.High:F3} (IsoFLOP)."));
        }
    }

    public static IEnumerable<FitWarning> Excluded(int usable, IReadOnlyList<ExcludedRow> excluded)
    {
        if (excluded.Count > 0)
        {
            yield return new FitWarning("rows-excluded", Invariant(
                $"{excluded.Count} of {usable + excluded.Count} rows could not be used."),
                [.. excluded.Select(row => row.Row)]);
        }
    }

    // Single runs far outside the others' scatter, and a law that misses by much more than seeds differ.
    private static IEnumerable<FitWarning> Residuals(IReadOnlyList<LossObservation> points,
        ParametricFit? parametric)
    {
        if (parametric is not { Residuals.Count: > 0 })
            yield break;
        var errors = new ResidualScatter(parametric.Residuals);
        var scatter = errors.Scatter;
        if (errors.OutlierRuns() is { Count: > 0 } outliers)
        {
            yield return new FitWarning("outliers", Invariant(
                $"{outliers.Count} of {points.Count} runs lie more than {ResidualScatter.OutlierScatters} times the usual scatter ({scatter:P2}) ",
                $"off the parametric law: diverged, badly tuned or mistyped?"), [.. outliers.Select(one => one.Row)]);
        }

        if (SeedNoise.Estimate(points) is { } noise && scatter > 2 * noise.StandardDeviation && scatter > 1e-6)
        {
            yield return new FitWarning("law-misses-more-than-seeds", Invariant(
                $"The parametric law misses by {scatter:P2}, seeds differ by {noise.StandardDeviation:P2}: ",
                $"the law's form, or the tuning, explains less than the data could tell."));
        }
    }
}
