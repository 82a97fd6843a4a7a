using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Figures;

/// <summary>
/// Final loss of a sweep over unique text: over the passes over it, a line an amount of text, and over its amount, a
/// line a length.
/// </summary>
internal static class RepetitionFigure
{
    public const string Name = "repetition";
    public const string UniqueTokens = "unique-tokens";

    public static readonly FigureKind Kind = new SweepFigureKind(
        Name, "loss over passes over the text", "a sweep over uniqueTokens")
    {
        Place = ReportPlace.Repetition,
        Topic = SweepTopic.Repetition,
        Draw = source => Create(source.Sweep.Runs),
        Absence = _ => "no completed run says how often it saw its text",
    };

    public static readonly FigureKind UniqueTokensKind = new SweepFigureKind(
        UniqueTokens, "loss over unique tokens at each length", "a sweep over uniqueTokens")
    {
        Place = ReportPlace.Repetition,
        Topic = SweepTopic.Repetition,
        Draw = source => CreateByUniqueTokens(source.Sweep.Runs),
        Absence = _ => "no length has completed runs on several amounts of text",
    };

    // More panels than these are a table's work: the first ones are drawn.
    private const int MostPanels = 4;

    private const int MostAmounts = 8;

    private static readonly float[][] Dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

    /// <summary>Loss over passes: along a line only the length grows.</summary>
    public static Figure? Create(IReadOnlyList<RunRow> runs)
    {
        var drawn = Drawn(runs);
        if (drawn.Count == 0) return null;
        return Figure(drawn, new Side(Name, "Loss over passes", "Loss over passes over the text", "Unique tokens")
        {
            Caption =
                new FigureCaption("Validation loss at the end of each run over its passes over the unique text: a line "
                    + "through the means of a model on "
                + "one amount of unique tokens, a dot a run") { Signs = "Along a line only the length grows." },
            X = Passes(drawn.Min(r => r.Epochs!.Value) / 1.2, drawn.Max(r => r.Epochs!.Value) * 1.2),
            At = r => r.Epochs!.Value,
            Line = r => (r.UniqueTokens!.Value, Numbers.Count(r.UniqueTokens!.Value)),
            Series = label => $"{label} unique tokens",
            Facts = r => RunFacts.Tokens(r.Tokens),
        });
    }

    /// <summary>
    /// Loss over unique tokens: along a line only the text grows. Null where no length has several amounts of it.
    /// </summary>
    public static Figure? CreateByUniqueTokens(IReadOnlyList<RunRow> runs)
    {
        var drawn = Drawn(runs);
        var length = RunLength.Among(drawn);
        if (!drawn.GroupBy(r => (r.VariantOfAnyText, r.Model, Length: length(r)))
            .Any(g => g.Select(r => r.UniqueTokens).Distinct().Count() > 1)) return null;
        return Figure(drawn,
            new Side(UniqueTokens, "Loss over unique text", "Loss over unique text at one length", "Length")
        {
            Caption =
                new FigureCaption("Validation loss at the end of each run over the unique tokens that it could see: a "
                    + "line through the means of a model "
                + "at one length, a dot a run")
                { Signs =
                    "Along a line only the text grows: where it is level more would not help a run of that length." },
            X = Amounts([.. drawn.Select(r => r.UniqueTokens!.Value).Distinct().Order()]),
            At = r => r.UniqueTokens!.Value,
            Line = r => length(r) is { BudgetFlops: { } budget } ? (budget, $"{Numbers.Scientific(budget)} FLOPs")
                : (length(r).Tokens, $"{Numbers.Count(length(r).Tokens)} tokens"),
            Series = label => label,
            Facts = r => new Fact("passes", Numbers.Significant(r.Epochs!.Value, 3)) { Number = r.Epochs },
        });
    }

    private static List<RunRow> Drawn(IReadOnlyList<RunRow> runs)
    {
        var drawn =
            runs.Where(r =>
                r is { State: RunState.Completed, LossValidation: > 0, Epochs: > 0, UniqueTokens: not null }).ToList();
        var recipes = drawn.Select(r => r.VariantOfAnyText).Distinct().Take(MostPanels).ToList();
        return [.. drawn.Where(r => recipes.Contains(r.VariantOfAnyText))];
    }

