using System.Globalization;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Figures;

/// <summary>
/// The figures of a comparison of recipes: the differences with their intervals, and the losses over the learning rates
/// tried.
/// </summary>
internal static class RecipeFigures
{
    public const string Contrasts = "recipe-differences";
    public const string Tuning = "recipe-tuning";

    public static readonly FigureKind ContrastsKind = new SweepFigureKind(
        Contrasts, "differences between recipes with their intervals", "a sweep over recipes")
    {
        TakesScale = false,
        Place = ReportPlace.RecipeDifferences,
        Draw = source => CreateContrasts(source.Recipes.Value),
    };

    public static readonly FigureKind TuningKind = new SweepFigureKind(
        Tuning, "losses over the tuned field", "recipes at several rates")
    {
        Place = ReportPlace.RecipeTuning,
        Draw = source => source.Recipes.Value.Tuning is { } tuning ? Tuned(source.Sweep.Runs, tuning) : null,
    };

    // More rows or panels than these are a table's work.
    private const int MostRows = 60;
    private const int MostPanels = 6;

    private const string Overall = "over all runs";
    private const string Apart = "with the other fields held";

    private static readonly IReadOnlyList<string> Inks = [.. Colours.Palette, Colours.Ink, Colours.Yellow];

    /// <summary>The differences; null where there are none, or too many for a figure.</summary>
    public static Figure? CreateContrasts(RecipeComparison comparison) =>
        comparison.Contrasts.Count is > 0 and <= MostRows ? Differences(comparison) : null;

    private static Figure Differences(RecipeComparison comparison)
    {
        var contrasts = comparison.Contrasts;
        // A number does not say of what it is.
        string Field(RecipeContrast c) => char.IsAsciiLetter(c.To[0]) ? "" : $"{c.Field} ";
        var names = contrasts.Select(c => $"{Field(c)}{c.From} → {c.To}" + (c.Where.Length > 0 ? $" ({c.Where})" : ""))
            .ToList();
        var rows = contrasts.Select((c, i) => (Contrast: c, Name: names[i], At: (double)(contrasts.Count - 1 - i)))
            .ToList();
        var ends =
            rows.SelectMany(r => r.Contrast.Difference.Interval95 is { } i ? (double[])[i.Low, i.High]
                : [r.Contrast.Difference.Mean]);
        var kinds = ((string[])[Overall, Apart]).Where(kind => rows.Exists(r => Kind(r.Contrast.Where) == kind))
            .ToList();
        string Colour(string kind) => kind == Overall ? Colours.Vermilion : Colours.Blue;
        return new Figure(Contrasts, "Recipes compared",
            "Difference of validation loss between recipes, the second minus the first, over pairs of runs that share "
                + "all else; bars are 95 % intervals of " +
            "the mean. Left of the line the second is better. Red: over all runs; blue: with the other fields held.",
            [
                new Panel(
                    Axis.Around("difference", "Difference of validation loss (nats/token)", ends.Append(0), 7) with
                    { Format = d => Numbers.Fixed(d, 4) },
                    Axis.Names("row", names) with { Format = _ => "" },
                    [
                        new Rule(0, IsVertical: true) { Colour = Colours.Grey, Dash = [3, 3] },
                        .. kinds.SelectMany(kind =>
                            Marks([.. rows.Where(r => Kind(r.Contrast.Where) == kind)], kind, Colour(kind))),
                    ])
                {
                    Width = 360, Height = 18 * (contrasts.Count + 0.2),
                },
            ])
        {
            Heading = "Difference of validation loss (nats/token)",
            Below = new FigureLegend(null, [.. kinds.Select(kind => new LegendEntry(kind, Colour(kind)))])
                { Columns = 2 },
        };
    }

    private static string Kind(string where) => where.Length == 0 ? Overall : Apart;

    private static IEnumerable<Mark> Marks(IReadOnlyList<(RecipeContrast Contrast, string Name, double At)> rows,
        string kind, string colour)
    {
        yield return new Intervals(
            [.. rows.Where(r => r.Contrast.Difference.Interval95 is not null)
                .Select(r =>
                    new ValueSpan(r.At, r.Contrast.Difference.Interval95!.Low,
                        r.Contrast.Difference.Interval95.High))], IsHorizontal: true)
        {
            Colour = colour, Width = 1.6, Series = [kind],
        };
        yield return new Dots([.. rows.Select(r => new Dot(r.Contrast.Difference.Mean, r.At,
        [
            .. Fact.Known(("recipes", r.Name)),
            .. r.Contrast.Difference.Interval95 is { } i
                ? [Fact.FromNumber("low", i.Low), Fact.FromNumber("high", i.High)] : (Fact[])[],
            Fact.FromNumber("pairs", r.Contrast.Difference.Pairs, Numbers.Plain),
        ]))])
        {
            Colour = colour, Size = 7.5, Series = [kind],
        };
    }

