using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Published;

namespace ScalingLab.Lab.Advice;

/// <summary>The best model for a budget by one law.</summary>
/// <param name="Law">Whose.</param>
/// <param name="Parameters">N, as its authors count it.</param>
/// <param name="Tokens">D.</param>
/// <param name="OfParameters">95 % of N; null where the law was printed without.</param>
/// <param name="OfTokens">95 % of D likewise.</param>
/// <param name="Note">What to know of it; empty where there is nothing.</param>
public sealed record LawAdvice(string Law, double Parameters, double Tokens, Interval? OfParameters = null,
    Interval? OfTokens = null, string Note = "")
{
    private const double TokensPerParameter = 20; // after Hoffmann et al. 2022

    /// <summary>N and D of 20 tokens a parameter, C = 6ND.</summary>
    public static LawAdvice RuleOfThumb(double flops)
    {
        var parameters = Math.Sqrt(flops / 6 / TokensPerParameter);
        return new LawAdvice("20 tokens a parameter", parameters, TokensPerParameter * parameters,
            Note: "a rule of thumb");
    }

    /// <summary>What each law has for a budget, the own one first.</summary>
    public static IReadOnlyList<LawAdvice> For(double flops, OwnLaw? own)
    {
        List<LawAdvice> all = [];
        if (own is not null)
        {
            var (parameters, tokens, ofParameters, ofTokens) = own.Optimum(flops);
            all.Add(new LawAdvice($"runs of {own.Sweep}", parameters, tokens, ofParameters, ofTokens,
                flops > own.LargestFlops ? FormattableString.Invariant(
                    $"{flops / own.LargestFlops:0.#} x beyond its runs") : ""));
        }

        all.Add(RuleOfThumb(flops));
        all.AddRange(PublishedLaws.All.Where(law => law.Optimum(flops) is not null).Select(law =>
        {
            var (parameters, tokens) = law.Optimum(flops)!.Value;
            return new LawAdvice(law.Name, parameters, tokens, Note: law.Reading);
        }));
        return all;
    }
}
