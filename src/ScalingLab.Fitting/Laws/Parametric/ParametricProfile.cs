using MathNet.Numerics.LinearAlgebra;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>
/// 95 % profile-likelihood intervals: the values at which holding the parameter (or the exponent a, or b) raises the
/// best cost by as much as 95 % of true values would (<see cref="ScaledCost"/>). E, A, B, alpha, beta and a are each
/// one linear restriction on the unknowns.
/// </summary>
internal sealed class ParametricProfile
{
    private const int MostSteps = 40;

    private readonly ParametricCost _cost;
    private readonly ScaledCost _scale;
    private readonly MinimizerResult _best;
    private readonly Matrix<double> _information;
    private readonly int[] _free;

    private ParametricProfile(ParametricCost cost, ScaledCost scale, MinimizerResult best)
    {
        (_cost, _scale, _best) = (cost, scale, best);
        _free = [.. Enumerable.Range(0, ParametricProblem.Unknowns).Where(cost.IsFree)];
        var shape = new CostDerivatives(ParametricProblem.Unknowns);
        cost.Problem.Evaluate(best.Theta, double.PositiveInfinity, null, shape);
        _information = Matrix<double>.Build.Dense(
            ParametricProblem.Unknowns, ParametricProblem.Unknowns,
            (row, column) =>
            shape.GaussNewton[(Math.Min(row, column) * ParametricProblem.Unknowns) + Math.Max(row, column)]);
    }

    /// <summary>
    /// Keys E, A, B, alpha, beta, a and b; what is pinned has its value for both ends. An end that nothing rejects is
    /// the end of the parameter's range (0 for E): the names of such intervals come back as well.
    /// </summary>
    public static (IReadOnlyDictionary<string, Interval> Intervals, IReadOnlyList<string> Open) Intervals(
        ParametricCost cost, ScaledCost scale, MinimizerResult best)
    {
        var profile = new ParametricProfile(cost, scale, best);
        var problem = cost.Problem;
        var open = new List<string>();
        Interval Closed(string name, ProfileRange range)
        {
            if (range.OpenLow || range.OpenHigh)
                open.Add(name);
            return new Interval(range.Low, range.High);
        }

        var floor = Closed("E", profile.Linear([1, 0, 0, 0, 0]));
        var size = Closed("A", profile.Linear([0, 1, 0, problem.CentreN, 0]));
        var data = Closed("B", profile.Linear([0, 0, 1, 0, problem.CentreD]));
        var alpha = Closed("alpha", profile.Linear([0, 0, 0, 1, 0]));
        var beta = problem.IsTied ? alpha : Closed("beta", profile.Linear([0, 0, 0, 0, 1]));
        var exponent = Closed("a", profile.Exponent(alpha, beta));
        return (new Dictionary<string, Interval>
        {
            ["E"] = new(cost.IsFree(0) && floor.Low <= cost.Bounds.Low[0] ? 0 : Math.Exp(floor.Low),
                Math.Exp(floor.High)),
            ["A"] = new(Math.Exp(size.Low), Math.Exp(size.High)),
            ["B"] = new(Math.Exp(data.Low), Math.Exp(data.High)),
            ["alpha"] = alpha,
            ["beta"] = beta,
            ["a"] = exponent,
            ["b"] = new(1 - exponent.High, 1 - exponent.Low),
        }, open);
    }

    // c'theta held at a value.
    private ProfileRange Linear(double[] c)
    {
        double estimate = 0, low = 0, high = 0;
        for (var index = 0; index < c.Length; index++)
        {
            estimate += c[index] * _best.Theta[index];
            low += c[index] * _cost.Bounds.Low[index];
            high += c[index] * _cost.Bounds.High[index];
        }

        var primary = Array.IndexOf(c, 1);
        if (Direction(c) is not { } direction)
            return new ProfileRange(estimate, estimate, false, false);
        var reach = Reach(c, direction);
        MinimizerResult? Held(double[] from, double move, double value)
        {
            double[] theta = [.. from];
            for (var index = 0; index < theta.Length; index++)
                theta[index] = Inside(index, theta[index] + (move * direction[index]));
            // What clamping and rounding changed, the parameter itself makes good.
            var rest = 0.0;
            for (var index = 0; index < theta.Length; index++)
                rest += index == primary ? 0 : c[index] * theta[index];
            theta[primary] = Inside(primary, value - rest);
            if (_cost.Problem.IsTied)
                theta[4] = theta[3];
            return Math.Abs(theta[primary] + rest - value) < 1e-9 ? _cost.Restricted(theta, c) : null;
        }

        return Range(Edge(estimate, -reach, low, Held), Edge(estimate, reach, high, Held));
    }

