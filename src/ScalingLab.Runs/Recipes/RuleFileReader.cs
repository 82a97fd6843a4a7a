using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Recipes;

/// <summary>Reads a rule file for all its problems at once.</summary>
internal static class RuleFileReader
{
    public static readonly string[] Sections =
        ["$schema", "name", "relativeTo", "counts", "date", "data", "recipe", "runs", "cells", "residual", "region",
            "laws"];

    public static readonly string[] LawFields =
    [
        "coefficient", "parameters", "tokens", "parametersInterval95", "tokensInterval95", "covariance", "freedom",
            "scatter", "leaveOneOut", "followsBatch",
    ];

    private static readonly JsonDocumentOptions Json =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private static readonly NumberRange Any = new(-1e9, 1e9);
    private static readonly NumberRange Exponent = new(-10, 10);

    public static IReadOnlyList<string> Quantities { get; } =
        [RuleFile.LearningRate, RuleFile.BatchTokens, .. RuleFile.OtherFields];

    public static RuleFile Parse(ReadOnlySpan<byte> text, string file)
    {
        var problems = new List<Problem>();
        var hash = Convert.ToHexStringLower(SHA256.HashData(text));
        using var document = ParseJson(text.ToArray(), file);
        var rule = Read(new JsonField(document.RootElement, "", problems), problems);
        if (problems.Count > 0)
            throw new InputException(
                [.. problems.Distinct()
                    .Select(p => p with { Place = p.Place == "the grid" ? file : $"{file} {p.Place}" })]);
        return rule! with { Hash = hash };
    }

    private static JsonDocument ParseJson(byte[] text, string file)
    {
        try
        {
            return JsonDocument.Parse(text, Json);
        }
        catch (JsonException e)
        {
            throw new InputException($"{file}, line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}",
                $"is no valid JSON: {e.Message.Split(" LineNumber:", 2)[0].TrimEnd()}");
        }
    }

    private static RuleFile? Read(JsonField root, List<Problem> problems)
    {
        if (root.Fields(Sections) is not { } sections) return null;
        if (sections.TryGetValue("$schema", out var schema)) schema.Text();
        foreach (var required in (string[])["name", "laws"])
        {
            if (!sections.ContainsKey(required))
                problems.Add(new Problem(required, "is missing; a rule needs a name and laws"));
        }

        var below = sections.TryGetValue("relativeTo", out var r)
            ? r.OneOf([.. SizeRule.All.Select(rule => rule.Name)]) : null;
        var rule = new RuleFile
        {
            Name = Text("name") ?? "",
            RelativeTo = below ?? SizeRule.Auto.Name,
            Counts = sections.TryGetValue("counts", out var c)
                && c.OneOf(EnumNames.All<ParameterConvention>()) is { } word
                ? EnumNames.Find<ParameterConvention>(word)!.Value : ParameterConvention.WithHead,
            Date = sections.TryGetValue("date", out var date) ? Day(date) : null,
            Data = Text("data"),
            Recipe = sections.TryGetValue("recipe", out var recipe) ? Recipe(recipe) : [],
            Runs = sections.TryGetValue("runs", out var runs) ? runs.Integer(1, 1_000_000_000) : null,
            Cells = sections.TryGetValue("cells", out var cells) ? cells.Integer(1, 1_000_000_000) : null,
            Residual = sections.TryGetValue("residual", out var residual) ? residual.Number(new NumberRange(0, 1e6))
                : null,
            Region = sections.TryGetValue("region", out var region) ? Region(region) : null,
            Laws = sections.TryGetValue("laws", out var laws) ? Laws(laws) : new Dictionary<string, RuleFileLaw>(),
        };
        return rule;

        string? Text(string field) => sections.TryGetValue(field, out var value) ? value.Text() : null;
    }

