using System.Text.Json.Nodes;
using ScalingLab.Fitting;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>The compute-optimal model and data against compute.</summary>
internal static class FrontierFigure
{
    public const string Name = "frontier";
    private const string PowerLawName = "Power law through the minima";
    private const string ParametricName = "Parametric law";
    private const string FreshName = "Data-constrained law, fresh text";
    private const int Samples = 41;

    // The lines run a decade past the largest budget, as the frontier's table does.
    private const double Beyond = 10;

    public static Figure? Of(string name, string? subtitle, FitDocument fit, Func<double, double>? flopsPerToken, string size)
    {
        var isoflop = fit.Isoflop ?? new IsoFlopFit { Status = FitStatus.TooFewPoints };
        var minima = isoflop.Minima.Where(m => m.Parameters is not null || m.Tokens is not null).OrderBy(m => m.Flops).ToList();
        var law = fit.AdviceLaw?.Law;
        var lawName = fit.FrontierSource == FrontierSource.DataConstrained ? FreshName : ParametricName;
        if (minima.Count < 2 && law is null) return null;
        var budgets = isoflop.Minima.Select(m => m.Flops).DefaultIfEmpty(fit.Input.FlopsRange?.High ?? 1).ToList();
        var low = Math.Min(budgets.Min(), fit.Input.FlopsRange?.Low ?? double.MaxValue) / 1.3;
        var hasLines = law is not null || isoflop.ParametersLaw is not null || isoflop.TokensLaw is not null;
        var compute = LogAxis.Between(low, budgets.Max() * (hasLines ? Beyond : 1.3), Samples).ToList();
        var methods = ((string[])[PowerLawName, lawName])
            .Where(m => m == PowerLawName ? isoflop.ParametersLaw is not null || isoflop.TokensLaw is not null
                : law is not null).ToList();
        var optima = compute.Select(c => law is null ? default : flopsPerToken is null ? law.Optimum(c)
            : law.Optimum(c, flopsPerToken)).ToList();

        var sizes = new Panel("N ∝ Cᵃ, a", size, "a", isoflop.ParametersLaw,
            [.. isoflop.Draws.Select(d => d.Parameters)],
                [.. minima.Where(m => m.Parameters is not null).Select(m => (m.Flops, m.Parameters!.Value, m.ParametersInterval95))],
            [.. optima.Select(o => o.Parameters)]);
        var tokens = new Panel("D ∝ Cᵇ, b", "Training tokens D", "b", isoflop.TokensLaw,
            [.. isoflop.Draws.Select(d => d.Tokens)],
                [.. minima.Where(m => m.Tokens is not null).Select(m => (m.Flops, m.Tokens!.Value, m.TokensInterval95))],
            [.. optima.Select(o => o.Tokens)]);
        return new Figure(name, "Compute-optimal frontier",
            "Size and data of the lowest loss at each compute budget. Dots: interior IsoFLOP minima with 95 % bootstrap intervals." +
            (isoflop.ParametersLaw is null ? ""
                : " Solid line: power law through them, with its 95 % bootstrap band where there is one.") +
            (law is null ? " The parametric law is not drawn: its fit did not converge to one identified law."
                : $" Dashed line: optimum of the {char.ToLowerInvariant(lawName[0])}{lawName[1..]}, compute as counted.") +
            (methods.Count == 0 ? "" : " Right of the dotted line the lines are extrapolated."),
            Chart("Compute-optimal frontier", subtitle, new JsonObject
            {
                ["hconcat"] = new JsonArray(
                    sizes.Draw(compute, budgets.Max(), law is null ? null : lawName, methods, isoflop.Interval95),
                    tokens.Draw(compute, budgets.Max(), law is null ? null : lawName, methods, isoflop.Interval95)),
            }));
    }

