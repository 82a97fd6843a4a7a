using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>
/// Fits L = E + A/N^alpha + B/D^beta (Hoffmann et al. 2022, approach 3): Huber or squared cost of log or linear
/// residuals, or least squares of the loss by variable projection, from many starts.
/// </summary>
public static class ParametricFitter
{
    /// <summary>
    /// Fits usable observations (<see cref="ObservationChecks.Check"/>); <see cref="FitOptions.DropHighest"/> is the
    /// caller's to apply.
    /// </summary>
    public static ParametricFit Fit(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        ParallelWork.Begin("parametric law", options);
        if (ParametricDesign.Refusal(observations, options.Pins) is { } refusal)
            return refusal;
        var cost = new ParametricCost(observations, options);
        var problem = cost.Problem;
        var descents = ParametricSearch.Descents(observations, cost, options);
        var best = descents.MinBy(descent => descent.Value)!;
        var law = problem.Law(best.Theta);
        var scale = new ScaledCost(cost, best);
        var runs = RunGroups.From(observations);
        var (draws, failures) = ParametricBootstrap.Draw(cost, runs, best, options);
        var (unidentified, warnings) = ParametricIdentifiability.Check(cost, scale, best);
        var percentile = Percentiles.Intervals(draws, ParametricLaw.Quantities);
        // A profile takes every point to be an observation of its own: where runs have several it would be too narrow.
        var (profile, open) = runs.OnePointEach ? ParametricProfile.Intervals(cost, scale, best) : (null, []);
        return new ParametricFit
        {
            Status = !best.Converged ? FitStatus.NotConverged : unidentified.Count > 0 ? FitStatus.Unidentified
                : FitStatus.Converged,
            Points = observations.Count,
            Objective = options.Reported(best.Value, observations.Count),
            ResidualKind = cost.Residuals,
            E = law.E,
            A = law.A,
            B = law.B,
            Alpha = law.Alpha,
            Beta = law.Beta,
            ParametersExponent = law.ParametersExponent,
            TokensExponent = law.TokensExponent,
            StandardError = Percentiles.StandardErrors(draws, ParametricLaw.Quantities),
            Interval95Percentile = percentile,
            Interval95Profile = profile,
            BootstrapDraws = options.Bootstrap,
            BootstrapFailures = failures,
            Starts = descents.Count,
            StartsAtOptimum =
                descents.Count(descent => descent.Value <= (best.Value * (1 + 1e-6)) + problem.RoundingFloor),
            Unidentified = unidentified,
            Pinned = Pinned(options.Pins),
            IntervalsAtBound = open,
            Residuals = [.. observations.Select((one, index) => Residual(one, index, law, cost.Residuals))],
            Warnings = [.. warnings, .. Open(open, unidentified), .. Troubles(best, failures, options.Bootstrap)],
            Draws = draws,
        };
    }

    private static IReadOnlyList<string> Pinned(ParametricPins pins) =>
        pins.Names.Contains("beta") && (pins.IsTied || pins.Names.Contains("alpha")) ? [.. pins.Names, "a", "b"]
        : pins.Names;

    private static IEnumerable<FitWarning> Open(IReadOnlyList<string> open, IReadOnlyList<string> unidentified)
    {
        string[] unsaid = [.. open.Except(unidentified)];
        if (unsaid.Length > 0)
        {
            yield return new FitWarning("interval-at-bound",
                $"The 95 % profile interval of {string.Join(", ", unsaid)} ends where the search ends, and not where "
                    + "the data reject more.");
        }
    }

    private static IEnumerable<FitWarning> Troubles(MinimizerResult best, int failures, int draws)
    {
        if (!best.Converged)
            yield return new FitWarning("not-converged", "The parametric law's minimiser stopped short of an optimum.");
        if (failures > 0.05 * draws)
        {
            yield return new FitWarning("bootstrap-failures", Invariant(
                $"{failures} of {draws} bootstrap fits of the parametric law did not converge and are missing from its intervals."));
        }
    }

    private static FitResidual Residual(LossObservation one, int index, ParametricLaw law, ResidualKind kind)
    {
        var predicted = law.Loss(one.Parameters, one.Tokens);
        var residual = kind == ResidualKind.Log ? Math.Log(predicted / one.Loss) : predicted - one.Loss;
        return new FitResidual(one.Row ?? index + 1, one.Label, one.Parameters, one.Tokens, one.Flops, one.Loss,
            predicted, residual);
    }
}