    private static string? Day(JsonField value)
    {
        if (value.Text() is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            return text;
        value.AddProblem($"'{text}' is no day such as 2026-11-28");
        return null;
    }

    private static IReadOnlyList<RecipeChoice> Recipe(JsonField value) =>
        [.. RecipeSection.Read(value).Where(a => a.Values.Count > 0)
            .Select(a => new RecipeChoice(a.Field, a.Values[0].Text))];

    private static RuleRegion? Region(JsonField value)
    {
        if (value.Fields(["parameters", "tokens"]) is not { } fields) return null;
        foreach (var required in (string[])["parameters", "tokens"])
        {
            if (!fields.ContainsKey(required)) value.AddProblem($"has no {required}; give [least, most]");
        }

        var sizes = fields.TryGetValue("parameters", out var p) ? Pair(p, NumberRange.Positive(1e18)) : null;
        var lengths = fields.TryGetValue("tokens", out var t) ? Pair(t, NumberRange.Positive(1e18)) : null;
        return sizes is { } n && lengths is { } d ? new RuleRegion(n.Low, n.High, d.Low, d.High) : null;
    }

    private static Dictionary<string, RuleFileLaw> Laws(JsonField value)
    {
        var laws = new Dictionary<string, RuleFileLaw>();
        if (value.Fields(Quantities) is not { } fields) return laws;
        if (fields.Count == 0) value.AddProblem($"has no law; give one of {string.Join(", ", Quantities)}");
        foreach (var (quantity, given) in fields)
        {
            if (Law(given, quantity) is { } law) laws[quantity] = law;
        }

        return laws;
    }

    private static RuleFileLaw? Law(JsonField value, string quantity)
    {
        if (value.Fields(LawFields) is not { } fields) return null;
        foreach (var required in LawFields[..3].Where(f => !fields.ContainsKey(f)))
            value.AddProblem($"has no {required}; a law is coefficient x N^parameters x D^tokens");
        var coefficient = Number("coefficient", NumberRange.Positive(1e300));
        var (parameters, tokens) = (Number("parameters", Exponent), Number("tokens", Exponent));
        if (quantity != RuleFile.LearningRate && fields.TryGetValue("followsBatch", out var stray))
            stray.AddProblem("belongs to learningRate: it says how the rate follows a batch that is not the rule's");
        var law = new RuleFileLaw(new RuleLaw(coefficient ?? 1, parameters ?? 0, tokens ?? 0))
        {
            ParametersInterval95 = fields.TryGetValue("parametersInterval95", out var p) ? Pair(p, Any) : null,
            TokensInterval95 = fields.TryGetValue("tokensInterval95", out var t) ? Pair(t, Any) : null,
            Covariance = fields.TryGetValue("covariance", out var rows) ? Covariance(rows) : null,
            Freedom = fields.TryGetValue("freedom", out var freedom) ? (int?)freedom.Integer(1, 1_000_000) : null,
            Scatter = Number("scatter", new NumberRange(0, 1e6)),
            LeaveOneOut = Number("leaveOneOut", new NumberRange(0, 1e6)),
            FollowsBatch = Number("followsBatch", Exponent),
        };
        if (law.Covariance is not null != law.Freedom is not null)
            value.AddProblem("has one of covariance and freedom; an interval needs both");
        return law;

        double? Number(string field, NumberRange range) =>
            fields.TryGetValue(field, out var given) ? given.Number(range) : null;
    }

    private static (double Low, double High)? Pair(JsonField value, NumberRange range)
    {
        var items = value.Items();
        if (items.Count == 2 && items[0].Number(range) is { } low && items[1].Number(range) is { } high)
        {
            if (low <= high) return (low, high);
            value.AddProblem("has the larger number first; give [least, most]");
        }
        else if (items.Count is not (0 or 2))
        {
            value.AddProblem($"has {items.Count} items; give [least, most]");
        }

        return null;
    }

    private static double[][]? Covariance(JsonField value)
    {
        var rows = value.Items();
        if (rows.Count == 0) return null;
        double[][] numbers = [.. rows.Select(row => row.Items().Select(x => x.Number(Any)).OfType<double>().ToArray())];
        if (numbers.Length == 3 && numbers.All(row => row.Length == 3)) return numbers;
        value.AddProblem("is no matrix of three rows of three numbers: (ln coefficient, parameters, tokens)");
        return null;
    }
}
