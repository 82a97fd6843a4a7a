using System.Text.Json.Nodes;
using ScalingLab.Fitting;
using ScalingLab.Runs;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>The figures of a tune: the optimum over N and D with its law, the same beside published laws, and the losses behind it.</summary>
internal static class TuneFigures
{
    public const string Laws = "tune-laws";
    public const string Published = "tune-published";
    public const string Profile = "tune-loss";

    private const int Samples = 25;

    // Okabe and Ito's palette (2008) after ink for these runs' own.
    private static readonly string[] Colours = [Blue, Vermilion, "#009E73", "#CC79A7"];

    public static IReadOnlyList<Figure> Of(RecipeTune recipe)
    {
        var figures = new List<Figure>();
        if (recipe.Fit.Laws.Count > 0)
        {
            figures.Add(OfLaws(recipe));
            if (recipe.Fit.Laws.Any(l => PublishedOptima.All[0].Of(l.Quantity) is not null)) figures.Add(OfPublished(recipe));
        }

        if (recipe.Fit.Cells.Count > 0) figures.AddRange(recipe.Quantities.Select((q, k) => TuneProfiles.Of($"{Profile}-{Slug(q)}", recipe, q, k)));
        return figures;
    }

    internal static string Title(string quantity) => quantity switch
    {
        RuleFile.LearningRate => "Learning rate",
        RuleFile.BatchTokens => "Batch (tokens)",
        _ => quantity,
    };

    private static string Slug(string quantity) => RunRow.SnakeCase(quantity).Replace('_', '-');

    private static List<string> Sizes(RecipeTune recipe) =>
        [.. recipe.Fit.Cells.Select(c => c.Parameters).Distinct().Order().Select(Numbers.Count).Distinct()];

    private static Figure OfLaws(RecipeTune recipe)
    {
        var cells = recipe.Fit.Cells;
        var x = LogAxis.Around(cells.Select(c => c.Tokens));
        return new Figure(Laws, "The optimum over N and D",
            "Where the loss is lowest, cell by cell, coloured by size: dots with the 95 % interval of the cell's own minimum, hollow where it lies beyond " +
            "the values tried. Lines: the law of N and D through all cells, its 95 % interval shaded.",
            Chart("The optimum over N and D", null, new JsonObject
            {
                ["hconcat"] = new JsonArray([.. recipe.Fit.Laws.Select((law, k) => new JsonObject
                {
                    ["width"] = 270, ["height"] = 250,
                    ["encoding"] = new JsonObject
                    {
                        ["x"] = x.Encode("d", "Training tokens D"), ["color"] = Viridis("size", "Parameters N", Sizes(recipe)),
                    },
                    ["layer"] = LawLayers(recipe, law, k),
                })]),
            }));
    }

    private static JsonArray LawLayers(RecipeTune recipe, OptimumLaw law, int k)
    {
        var cells = recipe.Fit.Cells;
        double[] lengths = [.. LogAxis.Between(cells.Min(c => c.Tokens), cells.Max(c => c.Tokens), Samples)];
        var lines = cells.Select(c => c.Parameters).Distinct().Order().SelectMany(n => lengths.Select(d => new JsonObject
        {
            ["size"] = Numbers.Count(n), ["d"] = Number(d), ["value"] = Number(law.At(n, d)), ["low"] = Number(law.IntervalAt(n, d)?.Low),
            ["high"] = Number(law.IntervalAt(n, d)?.High),
        })).ToList();
        var points = cells.Where(c => c is { Minimum: not null, Status: MinimumStatus.Interior or MinimumStatus.Edge }).Select(c => new JsonObject
        {
            ["size"] = Numbers.Count(c.Parameters), ["n"] = Number(c.Parameters), ["d"] = Number(c.Tokens), ["value"] = Number(c.Minimum![k]),
            ["low"] = Number(c.Minimum[k] * Math.Exp(-1.96 * c.LogStandardError![k])),
            ["high"] = Number(c.Minimum[k] * Math.Exp(1.96 * c.LogStandardError[k])),
            ["inside"] = c.Status == MinimumStatus.Interior, ["status"] = TuneText.Status(c.Status),
        }).ToList();
        // A minimum at the edge may lie anywhere: the axis is of what was tried, and lines and marks end with it.
        var y = LogAxis.Around(lines.Select(l => (double)l["value"]!).Concat(cells.Select(c => c.BestValues[k])));
        var title = Title(law.Quantity);
        var band = lines.Where(_ => law.Covariance is not null).Select(l => l.DeepClone().AsObject());
        return
        [
            Layer(Data(band), Mark("area", ("opacity", 0.12), ("clip", true)), new JsonObject
            {
                ["y"] = y.Encode("low", title), ["y2"] = new JsonObject { ["field"] = "high" },
            }),
            Layer(Data(lines), Mark("line", ("strokeWidth", 1.4), ("clip", true)), new JsonObject { ["y"] = y.Encode("value", title) }),
            Layer(Data(points.Select(p => p.DeepClone().AsObject())), Mark("rule", ("strokeWidth", 1.2), ("clip", true)), new JsonObject
            {
                ["y"] = y.Encode("low", title), ["y2"] = new JsonObject { ["field"] = "high" },
            }),
            .. ((bool[])[true, false]).Select(inside => Layer(
                Data(points.Where(p => (bool)p["inside"]! == inside).Select(p => p.DeepClone().AsObject())),
                Mark("point", ("size", 44), ("opacity", 1), ("filled", inside), ("clip", true)),
                new JsonObject
                {
                    ["y"] = y.Encode("value", title),
                    ["tooltip"] = Tooltip(("n", "N", true), ("d", "D", true), ("value", law.Quantity, true), ("status", "minimum", false)),
                })),
        ];
    }

