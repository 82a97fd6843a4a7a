using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScalingLab.Fitting.Documents;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Analysis;

/// <summary>
/// fit.json: the fits' document (snake_case) with "sweep" before it: what was asked, counted and excluded. A sweep that
/// varies its recipe has "variants" instead, one document a recipe whose sizes and lengths vary, and "recipes": their
/// losses compared.
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

    public static string Write(SweepTable sweep, SweepFits fits, RecipeComparison recipes, RepetitionStudy repetition)
    {
        var about = JsonSerializer.SerializeToNode(sweep.About, Json)!.AsObject();
        about.Insert(0, "name", sweep.Name);
        about["parameters_counted"] = SweepFits.CountOfParameters;
        about["flops_counted"] = SweepFits.CountOfFlops;
        about["asks"] = new JsonArray([.. fits.Question.Topics.Select(t => JsonValue.Create(EnumNames.ToName(t)))]);
        about["runs"] = sweep.Runs.Count;
        about["observations"] = fits.Variants.Sum(v => v.Runs.Count);
        about["excluded"] = new JsonArray([.. fits.Excluded.Select(e => new JsonObject
        {
            ["row"] = e.Row, ["run_id"] = e.Run.RunId, ["model"] = e.Run.Model,
                ["state"] = RunLifecycle.NameOf(e.Run.State),
                ["reason"] = e.Reason,
        })]);
        about["flagged"] = new JsonArray([.. sweep.Verdicts.Select(v => new JsonObject
        {
            ["row"] = v.Row, ["run_id"] = v.Run.RunId, ["model"] = v.Run.Model,
                ["flags"] = RunDefectNames.Join(v.Defects),
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
            if (fits.Question.Topics.Contains(SweepTopic.Repetition)) file["repetition"] = Repetition(repetition);
            if (fits.Downstream.Count > 0) file["downstream"] = JsonNode.Parse(FitDocument.DownstreamJson(fits.Downstream));
        }

        return file.ToJsonString(Json) + "\n";
    }

    /// <summary>What an earlier fit.json says about the sweep; nothing where there is none.</summary>
    /// <exception cref="InputException">The file is not such a document.</exception>
    public static SweepMetadata ReadAbout(string path)
    {
        if (!InputFile.IsThere(path)) return new SweepMetadata(null, null, null, null);
        try
        {
            var about = JsonNode.Parse(InputFile.ReadText(path, FileKind.Fit))?["sweep"];
            return about is null ? new SweepMetadata(null, null, null, null) : about.Deserialize<SweepMetadata>(Json)!;
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
            ["chosen"] =
                new JsonArray([.. t.Chosen.Select(c => new JsonObject { ["value"] = c.Value, ["times"] = c.Times })]),
        })]),
        ["contrasts"] = new JsonArray([.. recipes.Contrasts.Select(c => new JsonObject
        {
            ["field"] = c.Field, ["from"] = c.From, ["to"] = c.To, ["where"] = c.Where,
                ["difference"] = c.Difference.Mean,
            ["interval95"] = c.Difference.Interval95 is { } i ? new JsonArray(i.Low, i.High) : null,
            ["pairs"] = c.Difference.Pairs, ["pairs_below"] = c.Difference.Below, ["seeds"] = c.Seeds,
                ["seeds_to_decide"] = c.MoreSeeds,
            ["in_the_way"] = c.BlockingPair is { } pair ? new JsonArray(pair.From.RunId, pair.To.RunId) : null,
            ["compute_multiplier"] = c.Multiplier is not { } m ? null : new JsonObject
            {
                ["factor"] = m.Factor, ["interval95"] = m.Interval95 is { } x ? new JsonArray(x.Low, x.High) : null,
                ["interval_from"] = EnumNames.ToName(m.From), ["extrapolated"] = m.Extrapolated,
            },
        })]),
    };

    private static JsonObject Repetition(RepetitionStudy study) => new()
    {
        ["tolerance"] = RepetitionStudy.Least,
        ["enough"] = new JsonArray([.. study.Enough.Select(e => new JsonObject
        {
            ["recipe"] = e.Most.Recipe, ["model"] = e.Most.Model, ["tokens"] = e.Most.Tokens,
                ["enough"] = e.Enough.UniqueTokens, ["decided"] = e.IsDecided,
            ["texts"] = new JsonArray([.. e.Cells.Select(c => new JsonObject
            {
                ["unique_tokens"] = c.UniqueTokens, ["epochs"] = c.Epochs, ["loss"] = c.Loss,
                    ["loses"] = e.LossAgainstMost(c)?.Mean,
                ["interval95"] = e.LossAgainstMost(c)?.Interval95 is { } i ? new JsonArray(i.Low, i.High) : null,
            })]),
        })]),
        ["repeated"] = new JsonArray([.. study.Repeated.Select(r => new JsonObject
        {
            ["recipe"] = r.Cells[0].Recipe, ["model"] = r.Cells[0].Model, ["unique_tokens"] = r.Cells[0].UniqueTokens,
            ["epochs"] = new JsonArray([.. r.Cells.Select(c => JsonValue.Create(c.Epochs))]),
            ["losses"] = new JsonArray([.. r.Cells.Select(c => JsonValue.Create(c.Loss))]),
            ["stops_between_epochs"] = r.Stop is { } stop ? new JsonArray(stop.From.Epochs, stop.To.Epochs) : null,
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
