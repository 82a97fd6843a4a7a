using ScalingLab.Fitting;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Predictions;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Lab.Advice;

/// <summary>The law that finished runs here gave, for the best size of a budget.</summary>
/// <param name="Sweep">The sweep.</param>
/// <param name="Law">The law.</param>
/// <param name="PerToken">FLOPs a token of a model of N parameters; null where C = 6ND.</param>
/// <param name="LargestFlops">The largest budget among its runs.</param>
public sealed record OwnLaw(string Sweep, AdviceLaw Law, Func<double, double>? PerToken, double LargestFlops)
{
    private const int Draws = 400;

    /// <summary>Fits a results folder.</summary>
    /// <exception cref="InputException">It cannot be read, or its runs hold no law.</exception>
    public static OwnLaw Read(string folder)
    {
        var sweep = MeasuredSweep.Read(folder);
        List<LossObservation> rows = [.. sweep.Runs.Where(run => run.State == RunState.Completed)
            .Select((run, index) => run.ToObservation(index + 1)).OfType<LossObservation>()];
        var fit = Fitter.Fit(new FitRows(rows),
            new FitOptions { Bootstrap = Draws, Approaches = [FitApproach.Parametric] });
        return AdviceLaw.From(fit.Parametric) is { } law
            ? new OwnLaw(sweep.Name, law, ComputePerToken.From(rows), rows.Max(row => row.BudgetFlops ?? row.Flops))
            : throw new InputException(folder, "its runs hold no law of size; give others with --results");
    }

    /// <summary>The best size and length of a budget, each with 95 % of the bootstrap's laws.</summary>
    /// <param name="flops">The budget.</param>
    /// <param name="isWhole">Whether with the intervals, which take longer.</param>
    public (double Parameters, double Tokens, Interval? OfParameters, Interval? OfTokens) Optimum(double flops,
        bool isWhole = true)
    {
        var (parameters, tokens) = At(Law.Law, flops);
        if (!isWhole) return (parameters, tokens, null, null);
        var drawn = Law.Draws.Select(one => At(one, flops))
            .Where(one => double.IsFinite(one.Parameters) && double.IsFinite(one.Tokens)).ToList();
        return (parameters, tokens, Percentiles.Interval95(drawn.Select(one => one.Parameters)),
            Percentiles.Interval95(drawn.Select(one => one.Tokens)));
    }

    private (double Parameters, double Tokens) At(ParametricLaw law, double flops) =>
        PerToken is { } perToken ? law.Optimum(flops, perToken) : law.Optimum(flops);
}
