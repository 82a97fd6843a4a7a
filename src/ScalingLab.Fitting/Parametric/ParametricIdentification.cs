using static ScalingLab.Fitting.InvariantText;

namespace ScalingLab.Fitting;

/// <summary>
/// Whether the data pin the parameters down. Each of E, alpha and beta is asked in two ways: does it sit at an end of its range, and does its
/// profile (the best cost with that parameter held elsewhere) rise enough to reject other values. No bootstrap has a say: a status belongs to
/// the data, not to a number of draws. Its intervals of loose laws are the wider ones, so the profile must reject at 99 %.
/// </summary>
internal static class ParametricIdentification
{
    // Below this share of the lowest loss, E is as good as none.
    private const double NegligibleShare = 1e-3;

    // Profile steps, factors of the estimate: 10^(1/8) apart, a decade either way.
    private const int StepsADecade = 8;

    public static (IReadOnlyList<string> Unidentified, IReadOnlyList<FitWarning> Warnings) Judge(ParametricCost cost, ScaledCost scale, Descent best)
    {
        var unidentified = new List<string>();
        var warnings = new List<FitWarning>();
        foreach (var (name, reason) in new[]
        {
            ("E", Floor(cost, scale, best)),
            ("alpha", Exponent("alpha", 3, cost, scale, best)),
            ("beta", Exponent("beta", 4, cost, scale, best)),
        })
        {
            if (reason is null)
                continue;
            unidentified.Add(name);
            warnings.Add(new FitWarning("unidentified-" + name.ToLowerInvariant(), reason));
        }

        return (unidentified, warnings);
    }

    private static string? Floor(ParametricCost cost, ScaledCost scale, Descent best)
    {
        var problem = cost.Problem;
        var negligible = NegligibleShare * problem.LowestLoss;
        if (Math.Exp(best.Theta[0]) < negligible)
            return "The irreducible loss E is indistinguishable from 0: the best fit has none.";
        var without = cost.Held(best.Theta, 0, Math.Log(negligible));
        // That there is a floor at all is the law's largest claim: it takes more than the usual evidence.
        if (!scale.ClearlyRejects(without))
            return "The irreducible loss E is indistinguishable from 0: the data are fitted as well without it (profile, 99 %).";
        // A floor that is known no better than the losses are spread is not known.
        var spread = problem.HighestLoss - problem.LowestLoss;
        if (FloorProfile(cost, scale, best, spread) is var profile && profile.Width > spread)
            return Invariant($"The irreducible loss E may be anything from {profile.Low:G3} to {profile.High:G3} (profile, 99 %).");
        return null;
    }

    // Eighths of the losses' spread, either way, until the profile rejects the value; the last value not rejected is the edge.
    private static Interval FloorProfile(ParametricCost cost, ScaledCost scale, Descent best, double spread)
    {
        var estimate = Math.Exp(best.Theta[0]);
        double Edge(int direction)
        {
            var (edge, theta) = (estimate, best.Theta);
            for (var step = 1; step <= 9; step++)
            {
                var value = estimate + (direction * step * spread / 8);
                if (value <= 0 || value >= cost.Problem.LowestLoss)
                    break;
                var held = cost.Held(theta, 0, Math.Log(value));
                if (scale.ClearlyRejects(held))
                    break;
                (edge, theta) = (value, held.Theta);
            }

            return edge;
        }

        return new Interval(Edge(-1), Edge(+1));
    }

    private static string? Exponent(string name, int index, ParametricCost cost, ScaledCost scale, Descent best)
    {
        var estimate = best.Theta[index];
        if (estimate <= cost.Box.Low[index] || estimate >= cost.Box.High[index])
            return Invariant($"{name} ran to the end of its range ({estimate:G3}): the data do not hold it.");
        var low = Edge(cost, scale, best, index, -1);
        var high = Edge(cost, scale, best, index, +1);
        if (high / low >= 10)
            return Invariant($"{name} may be anything from {low:G2} to {high:G2} (profile, 99 %): an order of magnitude or more.");
        return null;
    }

    // Walks away from the estimate until the profile rejects the value; the last value not rejected is the edge.
    private static double Edge(ParametricCost cost, ScaledCost scale, Descent best, int index, int direction)
    {
        var edge = best.Theta[index];
        var theta = best.Theta;
        for (var step = 1; step <= StepsADecade; step++)
        {
            var value = best.Theta[index] * Math.Pow(10, direction * step / (double)StepsADecade);
            if (value <= cost.Box.Low[index] || value >= cost.Box.High[index])
                break;
            var held = cost.Held(theta, index, value);
            if (scale.ClearlyRejects(held))
                break;
            edge = value;
            theta = held.Theta;
        }

        return edge;
    }
}
