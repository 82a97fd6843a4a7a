using System.Text.Json.Nodes;
using ScalingLab.Fitting;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>Loss against size at fixed budgets, the curve of each and its minimum.</summary>
internal static class IsoFlopFigure
{
    public const string Name = "isoflop";
    private const string Interior = "interior minimum";
    private const string Edge = "lowest end tried: no interior minimum";
    private const int Samples = 60;

    public static Figure? Of(string name, string? subtitle, PlottedRuns runs, IsoFlopFit fit)
    {
        var minima = fit.Minima.OrderBy(m => m.Flops).ToList();
        var points = minima.SelectMany(m => runs.Runs.Where(r => m.Rows.Contains(r.Row)).Select(r => (m.Flops, Run: r))).ToList();
        if (points.Count == 0) return null;
        var x = LogAxis.Around(points.Select(p => p.Run.Parameters));
        var budgets = minima.Select(m => Numbers.Scientific(m.Flops)).Distinct().ToList();
        var layers = new JsonArray();
        if (minima.Any(m => m.ParametersParabola is not null)) layers.Add(Parabolas(minima));
        var flagged = points.Where(p => p.Run.Flags is not null).ToList();
        if (flagged.Count < points.Count) layers.Add(Points([.. points.Except(flagged)], Mark("point", ("filled", true), ("size", 26), ("opacity", 0.9))));
        if (flagged.Count > 0) layers.Add(Points(flagged, Crossed()));
        if (minima.Any(m => m.ParametersInterval95 is not null && m.Loss is not null)) layers.Add(Intervals(minima));
        var marks = Minima(minima).ToList();
        if (marks.Count > 0) layers.Add(MinimaLayer(marks));
        return new Figure(name, "IsoFLOP profiles",
            Caption(runs, marks) + (flagged.Count > 0 ? CrossedCaption : ""),
            Chart("IsoFLOP profiles", subtitle, new JsonObject
            {
                ["width"] = 440,
                ["height"] = 310,
                ["encoding"] = new JsonObject
                {
                    ["x"] = x.Encode("n", runs.Size),
                    ["y"] = Linear("loss", runs.Loss),
                    ["color"] = Viridis("budget", "Budget C (FLOPs)", budgets),
                },
                ["layer"] = layers,
            }));
    }

    private static string Caption(PlottedRuns runs, List<JsonObject> marks)
    {
        var caption = $"{runs.Loss[..runs.Loss.IndexOf('(', StringComparison.Ordinal)]}of every run fitted against {runs.SizeWords}, " +
            "coloured by compute budget; replicated seeds are separate dots.";
        if (marks.Count > 0) caption += " Lines: the curve in ln N fitted at each budget, dashed where it has no interior minimum.";
        if (marks.Any(m => (string?)m["kind"] == Interior)) caption += " Filled diamonds: interior minima, with the 95 % bootstrap " +
            "interval of N where there is one.";
        if (marks.Any(m => (string?)m["kind"] == Edge)) caption += " Hollow diamonds: the lower end of a budget whose minimum, if any, " +
            "lies outside the sizes tried.";
        return caption;
    }

    private static JsonObject Parabolas(IReadOnlyList<IsoFlopMinimum> minima) => Layer(
        Data(minima.Where(m => m.ParametersParabola is not null).SelectMany(m =>
            LogAxis.Between(m.Range.Low, m.Range.High, Samples).Select(n => new JsonObject
            {
                ["budget"] = Numbers.Scientific(m.Flops),
                ["n"] = Number(n),
                ["loss"] = Number(m.ParametersParabola!.At(n)),
                ["dashed"] = m.Status != MinimumStatus.Interior,
            }))),
        Mark("line", ("strokeWidth", 1.3)),
        new JsonObject
        {
            ["strokeDash"] = new JsonObject
            {
                ["condition"] = new JsonObject { ["test"] = "datum.dashed", ["value"] = new JsonArray(4, 3) },
                ["value"] = new JsonArray(1, 0),
            },
        });

