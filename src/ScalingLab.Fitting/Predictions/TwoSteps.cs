using ScalingLab.Fitting.Laws.Downstream;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Predictions;

/// <summary>
/// From compute to the score of a task in two steps: the loss at a budget's optimum by the law of losses, and the score
/// at that loss (Bhagia et al. 2024, arXiv 2412.04403). The interval has the doubt of both.
/// </summary>
internal static class TwoSteps
{
    /// <summary>The fits with what they say of the frontier's budgets.</summary>
    /// <param name="fits">Scores as functions of the loss.</param>
    /// <param name="frontier">The budgets, with the losses predicted at their optima.</param>
    /// <param name="law">The law of losses; null: none is sure, and nothing is predicted.</param>
    /// <param name="options">With compute per token.</param>
    public static IReadOnlyList<DownstreamFit> AtBudgets(IReadOnlyList<DownstreamFit> fits, Frontier frontier,
        AdviceLaw? law, FitOptions options)
    {
        if (law is null || fits.All(fit => fit.Status != FitStatus.Converged)) return fits;
        var budgets = frontier.Points.Where(point => point.Loss is { } loss && double.IsFinite(loss))
            .Select(point => (point.Flops, Loss: point.Loss!.Value,
                Draws: (IReadOnlyList<double>)[.. Frontier.LossDraws(law, point.Flops, options)
                    .Where(double.IsFinite)])).ToList();
        return
        [
            .. fits.Select(fit => fit with
            {
                Predicted =
                [
                    .. fit.Predicted,
                    .. budgets.Select(at => fit.At(at.Loss, at.Draws) is { } point
                        ? point with { Flops = at.Flops } : null).OfType<DownstreamPoint>(),
                ],
            }),
        ];
    }

    /// <summary>What each law that may be quoted says of a loss.</summary>
    /// <param name="fits">Scores as functions of the loss.</param>
    /// <param name="loss">Nats/token.</param>
    /// <param name="draws">The loss in draws of its bootstrap; null where it is known.</param>
    public static IReadOnlyList<PredictedScore> At(IReadOnlyList<DownstreamFit> fits, double loss,
        IReadOnlyList<double>? draws) =>
        [.. from fit in fits
            let point = fit.At(loss, draws)
            where point is not null
            select new PredictedScore(fit.Task, fit.Metric, point.Score, point.Interval95, point.Extrapolated)];
}