    private static Figure Figure(List<RunRow> drawn, Side side)
    {
        var recipes = drawn.Select(r => r.VariantOfAnyText).Distinct().ToList();
        var signs = new Signs(
            [.. drawn.OrderBy(r => r.ParametersWithHead).Select(r => r.Model).Distinct()],
            [.. drawn.Select(side.Line).OrderBy(l => l.Order).Select(l => l.Label).Distinct()]);
        var y = LossAxis.Around("Validation loss (nats/token)", drawn.Select(r => r.LossValidation!.Value));
        return new Figure(side.Name, side.Title,
            side.Caption with { NamesScales = true, HasCrosses = drawn.Exists(r => r.Flags != RunDefects.None) },
            [
                .. recipes.Select(recipe =>
                    new Panel(side.X, y, [.. Marks([.. drawn.Where(r => r.VariantOfAnyText == recipe)], side, signs)])
                {
                    Title = recipe.Length > 0 ? recipe : null, Width = recipes.Count == 1 ? 440 : 300,
                        Height = recipes.Count == 1 ? 280 : 230,
                }),
            ])
        {
            Heading = side.Heading,
            Columns = 2,
            Beside =
            [
                new FigureLegend(side.KeyTitle,
                    [.. signs.Lines.Select((line, i) =>
                        new LegendEntry(line, Colours.Ordered(i, signs.Lines.Count)) { Series = side.Series(line) })]),
                new FigureLegend("Model",
                    [.. signs.Models.Select((model, i) =>
                        new LegendEntry(model, Colours.Grey, Shape.Line) { Dash = Dashes[i % Dashes.Length] })]),
            ],
        };
    }

    private static IEnumerable<Mark> Marks(IReadOnlyList<RunRow> runs, Side side, Signs signs)
    {
        foreach (var group in runs.GroupBy(r => (r.Model, Line: side.Line(r).Label)))
        {
            var colour = Colours.Ordered(signs.Lines.IndexOf(group.Key.Line), signs.Lines.Count);
            string[] series = [side.Series(group.Key.Line), group.Key.Model];
            yield return new Curve(
                [.. group.GroupBy(side.Along).OrderBy(g => g.Key)
                    .Select(g => new PlotPoint(side.At(g.First()), g.Average(r => r.LossValidation!.Value)))])
            {
                Colour = colour, Dash = Dashes[signs.Models.IndexOf(group.Key.Model) % Dashes.Length], Series = series,
            };
            foreach (var half in group.GroupBy(r => r.Flags != RunDefects.None).OrderBy(g => g.Key))
            {
                var dots =
                    new Dots(
                        [.. half.Select(r =>
                            new Dot(side.At(r), r.LossValidation!.Value, [.. RunFacts.For(r), side.Facts(r)]))])
                {
                    Colour = colour, Series = series, Size = 5.8,
                };
                yield return half.Key ? dots.Crossed() : dots;
            }
        }
    }

    // Passes are read as plain numbers, 0.5, 1, 2, 5, 10, not as powers of ten.
    private static Axis Passes(double fewest, double most) =>
        Axis.LogAt("passes", "Passes over the unique text", fewest, most,
        Enumerable.Range(-6, 13)
        .SelectMany(power => (double[])[1, 2, 5], (power, digit) => Numbers.Drawn(digit * Math.Pow(10, power))))
        with { Format = passes => Numbers.Significant(passes, 3) };

    // Few amounts are ticks of their own.
    private static Axis Amounts(List<double> unique)
    {
        var axis = Axis.Log("U", "Unique tokens U", unique) with { Format = Numbers.Count };
        return unique.Count > MostAmounts ? axis
            : axis with { Ticks = [.. unique.Select(u => new AxisTick(u, Numbers.Count(u)))] };
    }

    private sealed record Signs(List<string> Models, List<string> Lines);

    /// <summary>One of the two ways to look at it: what goes along the axis, and what a line is of.</summary>
    private sealed record Side(string Name, string Title, string Heading, string KeyTitle)
    {
        public required FigureCaption Caption { get; init; }

        public required Axis X { get; init; }

        public required Func<RunRow, double> At { get; init; }

        public required Func<RunRow, (double Order, string Label)> Line { get; init; }

        public required Func<string, string> Series { get; init; }

        public required Func<RunRow, Fact> Facts { get; init; }

        /// <summary>
        /// Runs at one place of a line: over passes those of one length, whose passes differ by a batch.
        /// </summary>
        public double Along(RunRow run) => Name == UniqueTokens ? At(run) : run.Tokens;
    }
}
