using System.Text.Json.Nodes;
using ScalingLab.Fitting;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>Losses over one tuned quantity, a panel for each size, a line for each length.</summary>
internal static class TuneProfiles
{
    // Divergence and the way to it would press everything else flat.
    private const double MostAbove = 0.25;
    private const int Columns = 3;

    public static Figure Of(string name, RecipeTune recipe, string quantity, int k)
    {
        var cells = recipe.Fit.Cells;
        var runs = recipe.Runs.ToDictionary(r => r.Row, r => r.Run);
        var lengths = cells.Select(c => c.Tokens).Order().Select(Numbers.Count).Distinct().ToList();
        var points = cells.SelectMany(cell => cell.Rows.Where(row => runs[row].LossValidation is { } loss && loss - cell.BestLoss < MostAbove)
            .GroupBy(row => Numbers.Drawn(RecipeTune.ValueOf(runs[row], quantity)))
            .Select(g => (Cell: cell, Value: g.Key, Loss: g.Min(row => runs[row].LossValidation!.Value)))).ToList();
        var x = LogAxis.Around(points.Select(p => p.Value).Concat(cells.Where(c => c.Status == MinimumStatus.Interior).Select(c => c.Minimum![k])));
        var panels = cells.GroupBy(c => c.Parameters).OrderBy(g => g.Key).Select(size =>
        {
            var own = points.Where(p => p.Cell.Parameters == size.Key).OrderBy(p => p.Cell.Tokens).ThenBy(p => p.Value).Select(p => new JsonObject
            {
                ["length"] = Numbers.Count(p.Cell.Tokens), ["x"] = Number(p.Value), ["above"] = Number(p.Loss - p.Cell.BestLoss), ["loss"] = Number(p.Loss),
            }).ToList();
            var minima = size.Where(c => c.Status == MinimumStatus.Interior).Select(c => new JsonObject
            {
                ["length"] = Numbers.Count(c.Tokens), ["x"] = Number(c.Minimum![k]), ["above"] = Number(Math.Max(0, c.MinimumLoss!.Value - c.BestLoss)),
            }).ToList();
            return (JsonNode)new JsonObject
            {
                ["title"] = new JsonObject { ["text"] = $"N = {Numbers.Count(size.Key)}", ["fontSize"] = 11, ["offset"] = 4 },
                ["width"] = 190, ["height"] = 170,
                ["encoding"] = new JsonObject
                {
                    ["x"] = x.Encode("x", TuneFigures.Title(quantity)), ["y"] = Linear("above", "Loss above the lowest (nats/token)"),
                    ["color"] = Viridis("length", "Tokens D", lengths),
                },
                ["layer"] = new JsonArray(
                    Layer(
                        Data(own), Mark("line", ("strokeWidth", 1.1), ("point", new JsonObject { ["size"] = 16, ["filled"] = true })),
                        new JsonObject { ["tooltip"] = Tooltip(("length", "D", false), ("x", quantity, true), ("loss", "loss", true)) }),
                    Layer(Data(minima), Mark("point", ("shape", "diamond"), ("size", 50), ("filled", true), ("opacity", 1)), [])),
            };
        });
        return new Figure(name, $"Loss over {TuneFigures.Title(quantity).ToLowerInvariant()}",
            "For each value the lowest loss over the other quantities, less the lowest of its cell; a panel a size, a line a length. Diamonds: minima of " +
            "the cells' own quadratics that lie inside.",
            Chart($"Loss over {TuneFigures.Title(quantity).ToLowerInvariant()}", null, new JsonObject
            {
                ["concat"] = new JsonArray([.. panels]), ["columns"] = Columns,
            }));
    }
}
