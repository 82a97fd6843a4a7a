using ScalingLab.Fitting.Optima;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Published;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Reporting.Tuning;

/// <summary>
/// The figures of a tune: the optimum over N and D with its law, the same beside published laws, and the losses behind
/// it.
/// </summary>
internal static class TuneFigures
{
    public const string Laws = "tune-laws";
    public const string Published = "tune-published";
    public const string Profile = "tune-loss";

    /// <summary>The figures by their names.</summary>
    public static readonly IReadOnlyList<FigureKind> Kinds =
    [
        new TuneFigureKind(Laws, "the optimum over N and D", "'lab tune', with a law that was found"),
        new TuneFigureKind(Published, "the same beside published laws",
            "'lab tune' of rates or batches, with a law that was found"),
        new TuneFigureKind(Profile, "the losses behind the optimum, a figure a quantity", "'lab tune'"),
    ];

    private const int Samples = 25;
    private const string Own = "These runs";

    public static IReadOnlyList<Figure> Create(RecipeTune recipe)
    {
        var figures = new List<Figure>();
        if (recipe.Fit.Laws.Count > 0)
        {
            figures.Add(CreateLaws(recipe));
            if (recipe.Fit.Laws.Any(IsPublished)) figures.Add(CreatePublished(recipe));
        }

        if (recipe.Fit.Cells.Count > 0)
            figures.AddRange(
                recipe.Quantities.Select((q, k) => TuneProfiles.Create($"{Profile}-{Slug(q)}", recipe, q, k)));
        return figures;
    }

    internal static string Title(string quantity) => quantity switch
    {
        RuleFile.LearningRate => "Learning rate",
        RuleFile.BatchTokens => "Batch (tokens)",
        _ => quantity,
    };

    internal static Axis Quantity(string quantity, IEnumerable<double> values) =>
        Axis.Log(RunRow.SnakeCase(quantity), Title(quantity), values) with
        { Format = value => Numbers.Significant(value, 3) };

    private static bool IsPublished(OptimumLaw law) => PublishedOptima.All[0].For(law.Quantity) is not null;

    private static string Slug(string quantity) => RunRow.SnakeCase(quantity).Replace('_', '-');

    private static Figure CreateLaws(RecipeTune recipe)
    {
        var sizes = recipe.Fit.Cells.Select(c => c.Parameters).Distinct().Order().ToList();
        return new Figure(Laws, "The optimum over N and D",
            "Where the loss is lowest, cell by cell, coloured by size: dots with the 95 % interval of the cell's own "
                + "minimum, hollow where it lies beyond " +
            "the values tried. Lines: the law of N and D through all cells, its 95 % interval shaded.",
            [.. recipe.Fit.Laws.Select((law, k) => LawPanel(recipe, law, k, sizes))])
        {
            Columns = 2,
            Beside = [FigureLegend.Ordered("Parameters N", [.. sizes.Select(n => Numbers.Count(n))])],
        };
    }

    private static Panel LawPanel(RecipeTune recipe, OptimumLaw law, int k, List<double> sizes)
    {
        var cells = recipe.Fit.Cells;
        double[] lengths = [.. Axis.Between(cells.Min(c => c.Tokens), cells.Max(c => c.Tokens), Samples)];
        var marks = new List<Mark>();
        foreach (var (n, i) in sizes.Select((n, i) => (n, i)))
        {
            var (colour, series) = (Colours.Ordered(i, sizes.Count), (string[])[Numbers.Count(n)]);
            var bounds = lengths.Select(d => (D: d, Interval: law.IntervalAt(n, d))).Where(b => b.Interval is not null)
                .Select(b => new ValueSpan(b.D, b.Interval!.Low, b.Interval.High)).ToList();
            if (bounds.Count > 0) marks.Add(new Band(bounds) { Colour = colour, Opacity = 0.12, Series = series });
            marks.Add(new Curve([.. lengths.Select(d => new PlotPoint(d, law.At(n, d)))])
                { Colour = colour, Width = 1.4, Series = series });
            marks.AddRange(
                Minima([.. cells.Where(c => c.Parameters == n
                    && c is { Minimum: not null, Status: MinimumStatus.Interior or MinimumStatus.Edge })],
                k, colour, series));
        }

        // A minimum at the edge may lie anywhere: the axis is of what was tried, and lines and marks end with it.
        var y = Quantity(law.Quantity,
            sizes.SelectMany(n => lengths.Select(d => law.At(n, d))).Concat(cells.Select(c => c.BestValues[k])));
        return new Panel(FigureAxes.Tokens(cells.Select(c => c.Tokens)), y, [.. marks.OrderBy(m => m is Band ? 0 : 1)])
            { Height = 250 };
    }

