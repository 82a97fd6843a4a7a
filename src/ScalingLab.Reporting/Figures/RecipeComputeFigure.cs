using System.Text.Json.Nodes;
using ScalingLab.Fitting;
using static ScalingLab.Reporting.VegaLite;

namespace ScalingLab.Reporting;

/// <summary>Final loss over compute, a frontier for each recipe: the distance between two along the axis of compute is what one is worth.</summary>
internal static class RecipeComputeFigure
{
    public const string Name = "recipe-compute";

    // Okabe and Ito's palette (2008). More lines than colours cannot be told apart.
    private static readonly string[] Colours = [Blue, Vermilion, "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    /// <summary>Null where no recipes can be compared at equal loss, or too many are to be told apart.</summary>
    public static Figure? Of(RecipeComparison comparison)
    {
        if (comparison.Contrasts.All(c => c.Multiplier is null)) return null;
        string Recipe(RunRow run) => comparison.Tuning is { } tuning ? run.VariantWithout(tuning) : run.Variant;
        var recipes = comparison.Judged.Select(Recipe).Distinct().ToList();
        if (recipes.Count > Colours.Length) return null;
        var dots = comparison.Judged.Select(r => Row(Recipe(r), r.Flops, r.LossValidation!.Value, r)).ToList();
        var lines = comparison.Judged.GroupBy(Recipe).SelectMany(g => Frontier(g.Key, [.. g])).ToList();
        var (x, y) = (LogAxis.Around(comparison.Judged.Select(r => r.Flops)), LossAxis.Around(comparison.Judged.Select(r => r.LossValidation!.Value)));
        return new Figure(Name, "Loss over compute by recipe",
            "Validation loss at the end of each run over its training compute. Lines: the frontier of each recipe, the lowest mean loss at each amount of "
            + "compute. The distance between two lines from left to right is what one recipe is worth in compute. Both axes logarithmic.",
            Chart("Loss over training compute", null, new JsonObject
            {
                ["width"] = 440,
                ["height"] = 240,
                ["encoding"] = new JsonObject
                {
                    ["x"] = x.Encode("flops", "Training compute (FLOPs)"),
                    ["y"] = y.Encode("loss", "Validation loss (nats/token)"),
                    ["color"] = new JsonObject
                    {
                        ["field"] = "recipe", ["type"] = "nominal", ["title"] = "Recipe",
                        ["scale"] = new JsonObject { ["domain"] = Strings(recipes), ["range"] = Strings(Colours[..recipes.Count]) },
                    },
                },
                ["layer"] = new JsonArray(
                    Layer(Data(lines), Mark("line", ("strokeWidth", 1.6), ("clip", true)), []),
                    Layer(Data(dots), Mark("point", ("filled", true), ("size", 22), ("opacity", 1), ("clip", true)), new JsonObject
                    {
                        ["tooltip"] = Tooltip(("run", "run", false), ("model", "model", false), ("recipe", "recipe", false), ("flops", "FLOPs", true),
                            ("loss", "validation loss", true)),
                    })),
            }));
    }

    private static IEnumerable<JsonObject> Frontier(string recipe, IReadOnlyList<RunRow> runs)
    {
        var means = runs.GroupBy(r => (r.Model, r.Flops)).Select(g => (g.Key.Flops, g.Average(r => r.LossValidation!.Value)));
        return (LossFrontier.Through(means)?.Points ?? []).Select(p => Row(recipe, Math.Exp(p.LogFlops), Math.Exp(p.LogLoss), null));
    }

    private static JsonObject Row(string recipe, double flops, double loss, RunRow? run) => new()
    {
        ["recipe"] = recipe, ["flops"] = Number(flops), ["loss"] = Number(loss), ["run"] = run?.RunId, ["model"] = run?.Model,
    };
}