    /// <summary>
    /// Losses over the values of the tuned field; a panel for each value of the other fields, a line for each of the
    /// field with most values.
    /// </summary>
    private static Figure? Tuned(IReadOnlyList<RunRow> runs, string tuning)
    {
        var completed = runs.Where(r => r is { State: RunState.Completed, LossValidation: not null }).ToList();
        var fields = completed.SelectMany(r => r.Varies).Where(v => v.Field != tuning).GroupBy(v => v.Field)
            .Select(g => (Field: g.Key, Values: InOrder(g.Select(v => v.Value).Distinct())))
            .OrderByDescending(f => f.Values.Count).ToList();
        if (fields.Count == 0 || fields[0].Values.Count > Inks.Count) return null;
        var lines = fields[0];
        string Title(RunRow r) => string.Join(", ", r.Varies.Where(v => v.Field != tuning && v.Field != lines.Field)
            .Select(v => $"{v.Field}={v.Value}").Prepend(r.Model).Append($"{Numbers.Count(r.Tokens)} tokens"));
        var panels = completed.GroupBy(Title).ToList();
        if (panels.Count > MostPanels) return null;
        double Rate(RunRow r) => double.Parse(RecipeComparison.Value(r, tuning), CultureInfo.InvariantCulture);
        var rates = completed.Select(Rate).Distinct().Order().ToList();
        var x = Axis.LogAt(tuning, tuning, rates[0] / 1.2, rates[^1] * 1.2, rates) with { Format = Numbers.Plain };
        var low = completed.Min(r => r.LossValidation!.Value);
        // What lies far above the best of them, a diverging run say, would press all lines together.
        var high = Math.Min(completed.Max(r => r.LossValidation!.Value), low + (4 * (Median(completed) - low)));
        var y = Axis.Linear("loss", "Validation loss (nats/token)", low - (0.04 * (high - low)), high
            + (0.02 * (high - low)), 8) with { Format = Numbers.Loss };
        return new Figure(Tuning, $"Losses over {tuning}",
            $"Validation loss of every completed run over {tuning}: a dot a seed, lines through their means. Dots "
                + "above the axis are cut off.",
            [.. panels.Select(panel => new Panel(x, y, [.. Lines([.. panel])]) { Title = panel.Key, Width = 240 })])
        {
            Heading = $"Validation loss over {tuning}",
            Columns = 2,
            Beside =
                [new FigureLegend(lines.Field,
                    [.. lines.Values.Select((value, i) => new LegendEntry(value, Inks[i]))])],
        };

        IEnumerable<Mark> Lines(IReadOnlyList<RunRow> own)
        {
            var groups = own.GroupBy(r => RecipeComparison.Value(r, lines.Field))
                .Select(g => (Value: g.Key, Ink: Inks[lines.Values.IndexOf(g.Key)], Runs: g.ToList())).ToList();
            foreach (var (value, ink, mine) in groups)
            {
                yield return new Curve(
                    [.. mine.GroupBy(Rate).OrderBy(g => g.Key)
                        .Select(g => new PlotPoint(g.Key, g.Average(r => r.LossValidation!.Value)))])
                {
                    Colour = ink, Width = 1.6, Series = [value],
                };
            }

            foreach (var (value, ink, mine) in groups)
            {
                yield return new Dots(
                    [.. mine.Select(r =>
                        new Dot(Rate(r), r.LossValidation!.Value, [.. RunFacts.For(r).Where(f => f.Name != tuning)]))])
                {
                    Colour = ink, Size = 4.8, Opacity = 0.7, Series = [value],
                };
            }
        }
    }

    /// <summary>Numbers by their size, words as they come.</summary>
    private static List<string> InOrder(IEnumerable<string> values)
    {
        var all =
            values.Select(v =>
                (Word: v, Number: double.TryParse(v, CultureInfo.InvariantCulture, out var number) ? number
                    : (double?)null)).ToList();
        return [.. (all.TrueForAll(v => v.Number is not null) ? all.OrderBy(v => v.Number)
            : all.AsEnumerable()).Select(v => v.Word)];
    }

    private static double Median(List<RunRow> runs) =>
        runs.Select(r => r.LossValidation!.Value).Order().ElementAt(runs.Count / 2);
}