    private static Figure OfPublished(RecipeTune recipe)
    {
        var cells = recipe.Fit.Cells;
        var middle = recipe.Sizes[recipe.Sizes.Count / 2];
        double[] lengths = [.. LogAxis.Between(cells.Min(c => c.Tokens), 4 * cells.Max(c => c.Tokens), Samples)];
        var x = LogAxis.Around(lengths);
        return new Figure(Published, "Beside published laws",
            $"The law of these runs with its 95 % interval at {Numbers.Count(middle.With)} parameters, beside published laws at the same model, each by its " +
            "own count of N; all of them were measured on larger models than micro ones.",
            Chart("Beside published laws", $"{Numbers.Count(middle.With)} parameters", new JsonObject
            {
                ["hconcat"] = new JsonArray([.. recipe.Fit.Laws.Where(l => PublishedOptima.All[0].Of(l.Quantity) is not null).Select(law => new JsonObject
                {
                    ["width"] = 270, ["height"] = 250,
                    ["encoding"] = new JsonObject { ["x"] = x.Encode("d", "Training tokens D") },
                    ["layer"] = PublishedLayers(law, middle, lengths),
                })]),
            }));
    }

    private static JsonArray PublishedLayers(OptimumLaw law, (double With, double Without) size, double[] lengths)
    {
        string[] names = ["These runs", .. PublishedOptima.All.Select(p => p.Name)];
        var rows = lengths.Select(d => (Law: names[0], D: d, Value: law.At(size.With, d)))
            .Concat(PublishedOptima.All.SelectMany(p => lengths.Select(d =>
                (Law: p.Name, D: d, Value: p.Of(law.Quantity)!(p.NonEmbedding ? size.Without : size.With, d)))))
            .Select(r => new JsonObject { ["law"] = r.Law, ["d"] = Number(r.D), ["value"] = Number(r.Value) }).ToList();
        var band = lengths.Select(d => (D: d, Interval: law.IntervalAt(size.With, d))).Where(b => b.Interval is not null)
            .Select(b => new JsonObject { ["d"] = Number(b.D), ["low"] = Number(b.Interval!.Low), ["high"] = Number(b.Interval.High) });
        var (y, title) = (LogAxis.Around(rows.Select(r => (double)r["value"]!)), Title(law.Quantity));
        return
        [
            Layer(Data(band), Mark("area", ("opacity", 0.15), ("color", Ink), ("clip", true)), new JsonObject
            {
                ["y"] = y.Encode("low", title), ["y2"] = new JsonObject { ["field"] = "high" },
            }),
            Layer(Data(rows), Mark("line", ("strokeWidth", 1.6), ("clip", true)), new JsonObject
            {
                ["y"] = y.Encode("value", title),
                ["color"] = new JsonObject
                {
                    ["field"] = "law", ["type"] = "nominal", ["title"] = null,
                    ["scale"] = new JsonObject { ["domain"] = Strings(names), ["range"] = Strings([Ink, .. Colours.Take(names.Length - 1)]) },
                    ["legend"] = new JsonObject { ["orient"] = "bottom", ["columns"] = 2, ["symbolType"] = "stroke", ["symbolStrokeWidth"] = 1.8 },
                },
                ["tooltip"] = Tooltip(("law", "law", false), ("d", "D", true), ("value", law.Quantity, true)),
            }),
        ];
    }
}
