using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.Downstream;

/// <summary>
/// Fits each task's score as a sigmoid of the loss (<see cref="DownstreamLaw"/>), by least binomial deviance. The floor
/// is what guessing gets, and the top is 1 unless the runs tell of less (a test of the deviances, 95 %).
/// </summary>
public static class DownstreamFitter
{
    private const int Unknowns = 2;
    private const int LeastLosses = 5;
    private const int LeastAbove = 3;
    private const double Deviations = 3; // of who guesses
    private const double OneParameter = 3.841; // chi-square, 95 %

    /// <summary>Losses nearer to one another than this are one.</summary>
    private const double Same = 1e-6;

    /// <summary>A fit for each task that usable observations have scores of, by name.</summary>
    public static IReadOnlyList<DownstreamFit> Fit(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        ParallelWork.Begin("laws of scores", options);
        return [.. observations.SelectMany(one => (one.Scores ?? []).Select(score => (one.Loss, Score: score)))
            .GroupBy(one => (one.Score.Task, one.Score.Metric))
            .OrderBy(task => task.Key.Task, StringComparer.Ordinal)
            .Select(task => FitOne([.. task], options))];
    }

    private static DownstreamFit FitOne(IReadOnlyList<(double Loss, TaskObservation Score)> rows, FitOptions options)
    {
        var first = rows[0].Score;
        var fit = new DownstreamFit
        {
            Status = FitStatus.TooFewPoints, Task = first.Task, Metric = first.Metric, Points = rows.Count,
            Documents = first.Documents, Guess = first.Guess,
            AboveGuessing = rows.Count(row => IsAboveGuessing(row.Score)),
            LossRange = new Interval(rows.Min(row => row.Loss), rows.Max(row => row.Loss)),
        };
        if (Refusal(fit, rows) is { } refused) return refused;
        var cost = new DownstreamCost(
            [.. rows.Select(row => row.Loss)], [.. rows.Select(row => row.Score.Share)],
            [.. rows.Select(row => (double)row.Score.Documents)], first.Guess);
        var (best, fitsTop) = Choose(cost, rows.Count);
        var law = cost.Law(best.Theta);
        var dispersion = cost.ChiSquare(law) / Math.Max(1, rows.Count - best.Theta.Length);
        fit = fit with
        {
            Top = law.Top, TopIsFitted = fitsTop, Slope = law.Slope, Middle = law.Middle, Dispersion = dispersion,
        };
        if (!best.Converged)
            return Doubtful(fit, FitStatus.NotConverged, "not-converged", [],
                "the minimiser stopped short of an optimum.");
        if (cost.ConstantDeviance() - best.Deviance <= OneParameter * Math.Max(1, dispersion))
            return Doubtful(fit, FitStatus.Unidentified, "unidentified", ["slope", "middle"],
                "one and the same score for every loss fits as well (95 %).");
        return WithBootstrap(fit with { Status = FitStatus.Converged }, cost, best.Theta, options);
    }

    // Who cannot guess at all is still right once in so many questions by luck.
    private static bool IsAboveGuessing(TaskObservation score)
    {
        var guess = Math.Max(score.Guess, 1.0 / score.Documents);
        return score.Share - guess > Deviations * Math.Sqrt(guess * (1 - guess) / score.Documents);
    }

    private static DownstreamFit? Refusal(DownstreamFit fit, IReadOnlyList<(double Loss, TaskObservation Score)> rows)
    {
        var losses = rows.Select(row => Math.Round(row.Loss / Same)).Distinct().Count();
        if (losses < LeastLosses)
            return Doubtful(fit, FitStatus.TooFewPoints, "too-few-points", [], Invariant(
                $"a sigmoid of {Unknowns} parameters needs {LeastLosses} runs of different losses; there are {losses}."));
        if (rows.Any(row => row.Score.Documents != fit.Documents))
            return Doubtful(fit, FitStatus.Unidentified, "unidentified", ["slope", "middle"],
                "its runs were asked different numbers of questions, so not the same.");
        return fit.AboveGuessing >= LeastAbove ? null
            : Doubtful(fit, FitStatus.Unidentified, "at-chance", ["slope", "middle"], Invariant(
                $"{fit.AboveGuessing} of {fit.Points} runs are above what guessing explains; nothing is to be said of how its score goes with the loss."));
    }

    private static DownstreamFit Doubtful(DownstreamFit fit, FitStatus status, string code,
        IReadOnlyList<string> unidentified, string text) => fit with
        {
            Status = status,
            Unidentified = unidentified,
            Warnings = [new FitWarning($"downstream-{code}", $"The law of {fit.Task}: {text}")],
        };

    private static ((double[] Theta, double Deviance, bool Converged) Best, bool FitsTop) Choose(
        DownstreamCost cost, int points)
    {
        var pinned = cost.Fit(fitsTop: false);
        if (points < LeastLosses + 1) return (pinned, false);
        var free = cost.Fit(fitsTop: true);
        var scatter = Math.Max(1, cost.ChiSquare(cost.Law(free.Theta)) / Math.Max(1, points - free.Theta.Length));
        return free.Converged && pinned.Deviance - free.Deviance > OneParameter * scatter ? (free, true)
            : (pinned, false);
    }

    private static DownstreamFit WithBootstrap(DownstreamFit fit, DownstreamCost cost, double[] best,
        FitOptions options)
    {
        var runs = fit.Points;
        var found = ParallelWork.Map($"law of {fit.Task}", options.Bootstrap, options, draw =>
        {
            var random = new SplitMix64(options.Seed, draw);
            var weights = new double[runs];
            for (var i = 0; i < runs; i++) weights[random.NextIndex(runs)]++;
            var refit = cost.Descend(best, weights);
            return refit.Converged ? cost.Law(refit.Theta) : null;
        });
        List<DownstreamLaw> draws = [.. found.OfType<DownstreamLaw>()];
        fit = fit with
        {
            Draws = draws, BootstrapDraws = options.Bootstrap, BootstrapFailures = found.Length - draws.Count,
        };
        if (draws.Count == 0) return WithEnds(fit);
        (string Name, Func<DownstreamLaw, double> Of)[] quantities =
        [
            ("slope", law => law.Slope), ("middle", law => law.Middle),
            .. fit.TopIsFitted ? [("top", law => law.Top)] : ((string, Func<DownstreamLaw, double>)[])[],
        ];
        return WithEnds(fit with
        {
            StandardError = Percentiles.StandardErrors(draws, quantities),
            Interval95 = Percentiles.Intervals(draws, quantities,
                of => Percentiles.Stretched(of(fit.Law!), draws.Select(of), fit.Freedom)),
        });
    }

    private static DownstreamFit WithEnds(DownstreamFit fit) => fit with
    {
        Predicted = [.. new[] { fit.LossRange!.High, fit.LossRange.Low }.Distinct().Select(loss => fit.At(loss))
            .OfType<DownstreamPoint>()],
    };
}
