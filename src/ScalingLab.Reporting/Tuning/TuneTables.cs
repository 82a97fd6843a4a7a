using ScalingLab.Fitting.Optima;
using ScalingLab.Fitting.Published;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Tuning;

/// <summary>The tables of tune.md.</summary>
internal static class TuneTables
{
    public static Table Laws(RecipeTune recipe) => new(
        ["quantity", "coefficient", "a", "95 %", "b", "95 %", "scatter", "predicted"],
        [.. recipe.Fit.Laws.Select(law => (IReadOnlyList<Line>)
        [
            law.Quantity, Numbers.Significant(law.Coefficient, 4), Numbers.Fixed(law.ParametersExponent),
                TuneText.Span(law.ParametersInterval95),
            Numbers.Fixed(law.TokensExponent), TuneText.Span(law.TokensInterval95), TuneText.Factor(law.Scatter),
                TuneText.Factor(law.LeaveOneOutError),
        ])]);

    public static Table Published(RecipeTune recipe)
    {
        var others = PublishedOptima.All;
        var rows = new List<IReadOnlyList<Line>>();
        var sizes = recipe.Sizes;
        var (least, most) = (recipe.Fit.Cells.Min(c => c.Tokens), recipe.Fit.Cells.Max(c => c.Tokens));
        (double With, double Without, double Tokens)[] places =
        [
            (sizes[0].With, sizes[0].Without, least), (sizes[0].With, sizes[0].Without, most),
                (sizes[^1].With, sizes[^1].Without, least),
            (sizes[^1].With, sizes[^1].Without, most), (4 * sizes[^1].With, 4 * sizes[^1].Without, most),
        ];
        foreach (var law in recipe.Fit.Laws.Where(l => others[0].For(l.Quantity) is not null))
        {
            rows.AddRange(places.Select(p => (IReadOnlyList<Line>)
            [
                law.Quantity, Numbers.Count(p.With), Numbers.Count(p.Tokens),
                    TuneText.Value(law.Quantity, law.At(p.With, p.Tokens)),
                law.IntervalAt(p.With, p.Tokens) is { } i
                    ? $"{TuneText.Value(law.Quantity, i.Low)} to {TuneText.Value(law.Quantity, i.High)}" : "",
                .. others.Select(o =>
                    (Line)TuneText.Value(law.Quantity,
                        o.For(law.Quantity)!(o.NonEmbedding ? p.Without : p.With, p.Tokens))),
            ]));
        }

        return new Table(["quantity", "N", "D", "these runs", "95 %", .. others.Select(o => o.Name)], rows);
    }

    public static Table Cells(RecipeTune recipe) => new(
        [
            "N", "D", "runs", "diverged", "lowest loss",
                .. recipe.Quantities.SelectMany(q => (string[])[$"best {q}", "minimum"]),
            "minimum is", "law costs", "rule costs",
        ],
        [.. recipe.Fit.Cells.Select(cell => (IReadOnlyList<Line>)
        [
            Numbers.Count(cell.Parameters), Numbers.Count(cell.Tokens), Whole(cell.Runs), Whole(cell.Diverged),
                Numbers.Loss(cell.BestLoss),
            .. recipe.Quantities.SelectMany((q, k) =>
                (Line[])[TuneText.Value(q, cell.BestValues[k]), Minimum(cell, q, k)]),
            TuneText.Status(cell.Status), cell.LawCost is { } cost ? Numbers.Loss(cost) : "",
                recipe.RuleCost(cell) is { } rule ? Numbers.Loss(rule) : "",
        ])],
        TextColumns: 0);

    private static string Minimum(OptimumCell cell, string quantity, int k) =>
        cell is { Minimum: { } minimum, LogStandardError: { } errors }
        ? $"{TuneText.Value(quantity, minimum[k])} {TuneText.Factor(errors[k])}" : "";
}
