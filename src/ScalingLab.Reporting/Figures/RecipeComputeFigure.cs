using ScalingLab.Fitting.Comparisons;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Tables;

namespace ScalingLab.Reporting.Figures;

/// <summary>
/// Final loss over compute, a frontier for each recipe: the distance between two along the axis of compute is what one
/// is worth.
/// </summary>
internal static class RecipeComputeFigure
{
    public const string Name = "recipe-compute";

    public static readonly FigureKind Kind = new SweepFigureKind(
        Name, "loss over compute by recipe", "recipes at several lengths")
    {
        Place = ReportPlace.Recipes,
        Draw = source => Create(source.Recipes.Value),
    };

    /// <summary>Null where no recipes can be compared at equal loss, or too many are to be told apart.</summary>
    public static Figure? Create(RecipeComparison comparison)
    {
        if (comparison.Contrasts.All(c => c.Multiplier is null)) return null;
        string Recipe(RunRow run) => comparison.Tuning is { } tuning ? run.VariantWithout(tuning) : run.Variant;
        var recipes = comparison.Compared.GroupBy(Recipe).ToList();
        if (recipes.Count > Colours.Palette.Count) return null;
        var x = FigureAxes.Compute(comparison.Compared.Select(r => r.Flops));
        var y = LossAxis.Around("Validation loss (nats/token)",
            comparison.Compared.Select(r => r.LossValidation!.Value));
        return new Figure(Name, "Loss over compute by recipe",
            new FigureCaption("Validation loss at the end of each run over its training compute")
            {
                Signs = "Lines: the frontier of each recipe, the lowest mean loss at each amount of compute. The "
                    + "distance between two lines from left to right "
                    + "is what one recipe is worth in compute.",
                NamesScales = true,
            },
            [
                new Panel(x, y,
                [
                    .. recipes.Select((g, i) =>
                        new Curve(Frontier([.. g])) { Colour = Colours.Palette[i], Width = 1.6, Series = [g.Key] }),
                    .. recipes.Select((g, i) =>
                        new Dots([.. g.Select(r => new Dot(r.Flops, r.LossValidation!.Value, RunFacts.For(r)))])
                    {
                        Colour = Colours.Palette[i], Size = 5.3, Series = [g.Key],
                    }),
                ]) { Width = 440 },
            ])
        {
            Heading = "Loss over training compute",
            Beside =
                [new FigureLegend("Recipe", [.. recipes.Select((g, i) => new LegendEntry(g.Key, Colours.Palette[i]))])],
        };
    }

    private static PlotPoint[] Frontier(IReadOnlyList<RunRow> runs)
    {
        var means = runs.GroupBy(r => (r.Model, r.Flops))
            .Select(g => (g.Key.Flops, g.Average(r => r.LossValidation!.Value)));
        return [.. (LossFrontier.Through(means)?.Points
            ?? []).Select(p => new PlotPoint(Math.Exp(p.LogFlops), Math.Exp(p.LogLoss)))];
    }
}
