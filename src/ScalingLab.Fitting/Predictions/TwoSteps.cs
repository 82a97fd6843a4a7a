using ScalingLab.Fitting.Laws.Downstream;
using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Predictions;

/// <summary>
/// From compute to the score of a task in two steps: the loss at a budget's optimum by a law of losses, and the score
/// at that loss (Bhagia et al. 2024, arXiv 2412.04403). The interval has the doubt of both.
/// </summary>
internal static class TwoSteps
{
    private sealed record PredictedLoss(double Flops, double Loss, IReadOnlyList<double> Draws, string From);

    /// <summary>The laws of scores with what they say of the frontier's budgets.</summary>
    /// <param name="downstream">Scores as functions of the loss.</param>
    /// <param name="frontier">The budgets.</param>
    /// <param name="law">The law of losses over N and D; null where none is sure.</param>
    /// <param name="kaplan">Its L(C) is taken where there is no such law; null: it was not asked for.</param>
    /// <param name="options">With compute per token.</param>
    public static IReadOnlyList<DownstreamFit> AtBudgets(IReadOnlyList<DownstreamFit> downstream, Frontier frontier,
        AdviceLaw? law, KaplanFit? kaplan, FitOptions options)
    {
        if (downstream.All(fit => fit.Status != FitStatus.Converged)) return downstream;
        List<PredictedLoss> losses =
        [
            .. frontier.Points.Select(point => At(point, law, kaplan?.Compute.PowerLaw, options))
                .OfType<PredictedLoss>().Where(at => double.IsFinite(at.Loss)),
        ];
        return
        [
            .. downstream.Select(fit => fit with
            {
                Predicted =
                [
                    .. fit.Predicted,
                    .. losses.Select(at => fit.At(at.Loss, at.Draws) is { } point
                        ? point with { Flops = at.Flops, LossFrom = at.From } : null).OfType<DownstreamPoint>(),
                ],
            }),
        ];
    }

    private static PredictedLoss? At(FrontierPoint point, AdviceLaw? law, KaplanCurve? ofCompute, FitOptions options)
    {
        if (law is not null && point.Loss is { } loss)
            return new PredictedLoss(point.Flops, loss,
                [.. Frontier.LossDraws(law, point.Flops, options).Where(double.IsFinite)], "L(N, D)");
        return ofCompute is { Status: FitStatus.Converged } && ofCompute.Loss(point.Flops) is { } other
            ? new PredictedLoss(point.Flops, other, [.. ofCompute.LossDraws(point.Flops)], "L(C)") : null;
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
