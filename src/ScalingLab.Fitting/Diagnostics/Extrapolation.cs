using System.Text.Json.Serialization;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Diagnostics;

/// <summary>
/// How well the parametric law, fitted without the largest budget, predicts it. Errors are ln(predicted) - ln(observed)
/// over the held-out runs: Bias their mean, MeanAbsoluteError their mean size, WorstError the one farthest from 0.
/// Status is that of the fit without them; the errors are null unless it converged.
/// </summary>
public sealed record Extrapolation(
    double HeldOutFlops, int HeldOutPoints, FitStatus Status, double? Bias, double? MeanAbsoluteError,
    double? WorstError)
{
    /// <summary>
    /// The held-out runs beside the law that has not seen them, Residual as the errors are; empty unless it converged.
    /// Not in JSON.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<FitResidual> HeldOut { get; init; } = [];

    /// <summary>Null with fewer than three budgets.</summary>
    public static Extrapolation? HoldOutLargestBudget(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        var (budgets, others) = IsoFlopGroups.Split(observations);
        if (budgets.Count < 3)
            return null;
        var largest = budgets[^1];
        // Where runs lie outside budgets, none that is seen may be larger than those predicted.
        var low = largest.Observations.Min(one => one.Flops);
        IReadOnlyList<LossObservation> seen =
            [.. budgets.SkipLast(1).SelectMany(budget => budget.Observations), .. others.Where(one => one.Flops < low)];
        var fit = ParametricFitter.Fit(seen, options with { Bootstrap = 0 });
        if (fit is not { Status: FitStatus.Converged, Law: { } law })
            return new Extrapolation(largest.Flops, largest.Observations.Count, fit.Status, null, null, null);
        FitResidual Predicted(LossObservation one, double predicted) => new(
            one.Row ?? 0, one.Label, one.Parameters, one.Tokens, one.Flops, one.Loss, predicted,
            Math.Log(predicted / one.Loss));
        IReadOnlyList<FitResidual> held =
            [.. largest.Observations.Select(one => Predicted(one, law.Loss(one.Parameters, one.Tokens)))];
        double[] errors = [.. held.Select(one => one.Residual)];
        return new Extrapolation(
            largest.Flops, errors.Length, fit.Status, errors.Average(), errors.Average(Math.Abs),
            errors.MaxBy(Math.Abs)) { HeldOut = held };
    }
}