    private sealed record Panel(
        string Title, string Axis, string Exponent, PowerLaw? Law, IReadOnlyList<PowerLaw> Draws,
        IReadOnlyList<(double Flops, double At, Interval? Interval)> Minima, IReadOnlyList<double> Parametric)
    {
        public JsonObject Draw(
            IReadOnlyList<double> compute, double largest, string? lawName, IReadOnlyList<string> methods,
            IReadOnlyDictionary<string, Interval>? intervals)
        {
            var band = Law is null || intervals is null ? [] : Band(compute);
            var lines = new List<JsonObject>();
            if (Law is not null) lines.AddRange(compute.Select(c => Line(PowerLawName, c, Law.At(c))));
            if (lawName is not null) lines.AddRange(compute.Zip(Parametric, (c, y) => Line(lawName, c, y)));
            var shown = lines.Select(l => (double)l["y"]!).Concat(Minima.Select(m => m.At))
                .Concat(Minima.SelectMany(m => m.Interval is { } i ? (double[])[i.Low, i.High] : [])).ToList();
            // A band without bounds must not flatten the rest: it counts up to a factor of 5 beyond what is drawn.
            if (band.Count > 0)
            {
                var (lowest, highest) = (shown.Min() / 5, shown.Max() * 5);
                shown.Add(Math.Max(lowest, band.Min(b => (double)b["low"]!)));
                shown.Add(Math.Min(highest, band.Max(b => (double)b["high"]!)));
            }

            var (x, y) = (LogAxis.Around(compute), LogAxis.Around(shown));
            var layers = new JsonArray();
            if (band.Count > 0)
            {
                layers.Add(Layer(Data(band), Mark("area", ("opacity", 0.18), ("color", Blue), ("clip", true)),
                    new JsonObject { ["y"] = y.Encode("low", Axis), ["y2"] = new JsonObject { ["field"] = "high" } }));
            }

            if (lines.Count > 0)
            {
                layers.Add(Layer(Data([new JsonObject { ["c"] = Number(largest) }]),
                    Mark("rule", ("strokeDash", new JsonArray(1, 3)), ("color", "#777777")), []));
                layers.Add(Layer(Data(lines), Mark("line", ("strokeWidth", 1.5), ("clip", true)), Lines(y, methods)));
            }

            if (Minima.Count > 0)
            {
                var rows = Minima.Select(Minimum).ToList();
                var bars = rows.Where(r => r["low"] is not null).Select(r => r.DeepClone().AsObject()).ToList();
                if (bars.Count > 0)
                {
                    layers.Add(Layer(Data(bars), Mark("rule", ("strokeWidth", 1.1), ("color", Ink), ("clip", true)),
                        new JsonObject { ["y"] = y.Encode("low", Axis), ["y2"] = new JsonObject { ["field"] = "high" } }));
                }

                layers.Add(Layer(Data(rows), Mark("point", ("filled", true), ("size", 42), ("opacity", 1), ("color", Ink)), Points(y)));
            }

            return new JsonObject
            {
                ["title"] = new JsonObject { ["text"] = Heading(intervals), ["fontWeight"] = "normal", ["fontSize"] = 11 },
                ["width"] = 270,
                ["height"] = 240,
                ["encoding"] = new JsonObject { ["x"] = x.Encode("c", "Training compute C (FLOPs)") },
                ["layer"] = layers,
            };
        }

        private string Heading(IReadOnlyDictionary<string, Interval>? intervals) => Law is null
            ? $"Compute-optimal {Axis[..1].ToLowerInvariant()}{Axis[1..]}"
            : $"{Title} = {Numbers.Fixed(Law.Exponent)}" +
              (intervals is not null && intervals.TryGetValue(Exponent, out var i)
                  ? $" (95 %: {Numbers.Fixed(i.Low)} to {Numbers.Fixed(i.High)})" : "");

        private JsonObject Lines(LogAxis y, IReadOnlyList<string> methods) => new()
        {
            ["y"] = y.Encode("y", Axis),
            ["color"] = Method(methods, m => JsonValue.Create(m == PowerLawName ? Blue : Vermilion)),
            ["strokeDash"] = Method(methods, m => m == PowerLawName ? new JsonArray(1, 0) : new JsonArray(6, 3)),
        };

        private JsonObject Points(LogAxis y) => new()
        {
            ["y"] = y.Encode("y", Axis),
            ["shape"] = new JsonObject
            {
                ["datum"] = "Interior IsoFLOP minima",
                ["type"] = "nominal",
                ["title"] = null,
                ["legend"] = new JsonObject { ["orient"] = "bottom", ["symbolSize"] = 100, ["symbolFillColor"] = Ink,
                    ["symbolStrokeColor"] = Ink },
            },
            ["tooltip"] = Tooltip(("c", "C", true), ("y", Axis, true), ("low", "95 % from", true), ("high", "95 % to", true)),
        };

        private static JsonObject Method(IReadOnlyList<string> methods, Func<string, JsonNode> range) => new()
        {
            ["field"] = "method",
            ["type"] = "nominal",
            ["title"] = null,
            ["scale"] = new JsonObject { ["domain"] = Strings(methods), ["range"] = new JsonArray([.. methods.Select(range)]) },
            ["legend"] = new JsonObject { ["orient"] = "bottom", ["symbolType"] = "stroke", ["symbolSize"] = 100,
                ["symbolStrokeWidth"] = 1.8 },
        };

        private List<JsonObject> Band(IReadOnlyList<double> compute) =>
        [
            .. compute.Select(c =>
            {
                var sorted = Draws.Select(d => d.At(c)).Order().ToList();
                return new JsonObject { ["c"] = Number(c), ["low"] = Number(Quantile(sorted, 0.025)),
                    ["high"] = Number(Quantile(sorted, 0.975)) };
            }).Where(r => r["low"] is not null),
        ];

        private static double Quantile(List<double> sorted, double share)
        {
            if (sorted.Count == 0) return double.NaN;
            var at = share * (sorted.Count - 1);
            var below = (int)at;
            return sorted[below] + ((at - below) * (sorted[Math.Min(below + 1, sorted.Count - 1)] - sorted[below]));
        }

        private static JsonObject Line(string method, double c, double y) =>
            new() { ["method"] = method, ["c"] = Number(c), ["y"] = Number(y) };

        private static JsonObject Minimum((double Flops, double At, Interval? Interval) m) => new()
        {
            ["c"] = Number(m.Flops),
            ["y"] = Number(m.At),
            ["low"] = Number(m.Interval?.Low),
            ["high"] = Number(m.Interval?.High),
        };
    }
}
