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
internal sealed class ParametricIdentifiability
{
    // Below this share of the lowest loss, E is as good as none.
    private const double NegligibleShare = 1e-3;

    private readonly ParametricCost _cost;
    private readonly ScaledCost _scale;
    private readonly MinimizerResult _best;

    private ParametricIdentifiability(ParametricCost cost, ScaledCost scale, MinimizerResult best) =>
        (_cost, _scale, _best) = (cost, scale, best);

    public static (IReadOnlyList<string> Unidentified, IReadOnlyList<FitWarning> Warnings) Check(ParametricCost cost,
        ScaledCost scale, MinimizerResult best) => new ParametricIdentifiability(cost, scale, best).Check();

    private (IReadOnlyList<string> Unidentified, IReadOnlyList<FitWarning> Warnings) Check()
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

        if (_cost.IsFree(0))
            Ask("E", Floor());
        if (_cost.IsFree(3))
            Ask("alpha", Exponent("alpha", 3));
        if (_cost.IsFree(4))
            Ask("beta", Exponent("beta", 4));
        Ask("A", Term("A", "N", 1, 3), "size-term");
        Ask("B", Term("B", "D", 2, 4), "data-term");
        if (_cost.Problem.IsTied && unidentified.Contains("alpha"))
            unidentified.Add("beta");
        return (unidentified, warnings);
    }

    // A term that the fit does without; and where its exponent is pinned, whether its size is known: else the
    // exponent's own question answers that.
    private string? Term(string name, string variable, int index, int exponent)
    {
        if (_cost.Bounds.IsAtEnd(_best.Theta, index))
            return $"{name} ran to the end of its range: the best fit has no term in {variable}.";
        if (_cost.Bounds.IsFree(exponent))
            return null;
        var range = Profile(Math.Exp(_best.Theta[index]), size => Math.Log(size), index);
        return range.IsWide
            ? $"The term in {variable} may be anything from "
                + $"{range} nats/token in the middle of the rows (profile, 99 %)." : null;
    }

    private string? Floor()
    {
        var problem = _cost.Problem;
        var negligible = NegligibleShare * problem.LowestLoss;
        if (Math.Exp(_best.Theta[0]) < negligible)
            return "The irreducible loss E is indistinguishable from 0: the best fit has none.";
        var without = _cost.Held(_best.Theta, 0, Math.Log(negligible));
        // That there is a floor at all is the law's largest claim: it takes more than the usual evidence.
        if (!_scale.ClearlyRejects(without))
            return "The irreducible loss E is indistinguishable from 0: the data are fitted as well without it "
                + "(profile, 99 %).";
        // A floor that is known no better than the losses are spread is not known.
        var spread = problem.HighestLoss - problem.LowestLoss;
        if (FloorProfile(spread) is var profile && profile.High - profile.Low > spread)
            return Invariant(
                $"The irreducible loss E may be anything from {profile.Low:G3} to {profile.High:G3} (profile, 99 %).");
        return null;
    }

    // Eighths of the losses' spread, either way.
    private ProfileRange FloorProfile(double spread)
    {
        var estimate = Math.Exp(_best.Theta[0]);
        return ProfileWalk.Steps(_best, step => estimate + (step * spread / 8), 9, (value, from) =>
            value <= 0 || value >= _cost.Problem.LowestLoss ? null : _cost.Held(from, 0, Math.Log(value)),
            _scale.ClearlyRejects);
    }

    private string? Exponent(string name, int index)
    {
        var estimate = _best.Theta[index];
        if (_cost.Bounds.IsAtEnd(_best.Theta, index))
            return Invariant($"{name} ran to the end of its range ({estimate:G3}): the data do not hold it.");
        if (Profile(estimate, exponent => exponent, index) is { IsWide: true } range)
            return $"{name} may be anything from {range} (profile, 99 %).";
        return null;
    }

    private ProfileRange Profile(double estimate, Func<double, double> unknown, int index) =>
        ProfileWalk.Decade(_best, estimate, (value, from) =>
            unknown(value) <= _cost.Bounds.Low[index] || unknown(value) >= _cost.Bounds.High[index] ? null
            : _cost.Held(from, index, unknown(value)), _scale.ClearlyRejects);
}
