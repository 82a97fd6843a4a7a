using System.Text.Json.Serialization;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Documents;

/// <summary>What counts as a model's size.</summary>
public enum SizeCounting
{
    /// <summary>As the rows' N is given.</summary>
    [JsonStringEnumMemberName("given")]
    Given,

    /// <summary>Every parameter, embeddings included (Hoffmann et al. 2022).</summary>
    [JsonStringEnumMemberName("total")]
    Total,

    /// <summary>Without embeddings and head (Kaplan et al. 2020).</summary>
    [JsonStringEnumMemberName("non-embedding")]
    NonEmbedding,

    /// <summary>Blocks and head: what takes part in matrix products (Porian et al. 2024).</summary>
    [JsonStringEnumMemberName("with-head")]
    WithHead,
}

/// <summary>
/// The exponents of one convention. Chinchilla-style: of N_opt and D_opt by the parametric law and by IsoFLOP minima;
/// Kaplan-style: of L(N), L(D) and L(C) as pure power laws, and of N_opt as alpha_C / alpha_N. What was not sure enough
/// is null; its status says why.
/// </summary>
public sealed record CountingConvention
{
    public required SizeCounting Size { get; init; }

    /// <summary>6ND of this N, or FLOPs counted exactly.</summary>
    public required FlopsCounting Flops { get; init; }

    /// <summary>Rows that give this count.</summary>
    public required int Points { get; init; }

    public required FitStatus ParametricStatus { get; init; }

    /// <summary>
    /// alpha of the parametric law's A/N^alpha; beta does not hang on the count of N but for the fit.
    /// </summary>
    public double? Alpha { get; init; }

    public double? Beta { get; init; }

    /// <summary>
    /// Exponent of N_opt: beta/(alpha+beta) under 6ND, else the mean slope of ln N_opt over the observed compute.
    /// </summary>
    [JsonPropertyName("parametric_a")]
    public double? ParametricExponent { get; init; }

    [JsonPropertyName("parametric_a_interval95")]
    public Interval? ParametricInterval95 { get; init; }

    [JsonPropertyName("isoflop_status")]
    public required FitStatus IsoFlopStatus { get; init; }

    [JsonPropertyName("isoflop_a")]
    public double? IsoFlopExponent { get; init; }

    [JsonPropertyName("isoflop_a_interval95")]
    public Interval? IsoFlopInterval95 { get; init; }

    public required FitStatus KaplanStatus { get; init; }

    public double? AlphaN { get; init; }

    public double? AlphaD { get; init; }

    public double? AlphaC { get; init; }

    /// <summary>alpha_C / alpha_N.</summary>
    [JsonPropertyName("kaplan_a")]
    public double? KaplanExponent { get; init; }

    [JsonPropertyName("kaplan_a_interval95")]
    public Interval? KaplanInterval95 { get; init; }
}

/// <summary>
/// The same runs under each way to count parameters and compute: what is counted changes the law (Pearce and Song 2024,
/// arXiv 2406.12907; Porian et al. 2024, arXiv 2406.19146).
/// </summary>
public static class CountingConventions
{
    // Enough for an interval in a table of many fits.
    private const int MostDraws = 400;

    // A budget stays one as long as its runs' compute moves together.
    private const double SameBudget = 1.05;

    /// <summary>
    /// One row a convention that at least half of the rows give; the rows' own N, where it is none of the named, last.
    /// An empty list where there is one convention only. Bootstraps are cut to 400 draws.
    /// </summary>
    public static IReadOnlyList<CountingConvention> Fit(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        var brief = options with { Bootstrap = Math.Min(options.Bootstrap, MostDraws) };
        var table = new List<CountingConvention>();
        foreach (var size
            in new[] { SizeCounting.Total, SizeCounting.NonEmbedding, SizeCounting.WithHead, SizeCounting.Given })
        {
            foreach (var flops in new[] { FlopsCounting.SixND, FlopsCounting.Exact })
            {
                var rows = Recounted(observations, size, flops);
                if (rows.Count == 0 || 2 * rows.Count < observations.Count
                    || table.Any(other => Same(observations, rows, other)))
                    continue;
                table.Add(Row(rows, size, flops, brief));
            }
        }

        return table.Count > 1 ? table : [];
    }

