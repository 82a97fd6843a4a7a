using System.Text.Json.Nodes;
using ScalingLab.Runs;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>Every run's losses against the compute spent so far.</summary>
internal static class LossCurvesFigure
{
    public const string Name = "loss-curves";

    public static Figure? Of(IReadOnlyList<RunRow> runs, IReadOnlyList<CurveRow> curves)
    {
        var flagged = runs.Where(r => r.Flags != RunDefects.None).Select(r => r.RunId).ToHashSet();
        var sizes = runs.DistinctBy(r => r.RunId).ToDictionary(r => r.RunId, r => (r.Model, N: r.ParametersWithHead));
        var points = curves.Where(c => sizes.ContainsKey(c.RunId) && c.Flops > 0).ToList();
        var losses = points.SelectMany(c => (double?[])[c.LossTrain, c.LossValidation]).OfType<double>()
            .Where(l => double.IsFinite(l) && l > 0).ToList();
        if (losses.Count == 0) return null;
        var order = sizes.Values.Where(s => points.Any(p => p.Model == s.Model)).Distinct()
            .OrderBy(s => s.N).ThenBy(s => s.Model, StringComparer.Ordinal)
            .Select(s => Label(s.Model, s.N)).Distinct().ToList();
        var x = LogAxis.Around(points.Select(p => p.Flops));
        var color = Viridis("size", "Model (N, blocks and head)", order);
        var train = points.Where(p => p.LossTrain > 0).Select(p => Row(p, p.LossTrain)).ToList();
        var validation = points.Where(p => p.LossValidation > 0).Select(p => Row(p, p.LossValidation)).ToList();
        var ends = points.Where(p => flagged.Contains(p.RunId) && p.LossValidation > 0).GroupBy(p => p.RunId).Select(g => g.MaxBy(p => p.Step)!)
            .Select(p => Row(p, p.LossValidation)).ToList();
        var layers = new JsonArray();
        if (train.Count > 0)
        {
            layers.Add(Layer(Data(train), Mark("line", ("strokeWidth", 0.8), ("opacity", 0.65), ("clip", true)),
                new JsonObject { ["detail"] = new JsonObject { ["field"] = "run", ["type"] = "nominal" } }));
        }

        if (validation.Count > 0)
        {
            layers.Add(Layer(Data(validation), Mark("point", ("filled", true), ("size", 16), ("opacity", 1), ("clip", true)), new JsonObject
            {
                ["tooltip"] = Tooltip(("run", "run", false), ("size", "model", false), ("tokens", "tokens", true),
                    ("flops", "FLOPs", true), ("loss", "validation loss", true)),
            }));
        }

        if (ends.Count > 0) layers.Add(Layer(Data(ends), Crossed(), []));
        return new Figure(Name, "Loss curves",
            "Loss against training compute spent, one curve a run, coloured by model size. Thin lines: training loss, mean since the " +
                "point before. " +
            "Dots: loss on the fixed validation set. Both axes logarithmic." + (ends.Count > 0 ? CrossedCaption : ""),
            Chart("Loss against training compute", null, new JsonObject
            {
                ["width"] = 440,
                ["height"] = 300,
                ["encoding"] = new JsonObject
                {
                    ["x"] = x.Encode("flops", "Training compute (FLOPs)"),
                    ["y"] = LossAxis.Around(losses).Encode("loss", "Loss (nats/token)"),
                    ["color"] = color,
                },
                ["layer"] = layers,
            }));

        JsonObject Row(CurveRow c, double? loss) => new()
        {
            ["run"] = c.RunId,
            ["size"] = Label(c.Model, sizes[c.RunId].N),
            ["tokens"] = c.Tokens,
            ["flops"] = Number(c.Flops),
            ["loss"] = Number(loss),
        };
    }

    private static string Label(string model, double parameters) => $"{model} ({Numbers.Count(parameters)})";
}
