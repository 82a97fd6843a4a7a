using System.Text.Json.Nodes;
using ScalingLab.Fitting;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>What this sweep's law and published laws advise, on the same axes.</summary>
internal static class ComparisonFigure
{
    public const string Name = "comparison";
    private const string Own = "These runs";
    private const int Samples = 31;
    private const double Beyond = 10;

    // Okabe and Ito's palette (2008) after ink for one's own line; with the dashes below more laws than colours can be told apart.
    private static readonly string[] Colours = [Blue, Vermilion, "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
    private static readonly int[][] Dashes = [[6, 3], [2, 2], [8, 3, 2, 3]];

    public static Figure? Of(string name, string? subtitle, FitDocument fit, Func<double, double>? flopsPerToken, string size)
    {
        if (fit.FrontierSource == FrontierSource.None || fit.Input.FlopsRange is not { } range) return null;
        var compute = LogAxis.Between(range.Low, range.High * Beyond, Samples).ToList();
        var laws = PublishedLaws.All.Where(law => law.Optimum(range.High) is not null).ToList();
        var rows = compute.Select(c => (Law: Own, C: c, Best: Best(fit, flopsPerToken, c)))
            .Concat(laws.SelectMany(law => compute.Select(c => (Law: Named(law), C: c, Best: law.Optimum(c)!.Value))))
            .Select(r => new JsonObject { ["law"] = r.Law, ["c"] = Number(r.C), ["n"] = Number(r.Best.Parameters), ["d"] = Number(r.Best.Tokens) }).ToList();
        string[] names = [Own, .. laws.Select(Named)];
        return new Figure(name, "Advice beside published laws",
            "The model and data that these runs advise for a budget, beside what published laws would have advised: each by its own count of N and C; " +
            "none need hold outside the budgets that it was fitted to. Right of the dotted line the budgets are larger than any run here.",
            Chart("Advice beside published laws", subtitle, new JsonObject
            {
                ["hconcat"] = new JsonArray(Panel(rows, names, range.High, "n", size), Panel(rows, names, range.High, "d", "Training tokens D")),
            }));
    }

    private static string Named(PublishedLaw law) => law.NonEmbedding ? $"{law.Name} (N without embeddings)" : law.Name;

    private static (double Parameters, double Tokens) Best(FitDocument fit, Func<double, double>? flopsPerToken, double flops)
    {
        if (fit.AdviceLaw is { Law: var law })
            return flopsPerToken is null ? law.Optimum(flops) : law.Optimum(flops, flopsPerToken);
        var isoflop = fit.Isoflop!;
        return (isoflop.ParametersLaw!.At(flops), isoflop.TokensLaw!.At(flops));
    }

    private static JsonObject Panel(IReadOnlyList<JsonObject> rows, string[] names, double largest, string field, string title)
    {
        var (x, y) = (LogAxis.Around(rows.Select(r => (double)r["c"]!)), LogAxis.Around(rows.Select(r => (double)r[field]!)));
        var others = names.Length - 1;
        return new JsonObject
        {
            ["width"] = 250,
            ["height"] = 240,
            ["encoding"] = new JsonObject { ["x"] = x.Encode("c", "Training compute C (FLOPs)") },
            ["layer"] = new JsonArray(
                Layer(Data([new JsonObject { ["c"] = Number(largest) }]), Mark("rule", ("strokeDash", new JsonArray(1, 3)), ("color", "#777777")), []),
                Layer(Data(rows.Select(r => r.DeepClone().AsObject())), Mark("line", ("strokeWidth", 1.6), ("clip", true)), new JsonObject
                {
                    ["y"] = y.Encode(field, title),
                    ["color"] = Legend(names, [Ink, .. Enumerable.Range(0, others).Select(i => Colours[i % Colours.Length])]),
                    ["strokeDash"] = Legend(names, [new JsonArray(1, 0), .. Enumerable.Range(0, others).Select(i => Dash(i / Colours.Length))]),
                    ["tooltip"] = Tooltip(("law", "law", false), ("c", "C", true), ("n", "N", true), ("d", "D", true)),
                })),
        };
    }

    private static JsonArray Dash(int round) => new JsonArray([.. Dashes[round % Dashes.Length].Select(part => JsonValue.Create(part))]);

    private static JsonObject Legend(string[] names, IReadOnlyList<JsonNode?> range) => new()
    {
        ["field"] = "law",
        ["type"] = "nominal",
        ["title"] = null,
        ["scale"] = new JsonObject { ["domain"] = Strings(names), ["range"] = new JsonArray([.. range]) },
        ["legend"] = new JsonObject { ["orient"] = "bottom", ["columns"] = 2, ["symbolType"] = "stroke", ["symbolSize"] = 100, ["symbolStrokeWidth"] = 1.8 },
    };
}