    /// <summary>
    /// The rows that give both counts, with N and C so counted; planned budgets stay only where their runs still spend
    /// alike.
    /// </summary>
    public static IReadOnlyList<LossObservation> Recounted(
        IReadOnlyList<LossObservation> observations, SizeCounting size, FlopsCounting flops)
    {
        ArgumentNullException.ThrowIfNull(observations);
        var rows = new List<LossObservation>();
        foreach (var one in observations)
        {
            var parameters = size switch
            {
                SizeCounting.Total => one.Counts?.Total,
                SizeCounting.NonEmbedding => one.Counts?.NonEmbedding,
                SizeCounting.WithHead => one.Counts?.WithHead,
                _ => one.Parameters,
            };
            var counted = one.Counts?.ExactFlops ?? (size == SizeCounting.Given ? one.Flops : null);
            var compute = flops == FlopsCounting.SixND ? 6 * parameters * one.Tokens : counted;
            if (parameters is > 0 and < double.PositiveInfinity && compute is > 0 and < double.PositiveInfinity)
                rows.Add(one with { Parameters = parameters.Value, Flops = compute.Value });
        }

        var budgets = rows.GroupBy(one => one.BudgetFlops).ToList();
        var kept = budgets.All(budget =>
            budget.Key is not null && budget.Max(one => one.Flops) <= SameBudget * budget.Min(one => one.Flops));
        var centres = budgets.Where(_ => kept).ToDictionary(
            budget => budget.Key!.Value, budget => Math.Exp(budget.Average(one => Math.Log(one.Flops))));
        return [.. rows.Select(one => one with { BudgetFlops = kept ? centres[one.BudgetFlops!.Value] : null })];
    }

    // The rows' own N may be one of the named counts: it is shown once, under its name.
    private static bool Same(IReadOnlyList<LossObservation> observations, IReadOnlyList<LossObservation> rows,
        CountingConvention other)
    {
        var others = Recounted(observations, other.Size, other.Flops);
        return others.Count == rows.Count && rows.Zip(others).All(pair =>
            Math.Abs((pair.First.Parameters / pair.Second.Parameters) - 1) < 1e-9
            && Math.Abs((pair.First.Flops / pair.Second.Flops) - 1) < 1e-9);
    }

    private static CountingConvention Row(
        IReadOnlyList<LossObservation> rows, SizeCounting size, FlopsCounting flops, FitOptions options)
    {
        var parametric = ParametricFitter.Fit(rows, options);
        var isoflop = IsoFlopFitter.Fit(rows, options);
        var kaplan = KaplanFitter.Fit(rows, options);
        var sure = parametric is { Status: FitStatus.Converged, Law: not null };
        var isoSure = isoflop.Status == FitStatus.Converged;
        var slope = Slope(rows);
        return new CountingConvention
        {
            Size = size,
            Flops = flops,
            Points = rows.Count,
            ParametricStatus = parametric.Status,
            Alpha = sure ? parametric.Alpha : null,
            Beta = sure ? parametric.Beta : null,
            ParametricExponent = sure && slope(parametric.Law!) is var exponent && double.IsFinite(exponent) ? exponent
                : null,
            ParametricInterval95 = sure ? Percentiles.Interval95(parametric.Draws.Select(slope)) : null,
            IsoFlopStatus = isoflop.Status,
            IsoFlopExponent = isoSure ? isoflop.ParametersExponent : null,
            IsoFlopInterval95 = isoSure ? isoflop.Interval95?["a"] : null,
            KaplanStatus = kaplan.Status,
            AlphaN = kaplan.Parameters.PowerLaw.Alpha,
            AlphaD = kaplan.Tokens.PowerLaw.Alpha,
            AlphaC = kaplan.Compute.PowerLaw.Alpha,
            KaplanExponent = kaplan.ParametersExponent,
            KaplanInterval95 = kaplan.Interval95?["a"],
        };
    }

    private static Func<ParametricLaw, double> Slope(IReadOnlyList<LossObservation> rows)
    {
        if (ComputePerToken.From(rows) is not { } perToken)
            return law => law.ParametersExponent;
        var (low, high) = (rows.Min(one => one.Flops), rows.Max(one => one.Flops));
        return law => Math.Log(law.Optimum(high, perToken).Parameters / law.Optimum(low, perToken).Parameters)
            / Math.Log(high / low);
    }
}
