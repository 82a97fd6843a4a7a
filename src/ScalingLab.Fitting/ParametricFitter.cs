using static ScalingLab.Fitting.InvariantText;

namespace ScalingLab.Fitting;

/// <summary>
/// Fits L = E + A/N^alpha + B/D^beta (Hoffmann et al. 2022, approach 3): Huber or squared cost of log or linear residuals,
/// from many starts.
/// </summary>
public static class ParametricFitter
{
    /// <summary>
    /// Fits usable observations (<see cref="Observations.Check"/>); <see cref="FitOptions.DropHighest"/> is the caller's to apply.
    /// </summary>
    public static ParametricFit Fit(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        if (ParametricDesign.Refusal(observations) is { } refusal)
            return refusal;
        var problem = new ParametricProblem(observations, options.Residuals);
        var box = ParametricBox.Around(problem);
        var delta = options.Method == FitMethod.Huber ? options.HuberDelta : double.PositiveInfinity;
        var descents = Descents(problem, box, delta, options.Seed);
        var best = descents.MinBy(descent => descent.Value)!;
        var law = problem.Law(best.Theta);
        var (draws, failures) = ParametricBootstrap.Draw(problem, box, delta, best, options);
        var (unidentified, warnings) = ParametricIdentification.Judge(problem, box, delta, best, draws);
        return new ParametricFit
        {
            Status = !best.Converged ? FitStatus.NotConverged : unidentified.Count > 0 ? FitStatus.Unidentified : FitStatus.Converged,
            Points = observations.Count,
            Objective = options.Objective == ObjectiveKind.Sum ? best.Value * observations.Count : best.Value,
            E = law.E,
            A = law.A,
            B = law.B,
            Alpha = law.Alpha,
            Beta = law.Beta,
            ParametersExponent = law.ParametersExponent,
            TokensExponent = law.TokensExponent,
            StandardError = ParametricBootstrap.StandardErrors(draws),
            Interval95 = ParametricBootstrap.Intervals(draws),
            BootstrapDraws = options.Bootstrap,
            BootstrapFailures = failures,
            Starts = descents.Count,
            StartsAtOptimum = descents.Count(descent => descent.Value <= (best.Value * (1 + 1e-6)) + problem.RoundingFloor),
            Unidentified = unidentified,
            Residuals = [.. observations.Select((one, index) => Residual(one, index, law, options.Residuals))],
            Warnings = [.. warnings, .. Troubles(best, failures, options.Bootstrap)],
            Draws = draws,
        };
    }

    private static IEnumerable<FitWarning> Troubles(Descent best, int failures, int draws)
    {
        if (!best.Converged)
            yield return new FitWarning("not-converged", "The parametric law's minimiser stopped short of an optimum.");
        if (failures > 0.05 * draws)
        {
            yield return new FitWarning("bootstrap-failures", Invariant(
                $"{failures} of {draws} bootstrap fits of the parametric law did not converge and are missing from its intervals."));
        }
    }

    private static List<Descent> Descents(ParametricProblem problem, ParametricBox box, double delta, int seed)
    {
        var descents = new List<Descent>();
        foreach (var start in ParametricStarts.For(problem, seed))
            descents.Add(NewtonMinimizer.Minimize(problem, start, delta, null, box));
        if (double.IsPositiveInfinity(delta))
            return descents;
        // One more way in: the squared-error optimum, then Huber's delta lowered step by step.
        var smooth = descents.MinBy(descent => descent.Value)!.Theta;
        foreach (var stage in new[] { double.PositiveInfinity, 30 * delta, 10 * delta, 3 * delta })
            smooth = NewtonMinimizer.Minimize(problem, smooth, stage, null, box).Theta;
        descents.Add(NewtonMinimizer.Minimize(problem, smooth, delta, null, box));
        return descents;
    }

    private static FitResidual Residual(LossObservation one, int index, ParametricLaw law, ResidualKind kind)
    {
        var predicted = law.Loss(one.Parameters, one.Tokens);
        var residual = kind == ResidualKind.Log ? Math.Log(predicted / one.Loss) : predicted - one.Loss;
        return new FitResidual(one.Row ?? index + 1, one.Label, one.Parameters, one.Tokens, one.Flops, one.Loss, predicted, residual);
    }
}
