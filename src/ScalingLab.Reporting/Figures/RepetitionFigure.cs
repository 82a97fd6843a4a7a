using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>Final loss over the passes over the text: a line for each model on each amount of unique text.</summary>
internal static class RepetitionFigure
{
    public const string Name = "repetition";

    // More panels than these are a table's work: the first ones are drawn.
    private const int MostPanels = 4;

    private static readonly float[][] Dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

    public static Figure? Of(IReadOnlyList<RunRow> runs)
    {
        var drawn = runs.Where(r => r is { State: RunState.Completed, LossValidation: > 0, Epochs: > 0, UniqueTokens: not null }).ToList();
        if (drawn.Count == 0) return null;
        var recipes = drawn.Select(r => r.VariantOfAnyText).Distinct().Take(MostPanels).ToList();
        drawn = [.. drawn.Where(r => recipes.Contains(r.VariantOfAnyText))];
        var signs = new Signs(
            [.. drawn.OrderBy(r => r.ParametersWithHead).Select(r => r.Model).Distinct()],
            [.. drawn.Select(r => r.UniqueTokens!.Value).Distinct().Order().Select(t => Numbers.Count(t)).Distinct()]);
        var x = Passes(drawn.Min(r => r.Epochs!.Value) / 1.2, drawn.Max(r => r.Epochs!.Value) * 1.2);
        var y = LossAxis.Around("Validation loss (nats/token)", drawn.Select(r => r.LossValidation!.Value));
        return new Figure(Name, "Loss over passes",
            "Validation loss at the end of each run over its passes over the unique text: a line through the means of a model on one amount of unique tokens, "
            + "a dot a run. Along a line only the length grows. " + FigureAxes.BothLogarithmic
            + (drawn.Exists(r => r.Flags != RunDefects.None) ? FigureAxes.CrossedCaption : ""),
            [
                .. recipes.Select(recipe => new Panel(x, y, [.. Marks([.. drawn.Where(r => r.VariantOfAnyText == recipe)], signs)])
                {
                    Title = recipe.Length > 0 ? recipe : null, Width = recipes.Count == 1 ? 440 : 300, Height = recipes.Count == 1 ? 280 : 230,
                }),
            ])
        {
            Heading = "Loss over passes over the text",
            Columns = 2,
            Beside =
            [
                new Key("Unique tokens",
                    [.. signs.Texts.Select((text, i) => new KeyEntry(text, Colours.Ordered(i, signs.Texts.Count)) { Series = Text(text) })]),
                new Key("Model", [.. signs.Models.Select((model, i) => new KeyEntry(model, Colours.Grey, Shape.Line) { Dash = Dashes[i % Dashes.Length] })]),
            ],
        };
    }

    private static string Text(string tokens) => $"{tokens} unique tokens";

    private static IEnumerable<Mark> Marks(IReadOnlyList<RunRow> runs, Signs signs)
    {
        foreach (var group in runs.GroupBy(r => (r.Model, Unique: Numbers.Count(r.UniqueTokens!.Value))))
        {
            var colour = Colours.Ordered(signs.Texts.IndexOf(group.Key.Unique), signs.Texts.Count);
            string[] series = [Text(group.Key.Unique), group.Key.Model];
            yield return new Curve(
                [.. group.GroupBy(r => r.Tokens).OrderBy(g => g.Key).Select(g => new Place(g.First().Epochs!.Value, g.Average(r => r.LossValidation!.Value)))])
            {
                Colour = colour, Dash = Dashes[signs.Models.IndexOf(group.Key.Model) % Dashes.Length], Series = series,
            };
            foreach (var half in group.GroupBy(r => r.Flags != RunDefects.None).OrderBy(g => g.Key))
            {
                var dots = new Dots([.. half.Select(r => new Dot(r.Epochs!.Value, r.LossValidation!.Value,
                    [.. RunFacts.Of(r), RunFacts.Tokens(r.Tokens)]))])
                {
                    Colour = colour, Series = series, Size = 5.8,
                };
                yield return half.Key ? dots.Crossed() : dots;
            }
        }
    }

    // Passes are read as plain numbers, 0.5, 1, 2, 5, 10, not as powers of ten.
    private static Axis Passes(double fewest, double most) => Axis.LogAt("passes", "Passes over the unique text", fewest, most,
        Enumerable.Range(-6, 13).SelectMany(power => (double[])[1, 2, 5], (power, digit) => Numbers.Drawn(digit * Math.Pow(10, power))))
        with { Say = passes => Numbers.Significant(passes, 3) };

    private sealed record Signs(List<string> Models, List<string> Texts);
}
