using System.Globalization;
using System.Text.Json.Nodes;
using ScalingLab.Runs;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>The figures of a comparison of recipes: the differences with their intervals, and the losses over the learning rates tried.</summary>
internal static class RecipeFigures
{
    public const string Contrasts = "recipe-differences";
    public const string Tuning = "recipe-tuning";

    // More rows or panels than these are a table's work.
    private const int MostRows = 60;
    private const int MostPanels = 6;

    // Okabe and Ito's palette (2008).
    private static readonly string[] Colours = [Blue, Vermilion, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", Ink, "#F0E442"];

    public static IEnumerable<Figure> Of(IReadOnlyList<RunRow> runs, RecipeComparison comparison)
    {
        if (RecipeComputeFigure.Of(comparison) is { } compute) yield return compute;
        if (comparison.Contrasts.Count is > 0 and <= MostRows) yield return Differences(comparison);
        if (comparison.Tuning is { } tuning && Tuned(runs, tuning) is { } tuned) yield return tuned;
    }

    private static Figure Differences(RecipeComparison comparison)
    {
        var labels = comparison.Contrasts.Select(c => $"{c.From} → {c.To}" + (c.Where.Length > 0 ? $" ({c.Where})" : "")).ToList();
        var rows = comparison.Contrasts.Zip(labels, (c, label) => new JsonObject
        {
            ["what"] = label, ["field"] = c.Field, ["difference"] = Number(c.Difference.Mean), ["pairs"] = c.Difference.Pairs,
            ["low"] = Number(c.Difference.Interval95?.Low ?? c.Difference.Mean), ["high"] = Number(c.Difference.Interval95?.High ?? c.Difference.Mean),
            ["over"] = c.Where.Length == 0 ? "all runs" : "apart",
        }).ToList();
        var y = new JsonObject
        {
            ["field"] = "what", ["type"] = "nominal", ["title"] = null, ["sort"] = Strings(labels), ["axis"] = new JsonObject { ["labelLimit"] = 320 },
        };
        var color = new JsonObject
        {
            ["field"] = "over", ["type"] = "nominal", ["title"] = null, ["legend"] = null,
            ["scale"] = new JsonObject { ["domain"] = Strings(["all runs", "apart"]), ["range"] = Strings([Vermilion, Blue]) },
        };
        var tooltip = Tooltip(
            ("what", "recipes", false), ("difference", "difference", true), ("low", "from", true), ("high", "to", true), ("pairs", "pairs", true));
        return new Figure(Contrasts, "Recipes compared",
            "Difference of validation loss between recipes, the second minus the first, over pairs of runs that share all else; bars are 95 % intervals of " +
            "the mean. Left of the line the second is better. Red: over all runs; blue: with the other fields held.",
            Chart("Difference of validation loss (nats/token)", null, new JsonObject
            {
                ["width"] = 360,
                ["height"] = new JsonObject { ["step"] = 18 },
                ["layer"] = new JsonArray(
                    Layer(Data([new JsonObject { ["zero"] = 0 }]), Mark("rule", ("color", "#777777"), ("strokeDash", new JsonArray(3, 3))),
                        new JsonObject { ["x"] = Quantity("zero") }),
                    Layer(Data(rows), Mark("rule", ("strokeWidth", 1.6)), new JsonObject
                    {
                        ["y"] = y.DeepClone(), ["x"] = Linear("low", "Difference of validation loss (nats/token)"),
                        ["x2"] = new JsonObject { ["field"] = "high" }, ["color"] = color.DeepClone(),
                    }),
                    Layer(Data(rows.Select(r => r.DeepClone().AsObject())), Mark("point", ("filled", true), ("size", 45), ("opacity", 1)), new JsonObject
                    {
                        ["y"] = y, ["x"] = Quantity("difference"), ["color"] = color, ["tooltip"] = tooltip,
                    })),
            }));
    }

    /// <summary>Losses over the values of the tuned field; a panel for each value of the other fields, a line for each of the field with most values.</summary>
    private static Figure? Tuned(IReadOnlyList<RunRow> runs, string tuning)
    {
        var completed = runs.Where(r => r is { State: RunState.Completed, LossValidation: not null }).ToList();
        var fields = completed.SelectMany(r => r.Varies).Where(v => v.Field != tuning).GroupBy(v => v.Field)
            .Select(g => (Field: g.Key, Values: g.Select(v => v.Value).Distinct().ToList())).OrderByDescending(f => f.Values.Count).ToList();
        if (fields.Count == 0 || fields[0].Values.Count > Colours.Length) return null;
        var lines = fields[0];
        string Panel(RunRow r) => string.Join(", ", r.Varies.Where(v => v.Field != tuning && v.Field != lines.Field)
            .Select(v => $"{v.Field}={v.Value}").Prepend(r.Model).Append($"{Numbers.Count(r.Tokens)} tokens"));
        var panels = completed.Select(Panel).Distinct().ToList();
        if (panels.Count > MostPanels) return null;
        double Rate(RunRow r) => double.Parse(RecipeComparison.Value(r, tuning), CultureInfo.InvariantCulture);
        var low = completed.Min(r => r.LossValidation!.Value);
        // What lies far above the best of them, a diverging run say, would press all lines together.
        var high = Math.Min(completed.Max(r => r.LossValidation!.Value), low + (4 * (Median(completed) - low)));
        var rates = completed.Select(Rate).Distinct().Order().ToList();
        var x = new JsonObject
        {
            ["field"] = "rate", ["type"] = "quantitative", ["title"] = tuning,
            ["scale"] = new JsonObject { ["type"] = "log", ["base"] = 2, ["domain"] = new JsonArray(rates[0] / 1.2, rates[^1] * 1.2), ["nice"] = false },
            ["axis"] = new JsonObject { ["values"] = new JsonArray([.. rates.Select(r => JsonValue.Create(r))]), ["format"] = "~g" },
        };
        var y = Linear("loss", "Validation loss (nats/token)");
        y["scale"]!["domain"] = new JsonArray(Numbers.Drawn(low - (0.04 * (high - low))), Numbers.Drawn(high));
        y["scale"]!["nice"] = false;
        var color = new JsonObject
        {
            ["field"] = "line", ["type"] = "nominal", ["title"] = lines.Field,
            ["scale"] = new JsonObject { ["domain"] = Strings(lines.Values), ["range"] = Strings(Colours[..lines.Values.Count]) },
        };
        JsonObject Column(string panel)
        {
            var own = completed.Where(r => Panel(r) == panel).ToList();
            var points = own.Select(r => Row(RecipeComparison.Value(r, lines.Field), Rate(r), r.LossValidation!.Value, r.Seed));
            var means = own.GroupBy(r => (Line: RecipeComparison.Value(r, lines.Field), Rate: Rate(r)))
                .Select(g => Row(g.Key.Line, g.Key.Rate, g.Average(r => r.LossValidation!.Value), null));
            JsonObject Axes() => new() { ["x"] = x.DeepClone(), ["y"] = y.DeepClone(), ["color"] = color.DeepClone() };
            var dots = Axes();
            dots["tooltip"] = Tooltip(("line", lines.Field, false), ("rate", tuning, true), ("seed", "seed", false), ("loss", "loss", true));
            return new JsonObject
            {
                ["title"] = new JsonObject { ["text"] = panel, ["fontSize"] = 10, ["fontWeight"] = "normal" },
                ["width"] = 240,
                ["height"] = 240,
                ["layer"] = new JsonArray(
                    Layer(Data(means), Mark("line", ("strokeWidth", 1.6), ("clip", true)), Axes()),
                    Layer(Data(points), Mark("point", ("filled", true), ("size", 18), ("clip", true)), dots)),
            };
        }

        return new Figure(Tuning, $"Losses over {tuning}",
            $"Validation loss of every completed run over {tuning}: a dot a seed, lines through their means. Dots above the axis are cut off.",
            Chart($"Validation loss over {tuning}", null, new JsonObject
            {
                ["columns"] = 2, ["concat"] = new JsonArray([.. panels.Select(Column)]),
            }));
    }

    private static JsonObject Row(string line, double rate, double loss, int? seed) =>
        new() { ["line"] = line, ["rate"] = rate, ["loss"] = Number(loss), ["seed"] = seed };

    private static double Median(List<RunRow> runs) => runs.Select(r => r.LossValidation!.Value).Order().ElementAt(runs.Count / 2);
}