    // a = beta / (alpha + beta) at a value is the restriction (1 - a) beta = a alpha. Where one exponent is pinned, a
    // moves with the other.
    private ProfileRange Exponent(Interval ofAlpha, Interval ofBeta)
    {
        var (alpha, beta) = (_best.Theta[3], _best.Theta[4]);
        var sum = alpha + beta;
        if (_cost.Problem.IsTied || !_cost.IsFree(3) || !_cost.IsFree(4))
        {
            var (low, high) = _cost.Problem.IsTied ? (0.5, 0.5)
                : (ofBeta.Low / (ofAlpha.High + ofBeta.Low), ofBeta.High / (ofAlpha.Low + ofBeta.High));
            return new ProfileRange(low, high, false, false);
        }

        double[] slope = [0, 0, 0, -beta / (sum * sum), alpha / (sum * sum)];
        var direction = Direction(slope)!;
        var reach = Reach(slope, direction);
        MinimizerResult? Held(double[] from, double move, double value)
        {
            double[] theta = [.. from];
            for (var index = 0; index < theta.Length; index++)
                theta[index] = Inside(index, theta[index] + (move * direction[index]));
            var total = theta[3] + theta[4];
            (theta[3], theta[4]) = ((1 - value) * total, value * total);
            return theta[3] >= _cost.Bounds.Low[3] && theta[4] >= _cost.Bounds.Low[4]
                && theta[3] <= _cost.Bounds.High[3] && theta[4] <= _cost.Bounds.High[4]
                ? _cost.Restricted(theta, [0, 0, 0, -value, 1 - value])
                : null;
        }

        return Range(Edge(beta / sum, -reach, 0, Held), Edge(beta / sum, reach, 1, Held));
    }

    private static ProfileRange Range((double Value, bool Open) low, (double Value, bool Open) high) =>
        new(low.Value, high.Value, low.Open, high.Open);

    private static double Clamp(double value, double limit, double reach) =>
        reach < 0 ? Math.Max(value, limit) : Math.Min(value, limit);

    // Walks out until the rise passes 1, then narrows down on the root of the rise, which is all but linear in the
    // distance. Open where it never passes.
    private (double Value, bool Open) Edge(double estimate, double reach, double limit,
        Func<double[], double, double, MinimizerResult?> held)
    {
        var (inside, insideRoot, theta) = (estimate, 0.0, _best.Theta);
        double outside = double.NaN, outsideRoot = double.NaN;
        var value = Clamp(estimate + reach, limit, reach);
        for (var step = 0; step < MostSteps; step++)
        {
            var found = held(theta, value - inside, value);
            var root = found is null ? 10 : Math.Sqrt(_scale.Rise(found));
            if (found is not null && root <= 1)
                (inside, insideRoot, theta) = (value, root, found.Theta);
            else
                (outside, outsideRoot) = (value, root);
            if (Math.Abs(root - 1) < 1e-3)
                return (value, false);
            if (double.IsNaN(outside))
            {
                if (value == limit)
                    return (limit, true);
                value = Clamp(inside + ((inside - estimate) * Math.Clamp((1 / Math.Max(root, 0.3)) - 0.95, 0.1, 2)),
                    limit, reach);
            }
            else
            {
                var share = Math.Clamp((1 - insideRoot) / (outsideRoot - insideRoot), 0.1, 0.9);
                value = inside + (share * (outside - inside));
                if (Math.Abs(outside - inside) <= 1e-5 * Math.Abs(reach))
                    return (value, false);
            }
        }

        return (value, double.IsNaN(outside));
    }

    private double Inside(int index, double value) =>
        Math.Clamp(value, _cost.Bounds.Low[index], _cost.Bounds.High[index]);

    // How the other unknowns that are fitted move with the parameter, to first order: M^-1 c / (c' M^-1 c). Null where
    // it is pinned.
    private double[]? Direction(double[] c)
    {
        var felt = _cost.Folded(c);
        var normal = Vector<double>.Build.Dense(_free.Length, index => felt[_free[index]]);
        if (normal.All(value => value == 0))
            return null;
        var solved =
            Matrix<double>.Build.Dense(_free.Length, _free.Length,
                (row, column) => _information[_free[row], _free[column]]).LU().Solve(normal);
        var size = solved * normal;
        var moves = size > 0 && solved.All(double.IsFinite) ? solved / size : normal / (normal * normal);
        var direction = new double[c.Length];
        for (var index = 0; index < _free.Length; index++)
            direction[_free[index]] = moves[index];
        if (_cost.Problem.IsTied)
            direction[4] = direction[3];
        return direction;
    }

    // The half width that a quadratic cost would have.
    private double Reach(double[] c, double[] direction)
    {
        var along = Vector<double>.Build.DenseOfArray(direction);
        var bend = along * _information * along;
        var width = Math.Sqrt(_scale.Critical * _scale.Tau / (_scale.Inside * _cost.Problem.Count * bend));
        var estimate = Math.Abs(_best.Theta.Zip(c, (one, other) => one * other).Sum());
        return double.IsFinite(width) && width > 0 ? Math.Min(width, Math.Max(1, estimate))
            : 1e-6 * Math.Max(1, estimate);
    }
}
