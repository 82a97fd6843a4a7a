using System.Globalization;
using System.Text.Json;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>
/// The sections of a grid file, each read for all its problems; what is wrong is left out of what is returned.
/// </summary>
internal static class GridFileSections
{
    public const int DefaultVocabulary = 1024;

    // Each of as many cells is asked for every one of them.
    private const int MaxExclusions = 20_000;

    /// <summary>Fields that an exclusion may match beside the recipe's.</summary>
    public static readonly string[] CellFields =
        ["model", "layers", "width", "heads", "context", "flops", "tokens", "tokensPerParameter", "uniqueTokens",
            "packing", "seed"];

    /// <summary>Fields that say how workers carry runs out.</summary>
    public static readonly string[] WorkerFields =
    [
        "threads", "gpus", "microBatchTokens", "recompute", "memoryBytes", "checkpointSeconds", "curvePoints",
            "evaluations", "gridIntensity", "price",
    ];

    private static readonly string[] ShapeFields = ["layers", "width", "heads"];

    public static IReadOnlyList<GridModel> Models(JsonField value)
    {
        var models = new List<GridModel>();
        var names = new HashSet<string>();
        foreach (var item in value.Items())
        {
            var model = item.Kind == JsonValueKind.String ? Preset(item) : Shape(item);
            if (model is null) continue;
            if (!names.Add(model.Name))
                item.AddProblem($"a second model is called "
                    + $"'{model.Name}'; leave it out or give it a \"name\" of its own");
            else
                models.Add(model);
        }

        return models;
    }

    public static IReadOnlyList<GridLength> Lengths(JsonField value)
    {
        var lengths = new List<GridLength>();
        var seen = new HashSet<(GridLengthKind, double)>();
        foreach (var item in value.OneOrMany())
        {
            if (Length(item) is not { } length) continue;
            if (!seen.Add((length.Kind, length.Value))) item.AddProblem("is given twice; keep one");
            else lengths.Add(length);
        }

        return lengths;
    }

    public static IReadOnlyList<int> Seeds(JsonField value) => value.Kind == JsonValueKind.Number
        ? value.Integer(1, 1000) is { } count ? [.. Enumerable.Range(1, (int)count)] : []
        : RecipeSection.Distinct(value, v => (int?)v.Integer(0, int.MaxValue));

    public static IReadOnlyList<GridExclusion> Exclude(JsonField value)
    {
        // An empty list excludes nothing: that is no mistake, unlike an empty axis.
        if (value.Kind == JsonValueKind.Array && value.IsEmpty) return [];
        var exclusions = new List<GridExclusion>();
        string[] known = [.. CellFields, .. RecipeField.All.Select(f => f.Name)];
        foreach (var item in value.Items(MaxExclusions))
        {
            if (item.Fields(known) is not { } fields) continue;
            if (fields.Count == 0) item.AddProblem("matches every cell; name at least one field");
            exclusions.Add(new GridExclusion(
                [.. fields.Select(f =>
                    new GridAxis(f.Key, RecipeSection.Distinct(f.Value, v => ExcludedValue(f.Key, v))))]));
        }

        return exclusions;
    }

    public static GridWorker Worker(JsonField value)
    {
        if (value.Fields(WorkerFields) is not { } fields) return new GridWorker();
        int? Count(string field, int most) => fields.TryGetValue(field, out var v) ? (int?)v.Integer(1, most) : null;
        var auto = fields.TryGetValue("microBatchTokens", out var m) && m.Kind == JsonValueKind.String
            && m.OneOf(["auto"]) is not null;
        return new GridWorker
        {
            Threads = Count("threads", 1024),
            Gpus = Count("gpus", WorkerSettings.MaxGpus),
            MicroBatchTokens = auto ? null : Count("microBatchTokens", 100_000_000),
            AutoMicroBatch = auto ? true : null,
            Recompute = fields.TryGetValue("recompute", out var r)
                && r.OneOf(EnumNames.All<RecomputeMode>()) is { } word
                ? EnumNames.Find<RecomputeMode>(word)
                : null,
            MemoryBytes = fields.TryGetValue("memoryBytes", out var b) ? b.Integer(100_000_000, 1L << 50) : null,
            CheckpointSeconds = fields.TryGetValue("checkpointSeconds", out var s)
                ? s.Number(NumberRange.Positive(86_400)) : null,
            CurvePoints = Count("curvePoints", 100_000),
            Evaluations = Count("evaluations", 10_000),
            GridIntensity = fields.TryGetValue("gridIntensity", out var g) ? Intensity(g) : null,
            Price = fields.TryGetValue("price", out var p) ? Price(p) : null,
        };
    }

    private static GridIntensity? Intensity(JsonField value)
    {
        if (value.Fields(["name", "gramsPerKwh"]) is not { } fields) return null;
        if (fields.Count < 2)
            value.AddProblem("needs a name and gramsPerKwh, e.g. { \"name\": \"Kenya 2023\", \"gramsPerKwh\": 96 }");
        var name = fields.TryGetValue("name", out var n) ? n.Text() : null;
        var grams = fields.TryGetValue("gramsPerKwh", out var g) ? g.Number(new NumberRange(0, 5000)) : null;
        return name is not null && grams is { } perKwh ? new GridIntensity(name, perKwh) : null;
    }

