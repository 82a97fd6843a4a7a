using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Diagnostics;

/// <summary>
/// The fit again without single runs, with other losses dropped and at other deltas, each from its own optimum.
/// </summary>
internal sealed class Refits(IReadOnlyList<LossObservation> points, ParametricLaw law, FitOptions options)
{
    private const int Shown = 10;

    // Of more rows only those are left out one by one that would move the law most, by their first step.
    private const int AllLeftOut = 1000;
    private const int MostMoving = 32;

    private static readonly int[] Dropped = [0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20];
    private static readonly double?[] Deltas = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, null];

    private readonly double _largest = points.Max(one => one.BudgetFlops ?? one.Flops);
    private readonly Func<double, double>? _flopsPerToken = options.FlopsPerToken ?? ComputePerToken.From(points);

    public Leverage WithoutSingleRuns()
    {
        var cost = new ParametricCost(points, options);
        var advice = Math.Log(Advice(law));
        var theta = cost.Problem.Theta(law);
        IReadOnlyList<int> left = points.Count <= AllLeftOut ? [.. Enumerable.Range(0, points.Count)]
            : MostMoved(cost, theta);
        var runs = ParallelWork.Map("parametric law without single runs", left.Count, options, place =>
        {
            var index = left[place];
            var weights = new double[points.Count];
            Array.Fill(weights, 1);
            weights[index] = 0;
            var found = cost.Problem.Law(cost.Descend(theta, weights).Theta);
            return new RunLeverage(
                points[index].Row ?? index + 1, found.ParametersExponent - law.ParametersExponent,
                Math.Log(Advice(found)) - advice);
        });
        RunLeverage[] ordered = [.. runs.OrderByDescending(run => Math.Abs(run.ExponentChange))];
        return new Leverage(_largest, ordered[0], runs.MaxBy(run => Math.Abs(run.AdviceChange))!,
            ordered[..Math.Min(Shown, ordered.Length)]);
    }

    private IReadOnlyList<int> MostMoved(ParametricCost cost, double[] theta)
    {
        var laws = cost.FirstStepsWithout(theta).Select(place => cost.Problem.Law(place)).ToList();
        var (advice, all) = (Advice(law), Enumerable.Range(0, laws.Count));
        return
        [
            .. all.OrderByDescending(index => Math.Abs(laws[index].ParametersExponent - law.ParametersExponent))
                .Take(MostMoving)
                .Union(all.OrderByDescending(index => Math.Abs(Math.Log(Advice(laws[index]) / advice)))
                    .Take(MostMoving)).Order(),
        ];
    }

    /// <summary>Never more than a quarter of the rows.</summary>
    public IReadOnlyList<VariedFit> DropSweep(IReadOnlyList<LossObservation> usable) =>
        ParallelWork.Map("parametric law without its highest losses",
            Dropped.Count(count => count <= usable.Count / 4), options, index =>
            Varied(ObservationChecks.DropHighest(usable, Dropped[index]).Usable, options) with
            { DropHighest = Dropped[index] });

    public IReadOnlyList<VariedFit> DeltaSweep()
    {
        var residuals = options.FittedResiduals;
        return ParallelWork.Map("parametric law at other deltas", Deltas.Length, options,
            index => Varied(points, Deltas[index] is { } value
            ? options with { Method = FitMethod.Huber, HuberDelta = value, Residuals = residuals }
            : options with { Method = FitMethod.SquaredError, Residuals = residuals }) with
                { DropHighest = options.DropHighest });
    }

    private VariedFit Varied(IReadOnlyList<LossObservation> rows, FitOptions how)
    {
        double? delta = how.Method == FitMethod.Huber ? how.HuberDelta : null;
        if (ParametricDesign.Refusal(rows, how.Pins) is { } refusal)
            return new VariedFit { HuberDelta = delta, Points = rows.Count, Status = refusal.Status };
        var cost = new ParametricCost(rows, how);
        var refit = cost.Refit(law);
        var found = cost.Problem.Law(refit.Theta);
        return new VariedFit
        {
            HuberDelta = delta,
            Points = rows.Count,
            Status = cost.StatusOf(refit),
            Objective = refit.Value * rows.Count,
            E = found.E,
            A = found.A,
            B = found.B,
            Alpha = found.Alpha,
            Beta = found.Beta,
            ParametersExponent = found.ParametersExponent,
            Parameters = Advice(found),
        };
    }

    private double Advice(ParametricLaw found) =>
        (_flopsPerToken is null ? found.Optimum(_largest) : found.Optimum(_largest, _flopsPerToken)).Parameters;
}
