using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>
/// Whether the places of the observations, whatever their losses, let the parametric law be fitted at all.
/// </summary>
internal static class ParametricDesign
{
    private static readonly string[] All = ["E", "A", "B", "alpha", "beta"];

    // Spread (standard deviation, in ln units) that N and D must have across their common line: about a factor of 1.1
    // either way.
    private const double LeastSpreadAcross = 0.1;

    /// <summary>A fit that says why there is none; null where the law can be tried.</summary>
    public static ParametricFit? Refusal(IReadOnlyList<LossObservation> observations, ParametricPins pins)
    {
        var unknowns = pins.Unknowns;
        var law = pins.IsNone ? "The parametric law" : $"The parametric law with {pins} pinned";
        if (observations.Count <= unknowns)
        {
            return Refused(observations, FitStatus.TooFewPoints, [], Invariant(
                $"{law} has {unknowns} parameters and needs at least {unknowns + 1} points; there are {observations.Count}."));
        }

        List<(double Parameters, double Tokens)> different =
            [.. observations.Select(one => (one.Parameters, one.Tokens)).Distinct()];
        var places = different.Count;
        if (places < unknowns)
        {
            return Refused(observations, FitStatus.TooFewPoints, [], Invariant(
                $"{law} has {unknowns} parameters and needs as many distinct (N, D) pairs; there are {places}."));
        }

        if (observations.Max(one => one.Loss) <= observations.Min(one => one.Loss) * (1 + 1e-9))
        {
            return Refused(observations, FitStatus.Unidentified, [.. All.Except(pins.Names)],
                "All losses are equal: nothing falls with N or D, so there is no law.");
        }

        var sizes = different.Select(one => one.Parameters).Distinct().Count();
        var lengths = different.Select(one => one.Tokens).Distinct().Count();
        // A tied exponent is told by whichever of N and D has one value more.
        string[] ofSize = [.. ((string[])["alpha", "A", "E"]).Except(pins.Names)],
            ofData = [.. ((string[])["beta", "B", "E"]).Except(pins.Names)];
        var spare = pins.IsTied && lengths > ofData.Length ? 1 : 0;
        if (sizes < ofSize.Length - spare)
            return Alike(observations, ofSize, Plural(sizes, "distinct model size"), ofSize.Length - spare);
        if (lengths < ofData.Length)
            return Alike(observations, ofData, Plural(lengths, "distinct number") + " of tokens", ofData.Length);

        // On one line the terms differ by their exponents alone: with both known, and N against D, they still can be
        // told apart.
        var budgets = observations.Select(one => one.BudgetFlops).Distinct().ToList();
        var (spread, together) = Across(observations);
        var oneLine = (budgets.Count == 1 && budgets[0] is not null) || spread < LeastSpreadAcross;
        if (oneLine && (together || pins.HeldAlpha is null || pins.HeldBeta is null))
        {
            return Refused(observations, FitStatus.Unidentified, [.. All.Except(pins.Names)],
                "N and D change together along one line (one budget, or one ratio of tokens to parameters), "
                + "so their effects cannot be told apart: at least two budgets are needed.");
        }

        return null;
    }

    private static ParametricFit Alike(IReadOnlyList<LossObservation> observations, string[] names, string found,
        int needed) => Refused(
        observations, FitStatus.Unidentified, [.. names.Order(StringComparer.Ordinal)], names.Length == 1
            ? Invariant($"{names[0]} cannot be told with {found}: at least {needed} are needed.")
            : Invariant(
                $"{string.Join(", ", names[..^1])} and {names[^1]} cannot be told apart with {found}: at least {needed} are needed."));

    // The smaller principal standard deviation of (ln N, ln D), and whether they grow together.
    private static (double Spread, bool Together) Across(IReadOnlyList<LossObservation> observations)
    {
        double[] sizes = [.. observations.Select(one => Math.Log(one.Parameters))],
            lengths = [.. observations.Select(one => Math.Log(one.Tokens))];
        var (meanN, meanD) = (sizes.Average(), lengths.Average());
        double nn = 0, nd = 0, dd = 0;
        foreach (var (size, length) in sizes.Zip(lengths))
        {
            var (n, d) = (size - meanN, length - meanD);
            (nn, nd, dd) = (nn + (n * n), nd + (n * d), dd + (d * d));
        }

        var middle = (nn + dd) / 2;
        var least = middle - Math.Sqrt(((nn - dd) * (nn - dd) / 4) + (nd * nd));
        return (Math.Sqrt(Math.Max(least, 0) / observations.Count), nd > 0);
    }

    private static ParametricFit Refused(
        IReadOnlyList<LossObservation> observations, FitStatus status, IReadOnlyList<string> unidentified,
        string text) => new()
        {
            Status = status,
            Points = observations.Count,
            Unidentified = unidentified,
            Warnings =
                [new FitWarning(status == FitStatus.TooFewPoints ? "parametric-too-few-points"
                    : "parametric-unidentified", text)],
        };

    private static string Plural(int count, string noun) => Invariant($"{count} {noun}{(count == 1 ? "" : "s")}");
}
