using ScalingLab.Fitting.Documents;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Runs;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections.Laws;

/// <summary>What every approach says of how model and data grow with compute, as one table.</summary>
internal static class ExponentsSection
{
    public static IEnumerable<Block> Write(FitDocument fit)
    {
        var rows = ApproachExponents.From(fit);
        if (rows.Count == 0) yield break;
        yield return new Heading(3, "Exponents by approach");
        yield return new Paragraph("N_opt grows as C^a and D_opt as C^b. An approach whose fit is not sure has no "
            + "number here.");
        yield return new Table(
            ["approach", "status", "a", "95 %", "b", "95 %", "interval"],
            [.. rows.Select(r => (IReadOnlyList<Line>)[
                r.Approach, EnumNames.ToName(r.Status), Exponent(r.ParametersExponent), Span(r.ParametersInterval),
                    Exponent(r.TokensExponent),
                Span(r.TokensInterval), r.IntervalKind ?? "",
            ])], TextColumns: 2);
    }
}
