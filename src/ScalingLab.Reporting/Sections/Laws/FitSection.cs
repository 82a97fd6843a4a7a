using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections.Laws;

/// <summary>
/// The fits of one recipe: IsoFLOP minima, frontier and parametric law, each with its status and intervals.
/// </summary>
internal static class FitSection
{
    /// <summary>What a fit comes to: profiles, exponents and frontier.</summary>
    public static IEnumerable<Block> Summary(FitDocument fit, FigureNumbers figures) =>
    [
        .. figures.Take(ReportFigures.At(ReportPlace.Minima)), .. ExponentsSection.Write(fit), .. Frontier(fit),
            .. figures.Take(ReportFigures.At(ReportPlace.Frontier)),
    ];

    /// <summary>The whole fit, with its summary unless that stands before.</summary>
    public static IEnumerable<Block> Write(VariantFit variant, int variants, bool hasSummary, FigureNumbers figures)
    {
        var fit = variant.Fit;
        yield return new Heading(2, variants == 1 ? "Fits"
            : $"Fits: {(variant.Variant.Length == 0 ? "no varied field" : variant.Variant)}");
        yield return new Paragraph($"{ReportText.Plural(fit.Input.Points, "observation")}. Intervals are of 95 %: of "
            + "the parametric law by " +
            $"{Words(fit.Parametric?.Interval95Kind)}, else percentiles of a bootstrap " +
            $"({Whole(fit.Input.Options.Bootstrap)} draws).{Noise(fit.Input.SeedNoise)}");
        foreach (var block in hasSummary ? [] : Summary(fit, figures)) yield return block;
        foreach (var block in fit.Isoflop is { } isoflop ? IsoFlop(isoflop) : []) yield return block;
        foreach (var block in fit.Parametric is { } parametric ? Parametric(parametric) : []) yield return block;
        if (fit.Parametric?.Law is not null) yield return new Paragraph(HeldOut(fit.Extrapolation));
        foreach (var block in figures.Take(ReportFigures.At(ReportPlace.Law))) yield return block;
        foreach (var block in fit.Judgement is { } judgement ? DiagnosticsSection.Write(judgement) : [])
            yield return block;
        foreach (var block in OtherLawsSection.Write(fit)) yield return block;
        foreach (var block in ComparisonSection.Write(fit)) yield return block;
        foreach (var block in figures.Take(ReportFigures.At(ReportPlace.PublishedLaws))) yield return block;
    }

    private static IEnumerable<Block> IsoFlop(IsoFlopFit fit)
    {
        yield return new Heading(3, "IsoFLOP minima");
        yield return new Paragraph(new Line(
            new Span("Status: "), new Span(EnumNames.ToName(fit.Status), TextStyle.Strong),
            new Span($". At each budget {fit.Curve?.Description ?? "a parabola through all sizes"}, in ln N and apart "
                + "in ln D, finds the lowest loss; " +
                "power laws N = k C^a and D = k' C^b go through the interior minima (Hoffmann et al. 2022, approach 2). " + Exponents(fit) + Bias(fit.Bias))));
        if (fit.Minima.Count == 0)
        {
            yield return new Paragraph("No completed run belongs to a compute budget, so there is no profile.");
            yield break;
        }

        yield return new Table(
            ["C, FLOPs", "minimum", "runs", "sizes", "N at minimum", "D at minimum", "D / N", "loss"],
            [.. fit.Minima.OrderBy(m => m.Flops).Select(m => (IReadOnlyList<Line>)[
                Numbers.Scientific(m.Flops), Minimum(m), Whole(m.Points), Whole(m.DistinctSizes),
                Count(m.Parameters, m.ParametersInterval95), Count(m.Tokens, m.TokensInterval95),
                m is { Parameters: { } n, Tokens: { } d } ? Numbers.Significant(d / n, 3) : "", m.Loss is { } loss
                    ? Numbers.Loss(loss)
                    : "",
            ])], TextColumns: 2);
    }

    private static string Exponents(IsoFlopFit fit) => fit is { ParametersExponent: { } a, TokensExponent: { } b }
        ? $"a = {With(a, fit.Interval95, "a")}, b = {With(b, fit.Interval95, "b")}."
        : "Fewer than three minima are interior, so there is no exponent.";

    private static string Bias(IsoFlopBias? bias) =>
        bias is null ? " What the method itself errs by on these places is not known: no law of the whole " +
            "surface is sure."
        : $" On these places the method itself errs, without any noise, by "
            + $"{Signed(bias.ParametersExponentBias)} in a and " +
            $"{Signed(bias.TokensExponentBias)} in b, judged on the surface of the " +
            (bias.Source == FitMethod.VariableProjection ? "least-squares law (variable projection)"
                : "parametric law") +
            $", whose own exponents over these budgets are {Numbers.Fixed(bias.ParametersExponent)} and "
                + $"{Numbers.Fixed(bias.TokensExponent)}.";

    private static string Words(IntervalKind? kind) => kind switch
    {
        IntervalKind.Profile => "the profile of its cost, as docs/coverage.md supports",
        IntervalKind.Percentile => "percentiles of a bootstrap, as docs/coverage.md supports",
        _ => "none",
    };

    private static string Minimum(IsoFlopMinimum m) => m.Status == m.TokensStatus ? EnumNames.ToName(m.Status)
        : $"{EnumNames.ToName(m.Status)} (over D: {EnumNames.ToName(m.TokensStatus)})";