    private static IEnumerable<Mark> Minima(IReadOnlyList<OptimumCell> cells, int k, string colour, string[] series)
    {
        var bars = cells.Where(c => c.LogStandardError is not null).Select(c => new ValueSpan(
            c.Tokens, c.Minimum![k] * Math.Exp(-1.96 * c.LogStandardError![k]),
            c.Minimum[k] * Math.Exp(1.96 * c.LogStandardError[k]))).ToList();
        if (bars.Count > 0) yield return new Intervals(bars) { Colour = colour, Series = series };
        foreach (var group in cells.GroupBy(c => c.Status == MinimumStatus.Interior))
        {
            yield return new Dots([.. group.Select(c => new Dot(c.Tokens, c.Minimum![k],
                [RunFacts.Size(c.Parameters), .. Fact.Known(("minimum", TuneText.Status(c.Status)))]))])
            {
                Colour = colour, Series = series, Size = 7.5, Shape = group.Key ? Shape.Dot : Shape.Ring,
            };
        }
    }

    private static Figure CreatePublished(RecipeTune recipe)
    {
        var middle = recipe.Sizes[recipe.Sizes.Count / 2];
        string[] names = [Own, .. PublishedOptima.All.Select(p => p.Name)];
        return new Figure(Published, "Beside published laws",
            $"The law of these runs with its 95 % interval at {Numbers.Count(middle.With)} parameters, beside "
                + "published laws at the same model, each by its " +
            "own count of N; all of them were measured on larger models than micro ones.",
            [.. recipe.Fit.Laws.Where(IsPublished).Select(law => PublishedPanel(recipe, law, middle))])
        {
            Subtitle = $"{Numbers.Count(middle.With)} parameters",
            Columns = 2,
            Below = new FigureLegend(null,
                [.. names.Select((name, i) => new LegendEntry(name, Colours.OfLaw(i), Shape.Line))]) { Columns = 2 },
        };
    }

    private static Panel PublishedPanel(RecipeTune recipe, OptimumLaw law, (double With, double Without) size)
    {
        var cells = recipe.Fit.Cells;
        double[] lengths = [.. Axis.Between(cells.Min(c => c.Tokens), 4 * cells.Max(c => c.Tokens), Samples)];
        List<(string Name, Func<double, double> At)> lines = [(Own, d => law.At(size.With, d)),
            .. PublishedOptima.All.Select(p =>
                (p.Name,
                    (Func<double, double>)(d => p.For(law.Quantity)!(p.NonEmbedding ? size.Without : size.With, d))))];
        var curves = lines.Select((line, i) => new Curve([.. lengths.Select(d => new PlotPoint(d, line.At(d)))])
        {
            Colour = Colours.OfLaw(i), Width = 1.6, Series = [line.Name], Facts = Fact.Known(("law", line.Name)),
        }).ToList();
        var bounds = lengths.Select(d => (D: d, Interval: law.IntervalAt(size.With, d)))
            .Where(b => b.Interval is not null)
            .Select(b => new ValueSpan(b.D, b.Interval!.Low, b.Interval.High)).ToList();
        return new Panel(FigureAxes.Tokens(lengths),
            Quantity(law.Quantity, lines.SelectMany(l => lengths.Select(l.At))),
        [
            .. bounds.Count > 0 ? [new Band(bounds) { Opacity = 0.15, Series = [Own] }] : (Mark[])[],
            .. curves,
            .. curves.Select(c => c.Targets()),
        ]) { Height = 250 };
    }
}

/// <summary>A figure of a tune, whose results have no report.</summary>
internal sealed record TuneFigureKind(string Name, string Shows, string Needs) : FigureKind(Name, Shows, Needs);