    private static ComputePrice? Price(JsonField value)
    {
        if (value.Fields(["name", "currency", "perDeviceHour", "perKwh"]) is not { } fields) return null;
        if (!fields.ContainsKey("name") || !fields.ContainsKey("currency")
            || fields.Keys.All(f => f is "name" or "currency"))
        {
            value.AddProblem("needs a name, a currency, and perDeviceHour or perKwh, "
                + "e.g. { \"name\": \"list price\", \"currency\": \"EUR\", \"perDeviceHour\": 2.5 }");
        }

        string? Text(string field) => fields.TryGetValue(field, out var text) ? text.Text() : null;
        double? Money(string field) =>
            fields.TryGetValue(field, out var money) ? money.Number(new NumberRange(0, 1e6)) : null;
        var (name, currency) = (Text("name"), Text("currency"));
        var (hour, energy) = (Money("perDeviceHour"), Money("perKwh"));
        return name is null || currency is null ? null
            : new ComputePrice(name, currency) { PerDeviceHour = hour, PerKwh = energy };
    }

    private static GridLength? Length(JsonField item)
    {
        const string Which = "give one of flops, tokens and tokensPerParameter";
        if (item.Fields(["flops", "tokens", "tokensPerParameter"]) is not { } fields) return null;
        if (fields.Count != 1)
        {
            item.AddProblem(fields.Count == 0 ? $"has no length; {Which}" : $"has {fields.Count} lengths; {Which}");
            return null;
        }

        var (field, given) = fields.Single();
        var (kind, number) = field switch
        {
            "flops" => (GridLengthKind.Flops, given.Number(new NumberRange(1e6, 1e27))),
            "tokens" => (GridLengthKind.Tokens, given.Integer(1, 1_000_000_000_000_000)),
            _ => (GridLengthKind.TokensPerParameter, given.Number(NumberRange.Positive(1e6))),
        };
        return number is { } x ? new GridLength(kind, x, given.Path) : null;
    }

    private static GridModel? Preset(JsonField item)
    {
        if (item.Text() is not { } name) return null;
        if (ModelPresets.Find(name) is { } preset)
            return new GridModel(name, WithQkNorm(preset).Shape(DefaultVocabulary), item.Path);
        item.AddProblem($"no preset is called "
            + $"'{name}'{NearestWord.Hint(name, [.. ModelPresets.All.Select(p => p.Name)])}");
        return null;
    }

    private static GridModel? Shape(JsonField item)
    {
        if (item.Kind != JsonValueKind.Object)
        {
            item.AddProblem("is neither a preset's name nor an object with layers, width and heads");
            return null;
        }

        if (item.Fields(["layers", "width", "heads", "name"]) is not { } fields) return null;
        foreach (var required in ShapeFields.Where(r => !fields.ContainsKey(r)))
            item.AddProblem($"has no {required}; give layers, width and heads");
        int? Size(string field, int least, int most) =>
            fields.TryGetValue(field, out var v) ? (int?)v.Integer(least, most) : null;
        var name = fields.TryGetValue("name", out var n) ? n.Text() : null;
        var (layers, width, heads) = (Size("layers", 1, 512), Size("width", 2, 65_536), Size("heads", 1, 1024));
        if (width is { } w && heads is { } h && w % h != 0)
        {
            var shape = new ModelShape { Layers = 1, Width = w, Heads = h, Vocabulary = 256, Context = 64 };
            fields["heads"].AddProblem(shape.Problems().First(p => p.Field == "heads").Problem);
            return null;
        }

        if (layers is null || width is null || heads is null) return null;

        // A shape of one's own has the context of the smallest preset at least as wide, unless the grid gives one.
        var like = ModelPresets.Ladder.FirstOrDefault(p => p.Width >= width) ?? ModelPresets.Ladder[^1];
        name ??= string.Create(CultureInfo.InvariantCulture, $"{layers}x{width}");
        return new GridModel(name,
            WithQkNorm(like)
            .Shape(DefaultVocabulary) with { Layers = layers.Value, Width = width.Value, Heads = heads.Value },
            item.Path);
    }

    /// <summary>
    /// A plain shape with norms of queries and keys, which is worth 0.03 to 0.04 nats/token at 5m and 23m and nothing
    /// either way below (docs/size-rules.md); a known model as it is.
    /// </summary>
    private static ModelPreset WithQkNorm(ModelPreset preset) =>
        ModelPresets.Known.Contains(preset) ? preset
        : preset with { Architecture = shape => shape with { QkNorm = true } };

    private static FieldValue? ExcludedValue(string field, JsonField value)
    {
        if (RecipeField.Find(field) is { } recipe) return recipe.Read(value);
        if (field == "model") return value.Text() is { } name ? new FieldValue(name) : null;
        if (field == "packing")
            return value.OneOf(EnumNames.All<Packing>()) is { } word ? new FieldValue(word) : null;
        return value.Number(new NumberRange(0, 1e27)) is { } x ? FieldValue.FromNumber(x) : null;
    }
}
