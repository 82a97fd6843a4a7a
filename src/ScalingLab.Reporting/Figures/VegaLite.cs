using System.Text.Json.Nodes;

namespace ScalingLab.Reporting;

/// <summary>The parts that every figure's Vega-Lite spec is put together from.</summary>
internal static class VegaLite
{
    public const string Schema = "https://vega.github.io/schema/vega-lite/v6.json";

    private const string Font = "DejaVu Sans";

    // Okabe and Ito's palette (2008): told apart with any colour vision.
    public const string Blue = "#0072B2";
    public const string Vermilion = "#D55E00";
    public const string Ink = "#222222";

    /// <summary>What a caption says of crossed marks.</summary>
    public const string CrossedCaption = " Crosses: runs flagged undertrained, unstable or overfitted.";

    /// <summary>A whole spec: schema, theme, title, then what the figure adds.</summary>
    public static JsonObject Chart(string title, string? subtitle, JsonObject body)
    {
        var heading = new JsonObject { ["text"] = title };
        if (subtitle is not null) heading["subtitle"] = subtitle;
        var spec = new JsonObject { ["$schema"] = Schema, ["title"] = heading, ["config"] = Theme() };
        foreach (var (name, value) in body.ToList())
        {
            body.Remove(name);
            spec[name] = value;
        }

        return spec;
    }

    /// <summary>Inline data.</summary>
    public static JsonObject Data(IEnumerable<JsonObject> rows) => new() { ["values"] = new JsonArray([.. rows]) };

    /// <summary>A number to draw; missing or not finite is null.</summary>
    public static JsonNode? Number(double? value) => value is { } v && double.IsFinite(v) ? JsonValue.Create(Numbers.Drawn(v)) : null;

    /// <summary>A mark with its options.</summary>
    public static JsonObject Mark(string type, params (string Name, JsonNode Value)[] options)
    {
        var mark = new JsonObject { ["type"] = type };
        foreach (var (name, value) in options) mark[name] = value;
        return mark;
    }

    /// <summary>A run that should not be believed: crossed, where the others have a dot.</summary>
    public static JsonObject Crossed() =>
        Mark("point", ("shape", "M-.5,-.5L.5,.5M-.5,.5L.5,-.5"), ("filled", false), ("size", 110), ("strokeWidth", 1.8), ("opacity", 1));

    /// <summary>One layer.</summary>
    public static JsonObject Layer(JsonObject data, JsonObject mark, JsonObject encoding) =>
        new() { ["data"] = data, ["mark"] = mark, ["encoding"] = encoding };

    /// <summary>A quantity on a linear axis that need not show zero.</summary>
    public static JsonObject Linear(string field, string title, string? format = null) => new()
    {
        ["field"] = field,
        ["type"] = "quantitative",
        ["title"] = title,
        ["scale"] = new JsonObject { ["zero"] = false, ["nice"] = true },
        ["axis"] = format is null ? new JsonObject() : new JsonObject { ["format"] = format },
    };

    /// <summary>A field drawn on scales that another layer has described.</summary>
    public static JsonObject Quantity(string field) => new() { ["field"] = field, ["type"] = "quantitative" };

    /// <summary>Ordered categories in viridis, evenly from its dark end to light green: the yellow beyond is too faint on white.</summary>
    public static JsonObject Viridis(string field, string title, IReadOnlyList<string> order) => new()
    {
        ["field"] = field,
        ["type"] = "ordinal",
        ["title"] = title,
        ["scale"] = new JsonObject
        {
            ["domain"] = Strings(order),
            ["scheme"] = new JsonObject { ["name"] = "viridis", ["extent"] = Extent(order.Count) },
        },
        ["legend"] = new JsonObject { ["symbolType"] = "circle", ["symbolOpacity"] = 1, ["columns"] = 1 + ((order.Count - 1) / 14) },
    };

    /// <summary>What the pointer shows: fields with titles, numbers with five significant digits.</summary>
    public static JsonArray Tooltip(params (string Field, string Title, bool IsNumber)[] fields) => new(
        [.. fields.Select(f => f.IsNumber
            ? new JsonObject { ["field"] = f.Field, ["type"] = "quantitative", ["title"] = f.Title, ["format"] = ".5~g" }
            : new JsonObject { ["field"] = f.Field, ["type"] = "nominal", ["title"] = f.Title })]);

    /// <summary>An array of strings.</summary>
    public static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => JsonValue.Create(v))]);

    // Vega takes n colours at 1/(n+1) ... n/(n+1) of the extent; this extent puts the first and the last of them where they should be.
    private static JsonArray Extent(int colours)
    {
        const double First = 0.02, Last = 0.86;
        if (colours < 2) return new JsonArray(0, 0.6);
        var step = (Last - First) / (colours - 1);
        return new JsonArray(First - step, Last + step);
    }

    private static JsonObject Theme() => new()
    {
        ["background"] = "white",
        ["font"] = Font,
        ["padding"] = 8,
        ["view"] = new JsonObject { ["stroke"] = null },
        ["axis"] = new JsonObject
        {
            ["domainColor"] = Ink, ["domainWidth"] = 0.8, ["tickColor"] = Ink, ["tickWidth"] = 0.7, ["labelColor"] = Ink,
                ["titleColor"] = Ink,
            ["labelFont"] = Font, ["titleFont"] = Font, ["labelFontSize"] = 10, ["titleFontSize"] = 11, ["titleFontWeight"] = "normal",
            ["titlePadding"] = 8, ["grid"] = true, ["gridColor"] = "#e6e6e6", ["gridWidth"] = 0.6,
        },
        ["legend"] = new JsonObject
        {
            ["labelFont"] = Font, ["titleFont"] = Font, ["labelFontSize"] = 10, ["titleFontSize"] = 10, ["titleFontWeight"] = "normal",
            ["labelColor"] = Ink, ["titleColor"] = Ink, ["symbolSize"] = 55, ["rowPadding"] = 3, ["labelLimit"] = 260, ["titleLimit"] = 260,
        },
        ["title"] = new JsonObject
        {
            ["font"] = Font, ["fontSize"] = 12, ["fontWeight"] = "bold", ["anchor"] = "start", ["frame"] = "group", ["offset"] = 10,
                ["color"] = Ink,
            ["subtitleFont"] = Font, ["subtitleFontSize"] = 10, ["subtitleColor"] = "#555555", ["subtitlePadding"] = 4,
        },
        ["concat"] = new JsonObject { ["spacing"] = 34 },
    };
}
