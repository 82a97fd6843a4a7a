using System.Text.Json.Nodes;
using ScalingLab.Fitting;
using ScalingLab.Runs;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>The parametric law against the runs: predicted beside measured loss, and what is left over.</summary>
internal static class ParametricFigure
{
    public const string Name = "parametric";

    public static Figure? Of(string name, string? subtitle, PlottedRuns runs, ParametricFit fit)
    {
        var rows = fit.Residuals.Where(r => double.IsFinite(r.Predicted) && r.Predicted > 0).ToList();
        if (fit.Law is null || rows.Count == 0) return null;
        var models = runs.Models();
        var (low, high) = (rows.Min(r => Math.Min(r.Loss, r.Predicted)), rows.Max(r => Math.Max(r.Loss, r.Predicted)));
        var room = Math.Max(0.04 * (high - low), 0.002);
        var domain = (Low: Numbers.Drawn(low - room), High: Numbers.Drawn(high + room));
        var caution = fit.Status == FitStatus.Converged ? "" :
            $" The fit's status is {EnumWords.Of(fit.Status)}: other parameter values describe the runs as well, so its numbers must not " +
                $"be quoted.";
        return new Figure(name, "Parametric law against runs",
            "Left: loss predicted by L = E + A/N^α + B/D^β against the loss measured, every run fitted; on the line they are equal. " +
            "Right: the logarithm of their ratio against compute." + caution + (rows.Any(r => runs.FlagsOf(r.Row) is not null) ? CrossedCaption : ""),
            Chart("Parametric law against runs", Subtitle(subtitle, fit), new JsonObject
            {
                ["hconcat"] = new JsonArray(Predicted(runs, rows, domain, models), Left(runs, rows, models)),
            }));
    }

    private static string Subtitle(string? variant, ParametricFit fit)
    {
        var law = fit.Law!;
        string N(double value) => Numbers.Significant(value, 3);
        var said = fit.Status == FitStatus.Converged
            ? $"L = {N(law.E)} + {N(law.A)} / N^{N(law.Alpha)} + {N(law.B)} / D^{N(law.Beta)}"
            : $"status: {EnumWords.Of(fit.Status)}";
        return variant is null ? said : $"{variant}; {said}";
    }

    private static JsonObject Predicted(
        PlottedRuns runs, IReadOnlyList<FitResidual> rows, (double Low, double High) domain, IReadOnlyList<string> models)
    {
        JsonObject Axis(string field, string title) => new()
        {
            ["field"] = field,
            ["type"] = "quantitative",
            ["title"] = title,
            ["scale"] = new JsonObject { ["domain"] = new JsonArray(domain.Low, domain.High), ["nice"] = false },
            ["axis"] = new JsonObject { ["tickCount"] = 6 },
        };
        return new JsonObject
        {
            ["width"] = 240,
            ["height"] = 240,
            ["encoding"] = new JsonObject { ["x"] = Axis("loss", "Measured loss (nats/token)"),
                ["y"] = Axis("predicted", "Predicted loss (nats/token)") },
            ["layer"] = new JsonArray(
            [
                Layer(Data([End(domain.Low), End(domain.High)]), Mark("line", ("color", "#777777"), ("strokeWidth", 0.9)), []),
                .. Dots(runs, rows, models),
            ]),
        };

        static JsonObject End(double at) => new() { ["loss"] = at, ["predicted"] = at };
    }

    private static JsonObject Left(PlottedRuns runs, IReadOnlyList<FitResidual> rows, IReadOnlyList<string> models)
    {
        var x = LogAxis.Around(rows.Select(r => r.Flops));
        var most = Numbers.Drawn(1.12 * Math.Max(rows.Max(r => Math.Abs(Math.Log(r.Predicted / r.Loss))), 1e-6));
        var y = Linear("left", "ln(predicted / measured)", "~g");
        y["scale"] = new JsonObject { ["domain"] = new JsonArray(-most, most), ["nice"] = false };
        return new JsonObject
        {
            ["width"] = 250,
            ["height"] = 240,
            ["encoding"] = new JsonObject { ["x"] = x.Encode("flops", "Training compute (FLOPs)"), ["y"] = y },
            ["layer"] = new JsonArray(
            [
                Layer(Data([new JsonObject { ["flops"] = x.Low, ["left"] = 0 }, new JsonObject { ["flops"] = x.High, ["left"] = 0 }]),
                    Mark("line", ("color", "#777777"), ("strokeWidth", 0.9)), []),
                .. Dots(runs, rows, models),
            ]),
        };
    }

    private static IEnumerable<JsonObject> Dots(PlottedRuns runs, IReadOnlyList<FitResidual> rows, IReadOnlyList<string> models)
    {
        var flagged = rows.Where(r => runs.FlagsOf(r.Row) is not null).ToList();
        if (flagged.Count < rows.Count)
            yield return Layer(Data(rows.Except(flagged).Select(Row)), Mark("point", ("filled", true), ("size", 30), ("opacity", 0.9)), Colour(rows, models));
        if (flagged.Count > 0) yield return Layer(Data(flagged.Select(Row)), Crossed(), Colour(rows, models));
    }

    // By model where the models have names and are few, else by size.
    private static JsonObject Colour(IReadOnlyList<FitResidual> rows, IReadOnlyList<string> models) => new()
    {
        ["color"] = models.Count > 0 ? Viridis("model", "Model", models) : LogAxis.Around(rows.Select(r => r.Parameters)).Colour("n", "N"),
        ["tooltip"] = Tooltip(("model", "model", false), ("n", "N", true), ("tokens", "tokens", true), ("flops", "FLOPs", true),
            ("loss", "measured", true), ("predicted", "predicted", true)),
    };

    private static JsonObject Row(FitResidual r) => new()
    {
        ["model"] = r.Label,
        ["n"] = Number(r.Parameters),
        ["tokens"] = Number(r.Tokens),
        ["flops"] = Number(r.Flops),
        ["loss"] = Number(r.Loss),
        ["predicted"] = Number(r.Predicted),
        ["left"] = Number(Math.Log(r.Predicted / r.Loss)),
    };
}
