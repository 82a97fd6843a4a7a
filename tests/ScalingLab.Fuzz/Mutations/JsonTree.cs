using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace ScalingLab.Fuzz.Mutations;

/// <summary>JSON as a file may have it, not as it should be: names may repeat, and a leaf is any text at all.</summary>
internal sealed class JsonTree
{
    private readonly bool _isObject;
    private string? _leaf;

    private JsonTree(string? leaf, bool isObject) => (_leaf, _isObject) = (leaf, isObject);

    /// <summary>What stands in an object or an array; of an array without names. Names have their quotes.</summary>
    public List<(string? Name, JsonTree Value)> Members { get; } = [];

    public bool IsObject => _leaf is null && _isObject;

    public bool IsArray => _leaf is null && !_isObject;

    public bool IsNumber => _leaf is { Length: > 0 } && (char.IsAsciiDigit(_leaf[0]) || _leaf[0] == '-');

    public bool IsText => _leaf is ['"', ..];

    public static JsonTree Of(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Of(document.RootElement);
    }

    /// <summary>Any text at all, whatever it is, in one piece.</summary>
    public static JsonTree Leaf(string text) => new(text, false);

    private static JsonTree Of(JsonElement element)
    {
        var isObject = element.ValueKind == JsonValueKind.Object;
        if (!isObject && element.ValueKind != JsonValueKind.Array) return Leaf(element.GetRawText());
        var tree = new JsonTree(null, isObject);
        if (isObject) tree.Members.AddRange(element.EnumerateObject().Select(m => (Quoted(m), Of(m.Value))));
        else tree.Members.AddRange(element.EnumerateArray().Select(item => ((string?)null, Of(item))));
        return tree;
    }

    // As it is written: a name may have half of a character in it.
    private static string? Quoted(JsonProperty member) =>
        $"\"{Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(member))}\"";

    /// <summary>Puts any text in the place of what is here.</summary>
    public void Become(string text) => _leaf = text;

    /// <summary>This and all below.</summary>
    public IEnumerable<JsonTree> All() => _leaf is null ? Members.SelectMany(m => m.Value.All()).Prepend(this) : [this];

    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private void Write(StringBuilder text)
    {
        if (_leaf is not null)
        {
            text.Append(_leaf);
            return;
        }

        text.Append(_isObject ? '{' : '[');
        for (var i = 0; i < Members.Count; i++)
        {
            if (i > 0) text.Append(',');
            if (Members[i].Name is { } name) text.Append(name).Append(':');
            Members[i].Value.Write(text);
        }

        text.Append(_isObject ? '}' : ']');
    }
}
