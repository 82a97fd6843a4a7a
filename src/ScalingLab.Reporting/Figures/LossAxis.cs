using System.Text.Json.Nodes;

namespace ScalingLab.Reporting;

/// <summary>A logarithmic axis of losses, nats/token, with labels at round ones.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
internal sealed record LossAxis(double Low, double High)
{
    private static readonly double[] Ticks = [0.5, 0.7, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30];

    // Losses that lie nearer to one another than the ticks above are labelled at tenths or finer.
    private static readonly double[] Steps = [0.2, 0.1, 0.05, 0.02, 0.01];

    private const int LeastTicks = 3;

    /// <summary>An axis with 3 % of room at either end.</summary>
    public static LossAxis Around(IEnumerable<double> losses)
    {
        var all = losses.ToList();
        return new LossAxis(all.Min() * 0.97, all.Max() * 1.03);
    }

    /// <summary>The encoding of <paramref name="field"/> on this axis.</summary>
    public JsonObject Encode(string field, string title) => new()
    {
        ["field"] = field,
        ["type"] = "quantitative",
        ["title"] = title,
        ["scale"] = new JsonObject { ["type"] = "log", ["domain"] = new JsonArray(Numbers.Drawn(Low), Numbers.Drawn(High)), ["nice"] = false },
        ["axis"] = new JsonObject { ["values"] = new JsonArray([.. Labels().Select(t => JsonValue.Create(t))]), ["format"] = "~g" },
    };

    private List<double> Labels()
    {
        var ticks = Ticks.Where(t => t > Low && t < High).ToList();
        foreach (var step in Steps)
        {
            if (ticks.Count >= LeastTicks) break;
            var first = (int)Math.Ceiling(Low / step);
            ticks = [.. Enumerable.Range(first, (int)Math.Floor(High / step) - first + 1).Select(i => Numbers.Drawn(i * step))];
        }

        return ticks;
    }
}
