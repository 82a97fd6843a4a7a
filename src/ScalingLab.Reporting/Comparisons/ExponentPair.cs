using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Reporting.Analysis;

namespace ScalingLab.Reporting.Comparisons;

/// <summary>An exponent by one approach from two sweeps.</summary>
/// <param name="Recipe">The recipe of both; empty where the sweeps vary none.</param>
/// <param name="Approach">How it was found.</param>
/// <param name="Name">a of N_opt or b of D_opt.</param>
internal sealed record ExponentPair(string Recipe, string Approach, string Name, double A, Interval? IntervalA,
    double B, Interval? IntervalB)
{
    public double Difference => B - A;

    /// <summary>
    /// 95 % interval of the difference from the intervals of both, which need not be even: the sweeps' runs are
    /// independent of one another (Zou and Donner 2008). Null where either has none.
    /// </summary>
    public Interval? Interval95 => IntervalA is not { } a || IntervalB is not { } b ? null : new Interval(
        Difference - Math.Sqrt(Square(B - b.Low) + Square(a.High - A)), Difference
        + Math.Sqrt(Square(b.High - B) + Square(A - a.Low)));

    /// <summary>Whether the interval of the difference leaves zero out; null where there is none.</summary>
    public bool? ExcludesZero => Interval95 is not { } i ? null : i.Low > 0 || i.High < 0;

    /// <summary>The exponents that both sweeps have a number for, by recipe and approach.</summary>
    public static IReadOnlyList<ExponentPair> Match(ComparedSweep a, ComparedSweep b) =>
    [
        .. from one in a.Laws
           from other in b.Laws
           where one.Variant == other.Variant || (a.Laws.Count == 1 && b.Laws.Count == 1)
           let recipe = one.Variant == other.Variant ? one.Variant : $"{Word(one)} / {Word(other)}"
           let right = ApproachExponents.From(other.Fit)
           from left in ApproachExponents.From(one.Fit)
           from match in right.Where(r => r.Approach == left.Approach)
           from pair in Both(recipe, left, match)
           select pair,
    ];

    private static IEnumerable<ExponentPair> Both(string recipe, ApproachExponents a, ApproachExponents b)
    {
        if (a.ParametersExponent is { } n && b.ParametersExponent is { } m)
            yield return new ExponentPair(recipe, a.Approach, "a", n, a.ParametersInterval, m, b.ParametersInterval);
        if (a.TokensExponent is { } d && b.TokensExponent is { } e)
            yield return new ExponentPair(recipe, a.Approach, "b", d, a.TokensInterval, e, b.TokensInterval);
    }

    private static string Word(VariantFit law) => law.Variant.Length > 0 ? law.Variant : "no varied field";

    private static double Square(double value) => value * value;
}