    private static JsonObject Points(IReadOnlyList<(double Flops, PlottedRun Run)> points, JsonObject mark) => Layer(
        Data(points.Select(p => new JsonObject
        {
            ["run"] = p.Run.Run,
            ["model"] = p.Run.Model,
            ["seed"] = p.Run.Seed,
            ["flags"] = p.Run.Flags,
            ["budget"] = Numbers.Scientific(p.Flops),
            ["n"] = Number(p.Run.Parameters),
            ["tokens"] = Number(p.Run.Tokens),
            ["loss"] = Number(p.Run.Loss),
        })),
        mark,
        new JsonObject
        {
            ["tooltip"] = Tooltip(
            [
                .. points.Any(p => p.Run.Run is not null) ? [("run", "run", false)] : ((string, string, bool)[])[],
                .. points.Any(p => p.Run.Model is not null) ? [("model", "model", false)] : ((string, string, bool)[])[],
                .. points.Any(p => p.Run.Seed is not null) ? [("seed", "seed", false)] : ((string, string, bool)[])[],
                .. points.Any(p => p.Run.Flags is not null) ? [("flags", "flags", false)] : ((string, string, bool)[])[],
                ("n", "N", true), ("tokens", "tokens", true), ("budget", "budget", false), ("loss", "loss", true),
            ]),
        });

    private static JsonObject Intervals(IReadOnlyList<IsoFlopMinimum> minima) => Layer(
        Data(minima.Where(m => m.ParametersInterval95 is not null && m.Loss is not null).Select(m => new JsonObject
        {
            ["n"] = Number(m.ParametersInterval95!.Low),
            ["to"] = Number(m.ParametersInterval95.High),
            ["loss"] = Number(m.Loss),
        })),
        Mark("rule", ("strokeWidth", 2)),
        new JsonObject { ["x2"] = new JsonObject { ["field"] = "to" }, ["color"] = new JsonObject { ["value"] = Vermilion } });

    private static IEnumerable<JsonObject> Minima(IReadOnlyList<IsoFlopMinimum> minima)
    {
        foreach (var m in minima)
        {
            if (m.Parameters is { } n && m.Loss is { } loss)
            {
                yield return Minimum(m, Interior, n, loss);
            }
            else if (m.ParametersParabola is { } parabola)
            {
                var (low, high) = (parabola.At(m.Range.Low), parabola.At(m.Range.High));
                yield return low < high ? Minimum(m, Edge, m.Range.Low, low) : Minimum(m, Edge, m.Range.High, high);
            }
        }
    }

    private static JsonObject Minimum(IsoFlopMinimum m, string kind, double parameters, double loss) => new()
    {
        ["kind"] = kind,
        ["budget"] = Numbers.Scientific(m.Flops),
        ["n"] = Number(parameters),
        ["loss"] = Number(loss),
        ["points"] = m.Points,
    };

    private static JsonObject MinimaLayer(IReadOnlyList<JsonObject> rows)
    {
        var kinds = ((string[])[Interior, Edge]).Where(k => rows.Any(r => (string?)r["kind"] == k)).ToList();
        return Layer(
            Data(rows),
            Mark("point", ("shape", "diamond"), ("size", 64), ("opacity", 1), ("stroke", Vermilion), ("strokeWidth", 1.3)),
            new JsonObject
            {
                ["color"] = new JsonObject { ["value"] = Vermilion },
                ["fill"] = new JsonObject
                {
                    ["field"] = "kind",
                    ["type"] = "nominal",
                    ["title"] = "Minima",
                    ["scale"] = new JsonObject { ["domain"] = Strings(kinds),
                        ["range"] = Strings(kinds.Select(k => k == Interior ? Vermilion : "#ffffff")) },
                    ["legend"] = new JsonObject { ["symbolType"] = "diamond", ["symbolStrokeColor"] = Vermilion, ["orient"] = "bottom",
                        ["direction"] = "horizontal", ["title"] = null },
                },
                ["tooltip"] = Tooltip(("kind", "minimum", false), ("budget", "budget", false), ("n", "N", true), ("loss", "loss", true),
                    ("points", "runs", true)),
            });
    }
}
