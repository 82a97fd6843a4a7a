using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Envelope;
using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections.Laws;

/// <summary>
/// The envelope of curves, Kaplan's laws of one variable, and those that a summary tells all of.
/// </summary>
internal static class OtherLawsSection
{
    public static IEnumerable<Block> Write(FitDocument fit)
    {
        foreach (var block in fit.Envelope is { } envelope ? Envelope(envelope) : []) yield return block;
        foreach (var block in fit.Kaplan is { } kaplan ? Kaplan(kaplan) : []) yield return block;
        foreach (var block in fit.Summarized.SelectMany(Summary)) yield return block;
    }

    private static IEnumerable<Block> Envelope(EnvelopeFit fit)
    {
        yield return new Heading(3, "Envelope of training curves");
        var what = fit.Kind == "training-curves"
            ? $"{Whole(fit.Points)} points of {ReportText.Plural(fit.Curves, "training curve")}"
            : $"{Whole(fit.Points)} final losses (no curves were at hand, so the curves join runs of one size)";
        yield return Status(fit.Status, $" At each of {Whole(fit.Bins)} amounts of compute the lowest loss on any "
            + "curve (Hoffmann et al. 2022, approach 1), " +
            $"from {what}. At least three sizes compete in {Whole(fit.ContestedBins)} of them, and in "
                + $"{Whole(fit.InteriorBins)} neither the smallest nor " +
            $"the largest wins; {ReportText.Plural(fit.WinningSizes, "size")} win there."
            + (fit is { ParametersExponent: { } a, TokensExponent: { } b }
                ? $" a = {With(a, fit.Interval95, "a")}, b = {With(b, fit.Interval95, "b")}."
                    : " There is no power law through them."));
    }

    private static IEnumerable<Block> Kaplan(KaplanFit fit)
    {
        KaplanLaw[] laws = [fit.Parameters, fit.Tokens, fit.Compute];
        yield return new Heading(3, "Laws of one variable");
        yield return new Paragraph("L = (X_c/X)^α, and with a floor L = E + (X_c/X)^α (Kaplan et al. 2020; Henighan et "
            + "al. 2020), least squares of ln L. " +
            string.Concat(laws.Select(law => $"L({law.Variable}) is taken from {law.RowsFrom}. ")) +
            (fit is { ParametersExponent: { } a } ? $"Kaplan's advice from them is a = α_C/α_N = "
                + $"{With(a, fit.Interval95, "a")}." : "They give no advice."));
        yield return new Table(
            ["law", "status", "runs", "α", "95 %", "X_c", "E"],
            [.. laws.SelectMany(law => (IReadOnlyList<Line>[])[
                Row($"L({law.Variable})", law, law.PowerLaw),
                    Row($"L({law.Variable}) with a floor", law, law.WithFloor)])], TextColumns: 2);
    }

    private static IReadOnlyList<Line> Row(string name, KaplanLaw law, KaplanCurve curve) =>
    [
        name, EnumNames.ToName(curve.Status), Whole(law.Points), Number(curve.Alpha),
            Number(curve.Interval95?.GetValueOrDefault("alpha")), Number(curve.Scale),
        Number(curve.E),
    ];

    private static IEnumerable<Block> Summary(SummarizedFit fit)
    {
        yield return new Heading(3, fit.Summary.Title);
        yield return Status(fit.Status, $" {fit.Summary.Text} " + (fit.Status == FitStatus.Converged
            ? string.Join(", ", fit.Summary.Numbers.Where(number => number.Value is not null).Select(Quoted)) + "."
            : Doubt(fit.Unidentified)));
    }

    private static string Quoted(LawNumber number) =>
        $"{number.Name} = {Number(number.Value)}"
        + (number.Interval95 is { } interval ? $" ({Number(interval)})" : "");

    private static Paragraph Status(FitStatus status, string text) => new(new Line(
        new Span("Status: "), new Span(EnumNames.ToName(status), TextStyle.Strong), new Span("."), new Span(text)));

    private static string Doubt(IReadOnlyList<string> unidentified) =>
        unidentified.Count == 0 ? "There is nothing to quote."
        : $"Not pinned down by these runs: {string.Join(", ", unidentified)}.";
}
