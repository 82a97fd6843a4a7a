using System.Text.Json;
using ScalingLab.Runs.Models;

namespace ScalingLab.Data.Exchange;

/// <summary>Fields of a config.json; every one that cannot be read here becomes a problem.</summary>
/// <param name="path">The file, for problems.</param>
/// <param name="root">Its object.</param>
internal sealed class ConfigReader(string path, JsonElement root)
{
    private const int MostShown = 60;

    private readonly List<string> _problems = [];

    /// <summary>What is wrong so far, each with its place.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>What a shape says of an MLP that wide: nothing where its kind has that width anyway.</summary>
    public static int Hidden(int given, int usual) => given == usual ? 0 : given;

    public void Problem(string field, string what) => _problems.Add($"{path}: {field} {what}.");

    public bool Flag(string name, bool absent)
    {
        if (Find(name) is not { } value) return absent;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Problem(name, $"is {Shown(value)}; true or false is read");
        return absent;
    }

    /// <summary>The field is absent or has the only value that is read here.</summary>
    public void Require(string name, bool only) => Require(name, only, absent: only);

    /// <summary>The field has the only value that is read here.</summary>
    /// <param name="absent">What it is where it is left out.</param>
    public void Require(string name, bool only, bool absent)
    {
        if (Flag(name, absent) != only) Problem(name, $"is {(only ? "false" : "true")}; only the other is read");
    }

    /// <inheritdoc cref="Require(string, bool, bool)"/>
    public void Require(string name, int only, int absent)
    {
        if (IntegerOr(name, absent) is var given && given != only && given > 0)
            Problem(name, $"is {given}; only {only} is read, width over heads");
    }

    /// <summary>Whether the field is there, be it null.</summary>
    public bool Has(string name) => root.TryGetProperty(name, out _);

    /// <summary>A positive whole number; 0 and a problem where it is none.</summary>
    /// <param name="absent">Where it is left out; 0: it must be there.</param>
    public int Integer(string name, int absent = 0)
    {
        if (Find(name) is null && absent == 0) Problem(name, "is missing; a whole number is expected");
        return IntegerOr(name, absent);
    }

    /// <summary>As <see cref="Integer"/>, of a field that may be left out.</summary>
    public int IntegerOr(string name, int absent)
    {
        if (Find(name) is not { } value) return absent;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0) return number;
        Problem(name, $"is {Shown(value)}; a whole number from 1 on is expected");
        return 0;
    }

    /// <summary>A token's number, or the first of several; null where there is none.</summary>
    public int? Token(string name)
    {
        if (Find(name) is not { } value) return null;
        var first = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? value[0] : value;
        if (first.ValueKind == JsonValueKind.Number && first.TryGetInt32(out var number) && number >= 0) return number;
        Problem(name, $"is {Shown(value)}; a token's number is expected");
        return null;
    }

    public string? Text(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Problem(name, $"is {Shown(value)}; a text is expected");
        return null;
    }

    /// <summary>The MLP's kind by its activation.</summary>
    public MlpKind Activation(string name, string absent)
    {
        switch (Text(name) ?? absent)
        {
            case "gelu":
                return MlpKind.Gelu;
            case "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast":
                return MlpKind.GeluTanh;
            case "relu2":
                return MlpKind.Relu2;
            case "silu" or "swish":
                return MlpKind.Swiglu;
            case var other:
                Problem(name, $"is {other}; gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu2 and silu are read");
                return absent == "silu" ? MlpKind.Swiglu : MlpKind.Gelu;
        }
    }

    public HeadKind Head(bool absent) => Flag("tie_word_embeddings", absent) ? HeadKind.Tied : HeadKind.Untied;

    /// <summary>What norms add under the root; 0 where it is the kind's own.</summary>
    public double Epsilon(string name, double absent, NormKind kind)
    {
        var given = Number(Find(name), name, absent, most: 0.1);
        return given == (kind == NormKind.Rms ? ModelShape.RmsEpsilon : ModelShape.LayerEpsilon) ? 0 : given;
    }

    /// <summary>The base of rotary frequencies, by its older name or in rope_parameters.</summary>
    public double RotaryBase(string name, double absent)
    {
        foreach (var scaling in (string[])["rope_scaling", "rope_parameters"])
        {
            if (Find(scaling) is not { ValueKind: JsonValueKind.Object } given) continue;
            var type = Inner(given, "rope_type") ?? Inner(given, "type");
            if (type is { } kind && !(kind.ValueKind == JsonValueKind.String && kind.ValueEquals("default")))
                Problem($"{scaling}.rope_type", $"is {Shown(kind)}; only default is read");
        }

        return Number(Find(name) ?? InRotaryParameters("rope_theta") ?? Find("rope_theta"), name, absent,
            most: 1e12);
    }

    /// <summary>The share of a head that is turned, by its older name or in rope_parameters.</summary>
    public double RotaryShare(string name, double absent) =>
        Number(Find(name) ?? InRotaryParameters("partial_rotary_factor"), name, absent, most: 1);

    private JsonElement? InRotaryParameters(string name) => Find("rope_parameters") is { } all ? Inner(all, name) : null;

    private static JsonElement? Inner(JsonElement all, string name) =>
        all.ValueKind == JsonValueKind.Object && all.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null ? value : null;

    private double Number(JsonElement? given, string name, double absent, double most)
    {
        if (given is not { } value) return absent;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > 0
            && number <= most) return number;
        Problem(name, FormattableString.Invariant($"is {Shown(value)}; a number above 0, at most {most}, is expected"));
        return absent;
    }

    private JsonElement? Find(string name) => Inner(root, name);

    private static string Shown(JsonElement value) =>
        value.GetRawText() is { Length: > MostShown } text ? $"{text[..MostShown]}..." : value.GetRawText();
}
