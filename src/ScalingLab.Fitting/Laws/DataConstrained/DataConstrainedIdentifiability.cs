using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.DataConstrained;

/// <summary>
/// Whether the data pin the data-constrained law down: each unknown's profile must reject what is a decade apart.
/// </summary>
internal static class DataConstrainedIdentifiability
{
    private const double NegligibleShare = 1e-3;

    public static (List<string> Unidentified, List<FitWarning> Warnings) Check(
        TermsFit fit, DataConstrainedTerms terms, DataConstrainedFit counts)
    {
        var names = new List<string>();
        var warnings = new List<FitWarning>();
        void Say(string name, string text)
        {
            names.Add(name);
            warnings.Add(
                new FitWarning("data-constrained-unidentified-" + name.Replace('_', '-').ToLowerInvariant(), text));
        }

        if (!fit.Best.Converged)
            warnings.Add(new FitWarning("data-constrained-not-converged", "The data-constrained law's minimiser "
                + "stopped short of an optimum."));
        if (!counts.BaseGiven)
        {
            var negligible = Math.Log(NegligibleShare * terms.LowestLoss);
            if (fit.Best.Theta[0] <= negligible || !fit.Rejects(0, negligible))
                Say("E", "The data-constrained law fits as well without an irreducible loss E (profile, 95 %).");
            foreach (var (name, index) in new[] { ("alpha", 3), ("beta", 4) })
            {
                if (fit.Profile(index, plain: true) is { IsWide: true } range)
                    Say(name, $"The data-constrained law's {name} may be anything from {range} (profile, 95 %).");
            }
        }

        Decay("r_d_star", "R_D*", 5, "the runs repeat too little, or too alike, to tell what repetition is worth");
        if (counts.ExcessPoints == 0)
            Say("r_n_star", "No model is larger than its distinct tokens ask for, so what excess parameters are worth "
                + "(R_N*) cannot be seen.");
        else
            Decay("r_n_star", "R_N*", 6, "too few models are larger than their distinct tokens ask for");
        return (names, warnings);

        void Decay(string name, string symbol, int index, string why)
        {
            var (low, high) = (terms.Bounds.Low[index], terms.Bounds.High[index]);
            var estimate = fit.Best.Theta[index];
            if (estimate <= low || estimate >= high)
                Say(name, Invariant($"{symbol} ran to the end of its range ({Math.Exp(estimate):G3}): {why}."));
            else if (fit.Profile(index) is { IsWide: true } range)
                Say(name, $"{symbol} may be anything from {range} (profile, 95 %): {why}.");
        }
    }
}
