using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScalingLab.Runs.Recipes;

/// <summary>A rule file's text.</summary>
internal static class RuleFileWriter
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(RuleFile rule)
    {
        var file =
            new JsonObject
            { ["name"] = rule.Name, ["relativeTo"] = rule.RelativeTo, ["counts"] = EnumNames.ToName(rule.Counts) };
        AddIfGiven(file, "date", rule.Date);
        AddIfGiven(file, "data", rule.Data);
        if (rule.Recipe.Count > 0)
        {
            var recipe = new JsonObject();
            foreach (var (field, value) in rule.Recipe) recipe[field] = Value(value);
            file["recipe"] = recipe;
        }

        AddIfGiven(file, "runs", rule.Runs);
        AddIfGiven(file, "cells", rule.Cells);
        AddIfGiven(file, "residual", rule.Residual);
        if (rule.Region is { } region)
        {
            file["region"] = new JsonObject
            {
                ["parameters"] = new JsonArray(region.ParametersLeast, region.ParametersMost),
                ["tokens"] = new JsonArray(region.TokensLeast, region.TokensMost),
            };
        }

        var laws = new JsonObject();
        foreach (var (field, law) in rule.Laws) laws[field] = ToObject(law);
        file["laws"] = laws;
        return file.ToJsonString(Readable) + "\n";
    }

    private static JsonObject ToObject(RuleFileLaw law)
    {
        var written = new JsonObject
        {
            ["coefficient"] = law.Law.Coefficient,
            ["parameters"] = law.Law.ParametersExponent,
            ["tokens"] = law.Law.TokensExponent,
        };
        if (law.ParametersInterval95 is { } ofParameters)
            written["parametersInterval95"] = new JsonArray(ofParameters.Low, ofParameters.High);
        if (law.TokensInterval95 is { } ofTokens)
            written["tokensInterval95"] = new JsonArray(ofTokens.Low, ofTokens.High);
        if (law.Covariance is { } rows)
            written["covariance"] =
                new JsonArray([.. rows.Select(row => new JsonArray([.. row.Select(x => JsonValue.Create(x))]))]);
        AddIfGiven(written, "freedom", law.Freedom);
        AddIfGiven(written, "scatter", law.Scatter);
        AddIfGiven(written, "leaveOneOut", law.LeaveOneOut);
        AddIfGiven(written, "followsBatch", law.FollowsBatch);
        return written;
    }

    /// <summary>A choice as the grid has it: a number or a truth value without quotes.</summary>
    private static JsonValue Value(string text)
    {
        if (text is "true" or "false") return JsonValue.Create(text == "true");
        return double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? JsonValue.Create(number) : JsonValue.Create(text);
    }

    private static void AddIfGiven<T>(JsonObject file, string name, T? value)
    {
        if (value is not null) file[name] = JsonValue.Create(value);
    }
}
