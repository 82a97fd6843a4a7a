using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>
/// The parametric law's cost over some observations: the problem, what a residual costs, and how a minimum is found.
/// </summary>
internal sealed class ParametricCost
{
    private readonly NewtonMinimizer _newton;
    private readonly bool _projected;

    public ParametricCost(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        Residuals = options.FittedResiduals;
        Pins = options.Pins;
        Problem = new ParametricProblem(observations, Residuals, Pins.IsTied, options.Stop);
        Bounds = ParameterBounds.Around(Problem, Pins);
        _newton = Newton(Bounds);
        Delta = options.Delta;
        // The projection is over E, A and B and two free exponents; Newton's method finds the same minimum where some
        // are known.
        _projected = options.Method == FitMethod.VariableProjection && Pins.IsNone;
    }

    public ParametricProblem Problem { get; }

    public ParameterBounds Bounds { get; }

    public ParametricPins Pins { get; }

    /// <summary>How many unknowns the fit has.</summary>
    public int Unknowns => Pins.Unknowns;

    /// <summary>Where the cost turns linear; infinity for squares.</summary>
    public double Delta { get; }

    public ResidualKind Residuals { get; }

    /// <summary>The minimum nearest to a place. Null weights are all 1.</summary>
    public MinimizerResult Descend(ReadOnlySpan<double> theta, double[]? weights = null) => _projected
        ? VariableProjection.Minimize(Problem, theta[3], theta[4], weights, Bounds)
        : _newton.Minimize(theta, Cost(Delta, weights));

    /// <summary>The minimum over drawn rows.</summary>
    /// <param name="theta">Where to begin.</param>
    /// <param name="weights">[rows], how often each is drawn.</param>
    /// <param name="room">For the rows that are (<see cref="ParametricProblem.ForDraws"/>).</param>
    public MinimizerResult DescendDrawn(ReadOnlySpan<double> theta, double[] weights, ParametricProblem room)
    {
        if (_projected)
            return VariableProjection.Minimize(Problem, theta[3], theta[4], weights, Bounds);
        room.Draw(Problem, weights);
        return _newton.Minimize(theta, (at, into) => room.Evaluate(at, Delta, null, into));
    }

    /// <summary>
    /// For each point the first step of a descent without it, from the minimum with it: nearly where that descent ends.
    /// </summary>
    public double[][] FirstStepsWithout(double[] theta)
    {
        const int Size = ParametricProblem.Unknowns;
        CostDerivatives all = new(Size), one = new(Size), rest = new(Size);
        Problem.Evaluate(theta, Delta, null, all);
        var places = new double[Problem.Count][];
        for (var point = 0; point < places.Length; point++)
        {
            Problem.EvaluateOne(theta, Delta, point, one);
            for (var index = 0; index < Size; index++)
                rest.Gradient[index] = (Problem.Count * all.Gradient[index]) - one.Gradient[index];
            for (var index = 0; index < Size * Size; index++)
            {
                rest.Hessian[index] = (Problem.Count * all.Hessian[index]) - one.Hessian[index];
                rest.GaussNewton[index] = (Problem.Count * all.GaussNewton[index]) - one.GaussNewton[index];
            }

            places[point] = _newton.UndampedStep(rest, theta);
        }

        return places;
    }

    /// <summary>The minimum with one unknown held at a value.</summary>
    public MinimizerResult Held(ReadOnlySpan<double> theta, int index, double value)
    {
        var box = Bounds.WithFixed(index, value);
        if (Problem.IsTied && index == 3)
            box = box.WithFixed(4, value);
        return Within(box, theta);
    }

    /// <summary>The minimum in another box.</summary>
    public MinimizerResult Within(ParameterBounds box, ReadOnlySpan<double> theta) =>
        Newton(box).Minimize(theta, Cost(Delta));

    /// <summary>The minimum that keeps c'theta.</summary>
    public MinimizerResult Restricted(ReadOnlySpan<double> theta, double[] c) =>
        Newton(Bounds, Folded(c)).Minimize(theta, Cost(Delta));

    /// <summary>A restriction as the unknowns feel it: what it says of a tied beta, alpha bears.</summary>
    public double[] Folded(double[] c) => Problem.IsTied ? [c[0], c[1], c[2], c[3] + c[4], 0] : c;

    /// <summary>Whether the fit can move an unknown on its own.</summary>
    public bool IsFree(int index) => Bounds.IsFree(index) && !(Problem.IsTied && index == 4);

    /// <summary>
    /// What a descent that converged may be believed: one that ended at an end of the box found no minimum inside.
    /// </summary>
    public FitStatus StatusOf(MinimizerResult descent) => !descent.Converged ? FitStatus.NotConverged
        : Enumerable.Range(0, ParametricProblem.Unknowns).Any(index => Bounds.IsAtEnd(descent.Theta, index))
        ? FitStatus.Unidentified : FitStatus.Converged;

    /// <summary>Descents from many starts: the lowest is the global minimum.</summary>
    public IReadOnlyList<MinimizerResult> Search(int seed)
    {
        var descents = ParametricStarts.For(Problem, Pins, seed).ConvertAll(start => Descend(start));
        // One more way in: the squared-error optimum.
        if (!double.IsPositiveInfinity(Delta))
            descents.Add(Lowered(descents.MinBy(descent => descent.Value)!.Theta));
        return descents;
    }

    /// <summary>
    /// The best of two ways from a law that is nearly right: straight down, and by way of the squared error. For a fit
    /// to nearly the same observations, or at another delta.
    /// </summary>
    public MinimizerResult Refit(ParametricLaw near)
    {
        var theta = Problem.Theta(near);
        var straight = Descend(theta);
        if (double.IsPositiveInfinity(Delta))
            return straight;
        var lowered = Lowered(theta);
        return lowered.Value < straight.Value ? lowered : straight;
    }

    // Huber's delta lowered step by step from the squared error, whose valley has fewer side valleys.
    private MinimizerResult Lowered(double[] theta)
    {
        foreach (var stage in new[] { double.PositiveInfinity, 30 * Delta, 10 * Delta, 3 * Delta })
            theta = _newton.Minimize(theta, Cost(stage)).Theta;
        return _newton.Minimize(theta, Cost(Delta));
    }

    // A step changes no term by more than e^1.5 and no exponent by more than 0.4.
    private NewtonMinimizer Newton(ParameterBounds box, double[]? along = null) =>
        new(box, [1.5, 1.5, 1.5, 0.4, 0.4], Problem.RoundingFloor) { IsTied = Problem.IsTied, Along = along };

    private Cost Cost(double delta, double[]? weights = null) =>
        (theta, into) => Problem.Evaluate(theta, delta, weights, into);
}
