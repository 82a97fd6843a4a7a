using System.Text.Json.Nodes;
using ScalingLab.Runs;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>Final loss over the passes over the text: a line for each model on each amount of unique text.</summary>
internal static class RepetitionFigure
{
    public const string Name = "repetition";

    // More panels than these are a table's work: the first ones are drawn.
    private const int MostPanels = 4;

    private static readonly int[][] Dashes = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]];

    public static Figure? Of(IReadOnlyList<RunRow> runs)
    {
        var drawn = runs.Where(r => r is { State: RunState.Completed, LossValidation: > 0, Epochs: > 0, UniqueTokens: not null }).ToList();
        if (drawn.Count == 0) return null;
        var recipes = drawn.Select(r => r.VariantOfAnyText).Distinct().Take(MostPanels).ToList();
        drawn = [.. drawn.Where(r => recipes.Contains(r.VariantOfAnyText))];
        var axes = new Axes(
            drawn.Min(r => r.Epochs!.Value) / 1.2, drawn.Max(r => r.Epochs!.Value) * 1.2, LossAxis.Around(drawn.Select(r => r.LossValidation!.Value)),
            [.. drawn.OrderBy(r => r.ParametersWithHead).Select(r => r.Model).Distinct()],
            [.. drawn.Select(r => r.UniqueTokens!.Value).Distinct().Order().Select(Numbers.Count)]);
        var panels = recipes.ConvertAll(recipe => Panel([.. drawn.Where(r => r.VariantOfAnyText == recipe)], recipe, axes));
        var body = panels is [var only] ? only : new JsonObject { ["columns"] = 2, ["concat"] = new JsonArray([.. panels]) };
        return new Figure(Name, "Loss over passes",
            "Validation loss at the end of each run over its passes over the unique text: a line through the means of a model on one amount of unique tokens, "
            + "a dot a run. Along a line only the length grows. Both axes logarithmic."
            + (drawn.Exists(r => r.Flags != RunDefects.None) ? CrossedCaption : ""),
            Chart("Loss over passes over the text", null, body));
    }

    private static JsonObject Panel(List<RunRow> runs, string recipe, Axes axes)
    {
        var means = runs.GroupBy(r => (r.Model, Unique: r.UniqueTokens!.Value, r.Tokens)).Select(g => Row(g.First(), g.Average(r => r.LossValidation!.Value)));
        var layers = new JsonArray(
            Layer(Data(means), Mark("line", ("strokeWidth", 1.5), ("clip", true)), new JsonObject
            {
                ["strokeDash"] = Scale("model", "Model", axes.Models, new JsonArray([.. axes.Models.Select((_, i) => Dash(i))])),
            }),
            Layer(Data(runs.Where(r => r.Flags == RunDefects.None).Select(r => Row(r, r.LossValidation!.Value))),
                Mark("point", ("filled", true), ("size", 26), ("opacity", 1), ("clip", true)), new JsonObject { ["tooltip"] = Tips() }));
        var flagged = runs.Where(r => r.Flags != RunDefects.None).Select(r => Row(r, r.LossValidation!.Value)).ToList();
        if (flagged.Count > 0) layers.Add(Layer(Data(flagged), Crossed(), new JsonObject { ["tooltip"] = Tips() }));
        var panel = new JsonObject
        {
            ["width"] = 440,
            ["height"] = 280,
            ["encoding"] = new JsonObject
            {
                ["x"] = Passes(axes),
                ["y"] = axes.Loss.Encode("loss", "Validation loss (nats/token)"),
                ["color"] = Viridis("unique", "Unique tokens", axes.Texts),
            },
            ["layer"] = layers,
        };
        if (recipe.Length > 0) panel["title"] = new JsonObject { ["text"] = recipe, ["fontSize"] = 10, ["fontWeight"] = "normal" };
        return panel;
    }

    private static JsonObject Row(RunRow run, double loss) => new()
    {
        ["run"] = run.RunId, ["model"] = run.Model, ["unique"] = Numbers.Count(run.UniqueTokens!.Value), ["tokens"] = run.Tokens,
        ["epochs"] = Number(run.Epochs), ["loss"] = Number(loss),
    };

    private static JsonArray Tips() => Tooltip(("run", "run", false), ("model", "model", false), ("unique", "unique tokens", false), ("tokens", "tokens", true),
        ("epochs", "passes", true), ("loss", "validation loss", true));

    // Passes are read as plain numbers, 0.5, 1, 2, 5, 10, not as powers of ten.
    private static JsonObject Passes(Axes axes) => new()
    {
        ["field"] = "epochs",
        ["type"] = "quantitative",
        ["title"] = "Passes over the unique text",
        ["scale"] = new JsonObject
        {
            ["type"] = "log", ["domain"] = new JsonArray(Numbers.Drawn(axes.Fewest), Numbers.Drawn(axes.Most)), ["nice"] = false,
        },
        ["axis"] = new JsonObject
        {
            ["format"] = "~g",
            ["values"] = new JsonArray([.. Enumerable.Range(-6, 13)
                .SelectMany(power => (double[])[1, 2, 5], (power, digit) => Numbers.Drawn(digit * Math.Pow(10, power)))
                .Where(v => v >= axes.Fewest && v <= axes.Most).Select(v => JsonValue.Create(v))]),
        },
    };

    private static JsonObject Scale(string field, string title, IReadOnlyList<string> domain, JsonArray range) => new()
    {
        ["field"] = field, ["type"] = "nominal", ["title"] = title,
        ["scale"] = new JsonObject { ["domain"] = Strings(domain), ["range"] = range },
        ["legend"] = new JsonObject { ["symbolType"] = "stroke", ["symbolSize"] = 400, ["symbolStrokeWidth"] = 1.5 },
    };

    private static JsonArray Dash(int model) => new([.. Dashes[model % Dashes.Length].Select(part => JsonValue.Create(part))]);

    private sealed record Axes(double Fewest, double Most, LossAxis Loss, IReadOnlyList<string> Models, IReadOnlyList<string> Texts);
}
