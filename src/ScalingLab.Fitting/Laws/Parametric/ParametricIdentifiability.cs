using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>
/// Whether the data pin the parameters down. Each of E, alpha and beta that is fitted is asked in two ways: does it sit
/// at an end of its range, and does its profile (the best cost with that parameter held elsewhere) rise enough to
/// reject other values. No bootstrap has a say: a status belongs to the data, not to a number of draws. Its intervals
/// of loose laws are the wider ones, so the profile must reject at 99 %.
/// </summary>
internal static class ParametricIdentifiability
{
    // Below this share of the lowest loss, E is as good as none.
    private const double NegligibleShare = 1e-3;

    // Profile steps, factors of the estimate: 10^(1/8) apart, a decade either way.
    private const int StepsADecade = 8;

    public static (IReadOnlyList<string> Unidentified, IReadOnlyList<FitWarning> Warnings) Check(ParametricCost cost,
        ScaledCost scale, MinimizerResult best)
    {
        var unidentified = new List<string>();
        var warnings = new List<FitWarning>();
        void Ask(string name, string? reason, string? code = null)
        {
            if (reason is null)
                return;
            unidentified.Add(name);
            warnings.Add(new FitWarning("unidentified-" + (code ?? name.ToLowerInvariant()), reason));
        }

        if (cost.IsFree(0))
            Ask("E", Floor(cost, scale, best));
        if (cost.IsFree(3))
            Ask("alpha", Exponent("alpha", 3, cost, scale, best));
        if (cost.IsFree(4))
            Ask("beta", Exponent("beta", 4, cost, scale, best));
        Ask("A", Term("A", "N", 1, 3, cost, scale, best), "size-term");
        Ask("B", Term("B", "D", 2, 4, cost, scale, best), "data-term");
        if (cost.Problem.IsTied && unidentified.Contains("alpha"))
            unidentified.Add("beta");
        return (unidentified, warnings);
    }

    // A term that the fit does without; and where its exponent is pinned, whether its size is known: else the
    // exponent's own question answers that.
    private static string? Term(string name, string variable, int index, int exponent, ParametricCost cost,
        ScaledCost scale, MinimizerResult best)
    {
        if (cost.Bounds.IsAtEnd(best.Theta, index))
            return $"{name} ran to the end of its range: the best fit has no term in {variable}.";
        if (cost.Bounds.IsFree(exponent))
            return null;
        var range = Profile(Math.Exp(best.Theta[index]), size => Math.Log(size), index, cost, scale, best);
        return range.IsWide
            ? $"The term in {variable} may be anything from "
                + $"{range} nats/token in the middle of the rows (profile, 99 %)." : null;
    }

    private static string? Floor(ParametricCost cost, ScaledCost scale, MinimizerResult best)
    {
        var problem = cost.Problem;
        var negligible = NegligibleShare * problem.LowestLoss;
        if (Math.Exp(best.Theta[0]) < negligible)
            return "The irreducible loss E is indistinguishable from 0: the best fit has none.";
        var without = cost.Held(best.Theta, 0, Math.Log(negligible));
        // That there is a floor at all is the law's largest claim: it takes more than the usual evidence.
        if (!scale.ClearlyRejects(without))
            return "The irreducible loss E is indistinguishable from 0: the data are fitted as well without it "
                + "(profile, 99 %).";
        // A floor that is known no better than the losses are spread is not known.
        var spread = problem.HighestLoss - problem.LowestLoss;
        if (FloorProfile(cost, scale, best, spread) is var profile && profile.Width > spread)
            return Invariant(
                $"The irreducible loss E may be anything from {profile.Low:G3} to {profile.High:G3} (profile, 99 %).");
        return null;
    }

    // Eighths of the losses' spread, either way, until the profile rejects the value; the last value not rejected is
    // the edge.
    private static Interval FloorProfile(ParametricCost cost, ScaledCost scale, MinimizerResult best, double spread)
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

    private static string? Exponent(string name, int index, ParametricCost cost, ScaledCost scale, MinimizerResult best)
    {
        var estimate = best.Theta[index];
        if (cost.Bounds.IsAtEnd(best.Theta, index))
            return Invariant($"{name} ran to the end of its range ({estimate:G3}): the data do not hold it.");
        if (Profile(estimate, exponent => exponent, index, cost, scale, best) is { IsWide: true } range)
            return $"{name} may be anything from {range} (profile, 99 %).";
        return null;
    }

    // Walks away from the estimate until the profile rejects the value; the last value not rejected is the edge.
    private static ProfileRange Profile(
        double estimate, Func<double, double> unknown, int index, ParametricCost cost, ScaledCost scale,
        MinimizerResult best)
    {
        var (low, high) = (Edge(-1), Edge(+1));
        return new ProfileRange(low.Value, high.Value, low.Open, high.Open);

        (double Value, bool Open) Edge(int direction)
        {
            var (edge, theta) = (estimate, best.Theta);
            for (var step = 1; step <= StepsADecade; step++)
            {
                var value = estimate * Math.Pow(10, direction * step / (double)StepsADecade);
                if (unknown(value) <= cost.Bounds.Low[index] || unknown(value) >= cost.Bounds.High[index])
                    break;
                var held = cost.Held(theta, index, unknown(value));
                if (scale.ClearlyRejects(held))
                    return (edge, false);
                (edge, theta) = (value, held.Theta);
            }

            return (edge, true);
        }
    }
}
