using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Published;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections.Laws;

/// <summary>The same runs under other counts, and published laws on the same budget.</summary>
internal static class ComparisonSection
{
    public static IEnumerable<Block> Write(FitDocument fit)
    {
        foreach (var block in fit.Counting.Count > 0 ? Counting(fit.Counting) : []) yield return block;
        foreach (var block in fit.Comparison is { } comparison ? Published(fit, comparison) : []) yield return block;
    }

    private static IEnumerable<Block> Counting(IReadOnlyList<CountingConvention> conventions)
    {
        yield return new Heading(3, "What is counted changes the law");
        yield return new Paragraph("The exponent a of N_opt from the same runs under each way to count parameters N "
            + "and compute C: by the " +
            "parametric law and the IsoFLOP minima (Chinchilla-style), and as α_C/α_N of the pure power laws "
                + "(Kaplan-style). " +
            "A cell without a number is a fit that is not sure.");
        yield return new Table(
            ["N", "C", "runs", "a, parametric", "a, IsoFLOP", "a, Kaplan", "α_N", "α_D", "α_C"],
            [.. conventions.Select(c => (IReadOnlyList<Line>)[
                Words(c.Size), c.Flops == FlopsCounting.SixND ? "6ND" : "exact", Whole(c.Points),
                Cell(c.ParametricExponent, c.ParametricInterval95, c.ParametricStatus),
                    Cell(c.IsoFlopExponent, c.IsoFlopInterval95, c.IsoFlopStatus),
                Cell(c.KaplanExponent, c.KaplanInterval95, c.KaplanStatus), Number(c.AlphaN), Number(c.AlphaD),
                    Number(c.AlphaC),
            ])], TextColumns: 2);
    }

    // At the largest budget that was run: what follows is further from every law's own data.
    private static IEnumerable<Block> Published(FitDocument fit, PublishedComparison comparison)
    {
        var budgets = comparison.Published.SelectMany(law => law.Advice).Select(advice => advice.Flops).Distinct()
            .Order().ToList();
        if (budgets.Count == 0) yield break;
        var planned = fit.Isoflop?.Minima.Select(m => m.Flops).DefaultIfEmpty(0).Max() ?? 0;
        var top = planned > 0 ? planned : fit.Input.FlopsRange!.High;
        var flops = budgets.Where(b => b <= top * (1 + 1e-9)).DefaultIfEmpty(budgets[0]).Last();
        yield return new Heading(3, "Beside published laws");
        yield return new Paragraph($"What each would have advised for {Numbers.Scientific(flops)} FLOPs, by its own "
            + "count of N. They were fitted to other " +
            "models and other text, most of them far larger. The last column " +
            "is what the advice would lose by the parametric law of these runs, where that is sure.");
        var own = fit.Frontier.FirstOrDefault(p => p.Flops == flops);
        var rows = new List<IReadOnlyList<Line>>();
        if (own is not null)
        {
            var exponents = ApproachExponents.From(fit).FirstOrDefault(a => a.ParametersExponent is not null);
            rows.Add(
                [Line.Strong("these runs"), Exponent(exponents?.ParametersExponent),
                    Exponent(exponents?.TokensExponent),
                Numbers.Count(own.Parameters), Numbers.Count(own.Tokens),
                    Numbers.Significant(own.Tokens / own.Parameters, 3), ""]);
        }

        rows.AddRange(comparison.Published.Select(law => Row(law, law.Advice.FirstOrDefault(a => a.Flops == flops))));
        yield return new Table(["law", "a", "b", "N", "D, tokens", "D / N", "loses, nats/token"], rows);
        yield return new Bullets([.. comparison.Published.Select(Source)]);
    }

    private static IReadOnlyList<Line> Row(ComparedLaw law, PublishedAdvice? advice) =>
    [
        law.Name, Numbers.Fixed(law.ParametersExponent), Numbers.Fixed(law.TokensExponent), .. advice is null
            ? ["", "", "", ""] : (Line[])[
            Numbers.Count(advice.Parameters), Numbers.Count(advice.Tokens),
                Numbers.Significant(advice.TokensPerParameter, 3),
            advice.ExcessLoss is { } loss ? Numbers.Fixed(loss) : "",
        ],
    ];

    private static Line Source(ComparedLaw law) =>
        $"{law.Name}: {law.Source}{(law.NonEmbedding ? "; N without embeddings" : "")}.";

    private static string Cell(double? exponent, Interval? interval, FitStatus status) => exponent is not { } a
        // Laws may converge and still give no exponent of the optimum.
        ? EnumNames.ToName(status == FitStatus.Converged ? FitStatus.Unidentified : status)
        : Numbers.Fixed(a) + (interval is null ? "" : $" ({Span(interval)})");

    private static string Words(SizeCounting size) => size switch
    {
        SizeCounting.Total => "all parameters",
        SizeCounting.NonEmbedding => "without embeddings and head",
        SizeCounting.WithHead => "blocks and head",
        _ => "as given",
    };
}
