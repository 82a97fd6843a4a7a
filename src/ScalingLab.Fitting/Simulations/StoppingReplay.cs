using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;

namespace ScalingLab.Fitting.Simulations;

/// <summary>A finished run with its curve.</summary>
/// <param name="Final">The run with its final loss.</param>
/// <param name="Curve">Training loss, nats/token, by the share of the run's tokens that were done; in order.</param>
public sealed record ReplayedRun(LossObservation Final, IReadOnlyList<(double Share, double Loss)> Curve);

/// <summary>When a run that is dominated is cut.</summary>
public sealed record StoppingRule
{
    /// <summary>Where a run is looked at: shares of its tokens.</summary>
    public IReadOnlyList<double> Checks { get; init; } = [0.25, 0.5, 0.75];

    /// <summary>
    /// The predicted loss less so many of its standard errors must still lie above the best of its budget.
    /// </summary>
    public double Deviations { get; init; } = 2;

    /// <summary>By so much of the best loss, at least.</summary>
    public double Margin { get; init; } = 0.02;

    /// <summary>Runs that must have finished before, for a prediction.</summary>
    public int LeastFinished { get; init; } = 5;

    /// <summary>Runs of the same budget that must have finished before.</summary>
    public int LeastOfBudget { get; init; } = 3;
}

/// <summary>A run that would have been cut.</summary>
/// <param name="Run">Its place among the runs.</param>
/// <param name="Share">At which share of its tokens.</param>
/// <param name="Predicted">The final loss that was predicted then, nats/token.</param>
/// <param name="Error">Its standard error, of ln loss.</param>
/// <param name="Best">The best final loss of its budget then.</param>
/// <param name="Actual">The loss that it came to.</param>
public sealed record StoppedRun(int Run, double Share, double Predicted, double Error, double Best, double Actual)
{
    /// <summary>The prediction's 95 % interval.</summary>
    public Interval Interval95 =>
        new(Predicted * Math.Exp(-1.96 * Error), Predicted * Math.Exp(1.96 * Error));

    /// <summary>Whether the loss lay in it.</summary>
    public bool Held => Interval95.Low <= Actual && Actual <= Interval95.High;
}

/// <summary>What cutting would have done to a sweep.</summary>
/// <param name="Stopped">The runs that would have been cut.</param>
/// <param name="Flops">What all runs spent.</param>
/// <param name="Saved">What the cut ones would not have spent.</param>
/// <param name="Whole">The law of all runs.</param>
/// <param name="Predicted">The law with the predicted losses in the place of those of cut runs.</param>
/// <param name="Without">The law of the runs that are left.</param>
public sealed record StoppingResult(
    IReadOnlyList<StoppedRun> Stopped, double Flops, double Saved, ParametricFit Whole, ParametricFit Predicted,
    ParametricFit Without);

/// <summary>
/// A finished sweep gone through again in its order, as if runs that are dominated had been cut: those whose predicted
/// loss lies clearly above the best of their budget. The prediction takes the ratio of final to present loss from the
/// runs that finished before, at the same share of their tokens, so that whatever the schedule still brings is in it;
/// their scatter is its error. Nothing later than the moment is looked at.
/// </summary>
public static class StoppingReplay
{
    // The present loss is the median over so much of the run.
    private const double Window = 0.05;

    /// <summary>Goes through the runs and fits what would have been left.</summary>
    public static StoppingResult Run(IReadOnlyList<ReplayedRun> runs, StoppingRule rule, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(rule);
        var (finished, stopped) = (new List<ReplayedRun>(), new List<StoppedRun>());
        foreach (var (run, index) in runs.Select((run, index) => (run, index)))
        {
            var cut = rule.Checks.Select(share => Look(run, share, finished, rule)).OfType<StoppedRun>()
                .FirstOrDefault();
            if (cut is null) finished.Add(run);
            else stopped.Add(cut with { Run = index });
        }

        var cutAt = stopped.ToDictionary(one => one.Run);
        List<LossObservation> whole = [.. runs.Select(run => run.Final)];
        ParametricFit Fit(IEnumerable<LossObservation> rows) => ParametricFitter.Fit([.. rows], options);
        return new StoppingResult(
            stopped, whole.Sum(one => one.Flops), stopped.Sum(one => (1 - one.Share) * whole[one.Run].Flops),
            Fit(whole),
            Fit(whole.Select((one, index) => cutAt.TryGetValue(index, out var cut) ? one with { Loss = cut.Predicted }
                : one)),
            Fit(whole.Where((_, index) => !cutAt.ContainsKey(index))));
    }

    // Null: it goes on.
    private static StoppedRun? Look(ReplayedRun run, double share, List<ReplayedRun> finished,
        StoppingRule rule)
    {
        double[] ratios = [.. finished.Select(one => Math.Log(one.Final.Loss) - Present(one, share))
            .Where(double.IsFinite)];
        double[] rivals = [.. finished.Where(one => one.Final.BudgetFlops is { } budget
            && budget == run.Final.BudgetFlops).Select(one => one.Final.Loss)];
        var present = Present(run, share);
        if (ratios.Length < rule.LeastFinished || rivals.Length < rule.LeastOfBudget || !double.IsFinite(present))
            return null;
        var mean = ratios.Average();
        var squares = ratios.Sum(one => (one - mean) * (one - mean));
        var error = Math.Sqrt(squares / (ratios.Length - 1) * (1 + (1.0 / ratios.Length)));
        var (predicted, best) = (Math.Exp(present + mean), rivals.Min());
        return predicted * Math.Exp(-rule.Deviations * error) > best * (1 + rule.Margin)
            ? new StoppedRun(0, share, predicted, error, best, run.Final.Loss) : null;
    }

    // ln of the training loss there; not a number where the curve has no point.
    private static double Present(ReplayedRun run, double share)
    {
        double[] near = [.. run.Curve.Where(one => one.Share > share - Window && one.Share <= share)
            .Select(one => one.Loss)];
        return near.Length == 0 ? double.NaN : Math.Log(Medians.Median(near));
    }
}