    private static IEnumerable<Block> Frontier(FitDocument fit)
    {
        yield return new Heading(3, "Frontier");
        if (fit.Frontier.Count == 0)
        {
            yield return new Paragraph("No fit is sure enough for a table of compute-optimal models.");
            yield break;
        }

        var source = fit.FrontierSource switch
        {
            FrontierSource.Parametric => "the parametric law",
            FrontierSource.DataConstrained => "what the data-constrained law says of fresh text",
            _ => "the power laws through the IsoFLOP minima",
        };
        var counting = fit.FrontierFlops == FlopsCounting.SixND ? "C = 6ND" : "C as counted";
        yield return new Paragraph($"The compute-optimal model and data by {source}, {counting}. Rows marked with an "
            + "asterisk lie beyond " +
            $"the largest budget run: extrapolated.");
        // The IsoFLOP laws give sizes and lengths, no losses.
        var hasLoss = fit.Frontier.Any(p => p.Loss is not null);
        yield return new Table(
            ["C, FLOPs", "N", "D, tokens", "D / N", .. hasLoss ? (string[])["loss, nats/token"] : []],
            [.. fit.Frontier.Select(p => (IReadOnlyList<Line>)[
                Numbers.Scientific(p.Flops) + (p.Extrapolated ? " *" : ""),
                Count(p.Parameters, p.Interval95?.Parameters),
                Count(p.Tokens, p.Interval95?.Tokens),
                Numbers.Significant(p.Tokens / p.Parameters, 3),
                .. hasLoss ? (Line[])[Loss(p)] : [],
            ])]);
    }

    private static string Loss(FrontierPoint point) => point.Loss is not { } loss ? ""
        : Numbers.Fixed(loss)
        + (point.Interval95?.Loss is { } i ? $" ({Numbers.Fixed(i.Low)} to {Numbers.Fixed(i.High)})" : "");

    private static IEnumerable<Block> Parametric(ParametricFit fit)
    {
        yield return new Heading(3, "Parametric law");
        yield return new Paragraph(new Line(
            new Span("Status: "), new Span(EnumNames.ToName(fit.Status), TextStyle.Strong),
            new Span($". L(N, D) = E + A/N^α + B/D^β (Hoffmann et al. 2022, approach 3), Huber cost of ln L. "
                + $"{Meaning(fit)}")));
        if (fit.Law is null) yield break;
        (string Name, string Key, double? Value)[] rows =
        [
            ("E, nats/token", "E", fit.E), ("A", "A", fit.A), ("B", "B", fit.B), ("α", "alpha", fit.Alpha),
                ("β", "beta", fit.Beta),
            ("a = β/(α+β)", "a", fit.ParametersExponent), ("b = α/(α+β)", "b", fit.TokensExponent),
        ];
        yield return new Table(
            ["parameter", "value", "95 % interval", "standard error"],
            [.. rows.Where(r => r.Value is not null).Select(r => (IReadOnlyList<Line>)[
                r.Name, fit.Unidentified.Contains(r.Key) ? Line.Strong("unidentified") : Number(r.Value!.Value),
                fit.Interval95 is { } intervals && intervals.TryGetValue(r.Key, out var i)
                    ? $"{Number(i.Low)} to {Number(i.High)}" : "",
                fit.StandardError is { } errors && errors.TryGetValue(r.Key, out var e) ? Number(e) : "",
            ])]);
        yield return new Paragraph($"{Whole(fit.StartsAtOptimum)} of {Whole(fit.Starts)} starts of the search ended at "
            + "the optimum " +
            $"reported.");
    }

    private static string HeldOut(Extrapolation? largest) => largest is null
        ? "Fewer than three budgets: whether the law predicts a larger one cannot be tried."
        : $"Fitted without the largest budget ({Numbers.Scientific(largest.HeldOutFlops)} FLOPs, " +
            $"{ReportText.Plural(largest.HeldOutPoints, "run")}), " +
            (largest is { Bias: { } bias, MeanAbsoluteError: { } mean, WorstError: { } worst }
                ? $"the law predicts it with a mean error of {Percent(bias)}, {Percent(mean)} in size, at worst "
                    + $"{Percent(worst)}."
                : $"the law is {EnumNames.ToName(largest.Status)}, so it predicts nothing.");

    private static string Noise(SeedNoise? noise) => noise is null
        ? " No cell was run with more than one seed, so the noise of the losses is not known."
        : $" Seeds of one cell differ by a standard deviation of {Percent(noise.StandardDeviation)} " +
            $"({ReportText.Plural(noise.Runs, "run")} " +
            $"in {ReportText.Plural(noise.Cells, "cell")}): no law can fit better.";

    private static string Meaning(ParametricFit fit) => fit.Status switch
    {
        FitStatus.Converged =>
            "Every parameter is identified, as well as its interval says. The exponents a and b below hold for C = 6ND.",
        FitStatus.Unidentified =>
            $"Other values fit the runs as well ({string.Join(", ", fit.Unidentified)} not pinned down): the " +
            $"numbers below are one choice among many and must not be quoted.",
        FitStatus.NotConverged =>
            "The minimiser stopped before an optimum: the numbers below are the best found and must not be quoted.",
        _ => "There are too few points for a law of five parameters: nothing was fitted.",
    };
}
