using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>
/// What a rise of the cost means. For an M-estimator twice the rise of the summed cost under one true restriction,
/// divided by tau = E psi^2 / E psi', is about chi-squared with one degree of freedom (Schrader and Hettmansperger
/// 1980; Ronchetti 1982), and with the scatter estimated from n - p degrees of freedom about F(1, n - p), p the number
/// of unknowns fitted. For squares tau is the residual variance and this is the usual F test; for Huber's cost with a
/// delta below the scatter psi' counts the few residuals within delta, so their density is smoothed.
/// </summary>
internal sealed class ScaledCost
{
    private readonly ParametricCost _cost;
    private readonly MinimizerResult _best;
    private readonly double _floor;
    private readonly double _clear;

    public ScaledCost(ParametricCost cost, MinimizerResult best)
    {
        (_cost, _best) = (cost, best);
        var problem = cost.Problem;
        var freedom = Math.Max(1, problem.Count - cost.Unknowns);
        var residuals = problem.Residuals(best.Theta);
        var squares = 0.0;
        foreach (var residual in residuals)
        {
            var psi = Math.Min(Math.Abs(residual), cost.Delta);
            squares += psi * psi;
        }

        Inside = ShareInside(residuals, cost.Delta, cost.Unknowns);
        Tau = squares / freedom / Inside;
        Critical = Fisher(freedom, 0.95);
        _clear = Fisher(freedom, 0.99) / Critical;
        // Where there is no noise a rise beyond rounding is a rise.
        _floor = 100 * problem.RoundingFloor * problem.Count;
    }

    /// <summary>E psi^2 / E psi'.</summary>
    public double Tau { get; }

    /// <summary>E psi', the share of residuals within delta.</summary>
    public double Inside { get; }

    /// <summary>The 95 % point of F(1, n - p).</summary>
    public double Critical { get; }

    /// <summary>The rise at a restricted minimum over the rise that 95 % of true restrictions stay below.</summary>
    public double Rise(MinimizerResult held) =>
        2 * _cost.Problem.Count * Math.Max(0, held.Value - _best.Value) / Math.Max(Critical * Tau, _floor);

    /// <summary>Whether 99 % of true restrictions would stay below it.</summary>
    public bool ClearlyRejects(MinimizerResult held) => Rise(held) > _clear;

    // F(1, n) is the square of Student's t with n degrees of freedom, whose quantiles are found for one degree as well.
    private static double Fisher(int freedom, double probability)
    {
        var t = StudentT.InvCDF(0, 1, freedom, (1 + probability) / 2);
        return t * t;
    }

    // The share of a Gaussian-smoothed residual distribution within delta. A fit of so many unknowns by a small delta
    // goes through about as many points all but exactly; these say nothing of the density and are left out (as for
    // least absolute deviations: McKean and Schrader 1987).
    private static double ShareInside(double[] residuals, double delta, int unknowns)
    {
        if (double.IsPositiveInfinity(delta))
            return 1;
        double[] sizes = [.. residuals.Select(Math.Abs).Order()];
        double[] kept = sizes.Length > 2 * unknowns ? sizes[unknowns..] : sizes;
        // The median size of a normal error is 0.6745 standard deviations. Smoothing flattens the density where it
        // counts, at 0, so the width is below Silverman's 1.06.
        var scatter = Medians.Median(kept) / 0.6745;
        var width = 0.7 * scatter * Math.Pow(kept.Length, -0.2);
        if (!(width > 0))
            return 1;
        var share = kept.Average(size => Normal.CDF(0, width, delta - size) - Normal.CDF(0, width, -delta - size));
        return Math.Max(share, 1.0 / residuals.Length);
    }
}
