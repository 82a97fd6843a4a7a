using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Sections;

/// <summary>The losses of a sweep that compares recipes: a row a recipe, a column a value of the tuned field.</summary>
internal static class RecipesTable
{
    public static IEnumerable<Block> Write(IReadOnlyList<RunRow> runs, RecipeComparison comparison)
    {
        var tuning = comparison.Tuning;
        var rates = tuning is null ? [] : runs.Select(r => RecipeComparison.Value(r, tuning)).Distinct().ToList();
        yield return new Paragraph(Line.Marked("Validation loss, nats/token: mean over the seeds ± their standard "
            + "deviation, with the seeds that failed" +
            (tuning is null ? "." : $"; by `{tuning}`, the lowest mean of a recipe bold.")));
        yield return new Table(
            ["recipe", "model", "D, tokens", .. tuning is null ? (string[])["loss"] : [.. rates]],
            [.. runs.GroupBy(r => (Recipe: r.VariantWithout(tuning), r.Model, r.Tokens)).Select(g =>
            {
                List<IReadOnlyList<RunRow>> cells = tuning is null ? [[.. g]]
                    : [.. rates.Select(rate =>
                        (IReadOnlyList<RunRow>)[.. g.Where(r => RecipeComparison.Value(r, tuning) == rate)])];
                var best = cells.Min(Mean);
                return (IReadOnlyList<Line>)[
                    g.Key.Recipe, g.Key.Model, Numbers.Count(g.Key.Tokens),
                    .. cells.Select(c => cells.Count > 1 && Mean(c) is { } mean && mean == best ? Line.Strong(Cell(c))
                        : Cell(c)),
                ];
            })], TextColumns: 2);
    }

    // A mean over the seeds that survived says nothing of a recipe at which others failed.
    private static double? Mean(IReadOnlyList<RunRow> runs) =>
        runs.Count > 0 && runs.All(r => r.LossValidation is not null) ? runs.Average(r => r.LossValidation) : null;

    private static string Cell(IReadOnlyList<RunRow> runs)
    {
        var losses = runs.Select(r => r.LossValidation).OfType<double>().ToList();
        var rest = string.Join(", ", runs.Where(r => r.LossValidation is null).GroupBy(r => r.State)
            .Select(g => FormattableString.Invariant($"{g.Count()} {RunLifecycle.NameOf(g.Key)}")));
        if (losses.Count == 0) return runs.Count == 0 ? "–" : rest;
        var mean = losses.Average();
        var spread = losses.Count > 1
            ? $" ± {Numbers.Loss(Math.Sqrt(losses.Sum(l => (l - mean) * (l - mean)) / (losses.Count - 1)))}" : "";
        return $"{Numbers.Loss(mean)}{spread}{(rest.Length > 0 ? $" ({rest})" : "")}";
    }
}
