using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>
/// fit.json: the fits' document (snake_case) with "sweep" before it: what was asked, counted and excluded. A sweep that varies its recipe
/// has "variants" instead, one document a recipe whose sizes and lengths vary, and "recipes": their losses compared.
/// </summary>
internal static class FitFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        NewLine = "\n",
        // A file, not a page: quotes and Greek letters stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(SweepTable sweep, SweepFits fits, RecipeComparison recipes)
    {
        var about = JsonSerializer.SerializeToNode(sweep.About, Json)!.AsObject();
        about.Insert(0, "name", sweep.Name);
        about["parameters_counted"] = SweepFits.CountOfParameters;
        about["flops_counted"] = SweepFits.CountOfFlops;
        about["runs"] = sweep.Runs.Count;
        about["observations"] = fits.Variants.Sum(v => v.Runs.Count);
        about["excluded"] = new JsonArray([.. fits.Excluded.Select(e => new JsonObject
        {
            ["row"] = e.Row, ["run_id"] = e.Run.RunId, ["model"] = e.Run.Model, ["state"] = RunLifecycle.Word(e.Run.State),
                ["reason"] = e.Reason,
        })]);
        about["flagged"] = new JsonArray([.. sweep.Verdicts.Select(v => new JsonObject
        {
            ["row"] = v.Row, ["run_id"] = v.Run.RunId, ["model"] = v.Run.Model, ["flags"] = RunDefectWords.Of(v.Defects),
                ["reasons"] = new JsonArray([.. v.Reasons.Select(r => JsonValue.Create(r))]), ["remedy"] = v.Remedy,
        })]);
        var file = new JsonObject { ["sweep"] = about };
        if (fits.Variants is [{ Variant: "" } only])
        {
            Add(file, only);
        }
        else
        {
            var variants = new JsonObject();
            foreach (var variant in fits.Laws) Add((JsonObject)(variants[variant.Variant] = new JsonObject()), variant);
            file["variants"] = variants;
            file["recipes"] = Recipes(recipes);
        }

        return file.ToJsonString(Json) + "\n";
    }

    /// <summary>What an earlier fit.json says about the sweep; nothing where there is none.</summary>
    /// <exception cref="InputException">The file is not such a document.</exception>
    public static SweepAbout ReadAbout(string path)
    {
        if (!File.Exists(path)) return new SweepAbout(null, null, null, null);
        try
        {
            var about = JsonNode.Parse(File.ReadAllText(path))?["sweep"];
            return about is null ? new SweepAbout(null, null, null, null) : about.Deserialize<SweepAbout>(Json)!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException(path, $"is not a fit of a sweep ({e.Message}); remove it, and it is made anew");
        }
    }

    private static JsonObject Recipes(RecipeComparison recipes) => new()
    {
        ["tuned_field"] = recipes.Tuning,
        ["tuned"] = new JsonArray([.. recipes.Tuned.Select(t => new JsonObject
        {
            ["recipe"] = t.Recipe, ["at_edge"] = t.AtEdge,
            ["chosen"] = new JsonArray([.. t.Chosen.Select(c => new JsonObject { ["value"] = c.Value, ["times"] = c.Times })]),
        })]),
        ["contrasts"] = new JsonArray([.. recipes.Contrasts.Select(c => new JsonObject
        {
            ["field"] = c.Field, ["from"] = c.From, ["to"] = c.To, ["where"] = c.Where, ["difference"] = c.Difference.Mean,
            ["interval95"] = c.Difference.Interval95 is { } i ? new JsonArray(i.Low, i.High) : null,
            ["pairs"] = c.Difference.Pairs, ["pairs_below"] = c.Difference.Below,
        })]),
    };

    private static void Add(JsonObject file, VariantFit fit)
    {
        file["headline"] = fit.Headline;
        var document = JsonNode.Parse(fit.Fit.ToJson())!.AsObject();
        foreach (var (name, value) in document.ToList())
        {
            document.Remove(name);
            file[name] = value;
        }
    }
}
