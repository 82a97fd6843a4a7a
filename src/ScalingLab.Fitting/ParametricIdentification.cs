using MathNet.Numerics.Distributions;
using static ScalingLab.Fitting.InvariantText;

namespace ScalingLab.Fitting;

/// <summary>
/// Whether the data pin the parameters down. Each of E, alpha and beta is asked in three ways: does it sit at an end of its range, does its
/// profile (the best cost with that parameter held elsewhere) rise enough to reject other values, and does the bootstrap keep it together.
/// </summary>
internal static class ParametricIdentification
{
    // Below this share of the lowest loss, E is as good as none.
    private const double NegligibleShare = 1e-3;

    // Profile steps, factors of the estimate: 10^(1/8) apart, a decade either way.
    private const int StepsADecade = 8;

    public static (IReadOnlyList<string> Unidentified, IReadOnlyList<FitWarning> Warnings) Judge(
        ParametricProblem problem, ParametricBox box, double delta, Descent best, IReadOnlyList<ParametricLaw> draws)
    {
        var unidentified = new List<string>();
        var warnings = new List<FitWarning>();
        foreach (var (name, reason) in new[]
        {
            ("E", Floor(problem, box, delta, best, draws)),
            ("alpha", Exponent("alpha", 3, problem, box, delta, best, draws, law => law.Alpha)),
            ("beta", Exponent("beta", 4, problem, box, delta, best, draws, law => law.Beta)),
        })
        {
            if (reason is null)
                continue;
            unidentified.Add(name);
            warnings.Add(new FitWarning("unidentified-" + name.ToLowerInvariant(), reason));
        }

        return (unidentified, warnings);
    }

    private static string? Floor(
        ParametricProblem problem, ParametricBox box, double delta, Descent best, IReadOnlyList<ParametricLaw> draws)
    {
        var negligible = NegligibleShare * problem.LowestLoss;
        if (Math.Exp(best.Theta[0]) < negligible)
            return "The irreducible loss E is indistinguishable from 0: the best fit has none.";
        var without = Held(problem, box, delta, best.Theta, 0, Math.Log(negligible));
        if (!Rejected(problem, best, without))
            return "The irreducible loss E is indistinguishable from 0: the data are fitted as well without it (profile, 95 %).";
        // A floor that is known no better than the losses are spread is not known.
        var spread = problem.HighestLoss - problem.LowestLoss;
        if (FloorProfile(problem, box, delta, best, spread) is var profile && profile.Width > spread)
            return Invariant($"The irreducible loss E may be anything from {profile.Low:G3} to {profile.High:G3} (profile, 95 %).");
        if (Percentiles.Interval95(draws.Select(law => law.E)) is { } interval
            && (interval.Low < 10 * negligible || interval.Width > spread))
            return Invariant($"The irreducible loss E may be anything from {interval.Low:G3} to {interval.High:G3} (bootstrap, 95 %).");
        return null;
    }

    // Eighths of the losses' spread, either way, until the profile rejects the value; the last value not rejected is the edge.
    private static Interval FloorProfile(ParametricProblem problem, ParametricBox box, double delta, Descent best, double spread)
    {
        var estimate = Math.Exp(best.Theta[0]);
        double Edge(int direction)
        {
            var (edge, theta) = (estimate, best.Theta);
            for (var step = 1; step <= 9; step++)
            {
                var value = estimate + (direction * step * spread / 8);
                if (value <= 0 || value >= problem.LowestLoss)
                    break;
                var held = Held(problem, box, delta, theta, 0, Math.Log(value));
                if (Rejected(problem, best, held))
                    break;
                (edge, theta) = (value, held.Theta);
            }

            return edge;
        }

        return new Interval(Edge(-1), Edge(+1));
    }

    private static string? Exponent(
        string name, int index, ParametricProblem problem, ParametricBox box, double delta, Descent best,
        IReadOnlyList<ParametricLaw> draws, Func<ParametricLaw, double> value)
    {
        var estimate = best.Theta[index];
        if (estimate <= box.Low[index] || estimate >= box.High[index])
            return Invariant($"{name} ran to the end of its range ({estimate:G3}): the data do not hold it.");
        var low = Edge(problem, box, delta, best, index, -1);
        var high = Edge(problem, box, delta, best, index, +1);
        if (high / low >= 10)
            return Invariant($"{name} may be anything from {low:G2} to {high:G2} (profile, 95 %): an order of magnitude or more.");
        if (Percentiles.Interval95(draws.Select(value)) is { } interval && interval.High / interval.Low >= 10)
            return Invariant($"{name}'s bootstrap interval, {interval.Low:G2} to {interval.High:G2}, spans an order of magnitude.");
        return null;
    }

    // Walks away from the estimate until the profile rejects the value; the last value not rejected is the edge.
    private static double Edge(ParametricProblem problem, ParametricBox box, double delta, Descent best, int index, int direction)
    {
        var edge = best.Theta[index];
        var theta = best.Theta;
        for (var step = 1; step <= StepsADecade; step++)
        {
            var value = best.Theta[index] * Math.Pow(10, direction * step / (double)StepsADecade);
            if (value <= box.Low[index] || value >= box.High[index])
                break;
            var held = Held(problem, box, delta, theta, index, value);
            if (Rejected(problem, best, held))
                break;
            edge = value;
            theta = held.Theta;
        }

        return edge;
    }

    private static Descent Held(ParametricProblem problem, ParametricBox box, double delta, double[] from, int index, double value) =>
        NewtonMinimizer.Minimize(problem, from, delta, null, box.Holding(index, value));

    // The F test of one restriction on the cost (an approximation for Huber's cost, on the careful side: it rejects less).
    private static bool Rejected(ParametricProblem problem, Descent best, Descent held)
    {
        var freedom = problem.Count - LocalShape.Size;
        var excess = held.Value - best.Value;
        if (best.Value <= problem.RoundingFloor)
            return excess > 100 * problem.RoundingFloor;
        return excess / (best.Value / freedom) > FisherSnedecor.InvCDF(1, freedom, 0.95);
    }
}
