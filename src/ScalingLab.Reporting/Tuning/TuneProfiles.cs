using ScalingLab.Fitting.Optima;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;

namespace ScalingLab.Reporting.Tuning;

/// <summary>Losses over one tuned quantity, a panel for each size, a line for each length.</summary>
internal static class TuneProfiles
{
    // Divergence and the way to it would press everything else flat.
    private const double MostAbove = 0.25;

    /// <summary>The run of the lowest loss among those of a cell that have one value of the quantity.</summary>
    private sealed record BestRun(OptimumCell Cell, double Value, RunRow Run)
    {
        /// <summary>Above the lowest loss of the cell, nats/token.</summary>
        public double Above => Run.LossValidation!.Value - Cell.BestLoss;
    }

    /// <summary>The figure of one quantity.</summary>
    /// <param name="name">The figure's name.</param>
    /// <param name="recipe">What was tuned.</param>
    /// <param name="quantity">The tuned quantity.</param>
    /// <param name="k">Its place among those that a cell's minimum has.</param>
    public static Figure Create(string name, RecipeTune recipe, string quantity, int k)
    {
        var cells = recipe.Fit.Cells;
        var lengths = cells.Select(c => c.Tokens).Order().Select(Numbers.Count).Distinct().ToList();
        var points = BestRuns(recipe, quantity);
        var x = TuneFigures.Quantity(
            quantity, points.Select(p => p.Value)
            .Concat(cells.Where(c => c.Status == MinimumStatus.Interior).Select(c => c.Minimum![k])));
        List<Panel> panels = [.. cells.GroupBy(c => c.Parameters).OrderBy(g => g.Key).Select(size =>
        {
            var own = points.Where(p => p.Cell.Parameters == size.Key).ToList();
            var y = Axis.Around("above", "Above lowest (nats/token)", own.Select(p => p.Above).Append(0), 5)
                with { Format = Numbers.Loss };
            return new Panel(x, y,
                [.. size.OrderBy(c => c.Tokens)
                    .SelectMany(c => Line(c, [.. own.Where(p => p.Cell == c).OrderBy(p => p.Value)], Colour(c))),
                .. size.Where(c => c.Status == MinimumStatus.Interior)
                    .Select(c => Minimum(c, c.Minimum![k], Colour(c)))])
            {
                Title = $"N = {Numbers.Count(size.Key)}", Width = 220, Height = 180,
            };
        })];
        return new Figure(name, $"Loss over {TuneFigures.Title(quantity).ToLowerInvariant()}",
            "For each value the lowest loss over the other quantities, less the lowest of its cell, nats/token; a "
                + "panel a size, a line a length. Diamonds: " +
            "minima of the cells' own quadratics that lie inside.",
            panels)
        {
            Columns = panels.Count == 4 ? 2 : 3,
            Beside = [FigureLegend.Ordered("Tokens D", lengths)],
        };

        string Colour(OptimumCell cell) => Colours.Ordered(lengths.IndexOf(Numbers.Count(cell.Tokens)), lengths.Count);
    }

    private static List<BestRun> BestRuns(RecipeTune recipe, string quantity)
    {
        var runs = recipe.Runs.ToDictionary(r => r.Row, r => r.Run);
        return
        [
            .. recipe.Fit.Cells.SelectMany(cell => cell.Rows
                .Where(row => runs[row].LossValidation is { } loss && loss - cell.BestLoss < MostAbove)
                .GroupBy(row => Numbers.Drawn(RecipeTune.ValueOf(runs[row], quantity)))
                .Select(g => new BestRun(
                    cell, g.Key, g.Select(row => runs[row]).MinBy(run => run.LossValidation!.Value)!))),
        ];
    }

    private static IEnumerable<Mark> Line(OptimumCell cell, IReadOnlyList<BestRun> runs, string colour)
    {
        string[] series = [Numbers.Count(cell.Tokens)];
        yield return new Curve([.. runs.Select(p => new PlotPoint(p.Value, p.Above))])
        {
            Colour = colour, Width = 1.1, Series = series,
        };
        yield return new Dots([.. runs.Select(p => new Dot(p.Value, p.Above,
            [.. RunFacts.For(p.Run), RunFacts.Tokens(cell.Tokens),
                Fact.FromNumber("loss", p.Run.LossValidation!.Value, Numbers.Loss)]))])
        {
            Colour = colour, Size = 4.5, Series = series,
        };
    }

    private static Dots Minimum(OptimumCell cell, double value, string colour) =>
        new([new Dot(value, Math.Max(0, cell.MinimumLoss!.Value - cell.BestLoss),
            [.. Fact.Known(("minimum", "of the cell's own quadratic")), RunFacts.Tokens(cell.Tokens)])])
        {
            Colour = colour, Shape = Shape.Diamond, Size = 9, Series = [Numbers.Count(cell.Tokens)],
        };
}
