using System.Text;
using System.Text.Json;
using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.Files;

/// <summary>
/// Reads tokenizer.json of Hugging Face's tokenizers where it is a byte-level byte-pair encoding with a known pattern.
/// Post-processors are passed over: no token is put before or after a text. What would encode otherwise than is said
/// here is a problem, never passed over.
/// </summary>
internal sealed class HuggingFaceReader
{
    private const int MostProblems = 20;

    private static readonly string[] EndsOfDocument =
        ["<|endoftext|>", "<|end_of_text|>", "<|endofdocument|>", "<|eos|>", "<eos>", "</s>"];

    private readonly string _path;
    private readonly List<string> _problems = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<SpecialToken> _specials = [];
    private readonly List<AddedToken> _added = [];

    private HuggingFaceReader(string path) => _path = path;

    /// <summary>The vocabulary of a file.</summary>
    /// <param name="path">For problems.</param>
    /// <exception cref="DataException">Lists what it has that cannot be, or is not read here.</exception>
    public static BytePairVocabulary Read(string path, JsonElement root) => new HuggingFaceReader(path).Read(root);

    private BytePairVocabulary Read(JsonElement root)
    {
        var composes = Composes(Field(root, "normalizer"));
        var split = Split(Field(root, "pre_tokenizer"));
        ReadAddedTokens(Field(root, "added_tokens"));
        if (Field(root, "model") is not { ValueKind: JsonValueKind.Object } model)
        {
            Problem("has no model");
            throw Refusal();
        }
        CheckModel(model);
        ReadVocabulary(Field(model, "vocab"));
        if (_problems.Count > 0) throw Refusal();
        var merges = Merges(Field(model, "merges"));
        if (_problems.Count > 0) throw Refusal();
        var bytes = BytesByNumber();
        if (_problems.Count > 0) throw Refusal();
        var end = EndOfDocument(bytes);
        return new(split, bytes, merges, _specials, end,
            Field(model, "ignore_merges") is { ValueKind: JsonValueKind.True }) { Composes = composes, Added = _added };
    }

    private bool Composes(JsonElement? normalizer)
    {
        if (normalizer is not { ValueKind: not JsonValueKind.Null } given) return false;
        if (Type(given) == "Sequence" && Field(given, "normalizers") is { ValueKind: JsonValueKind.Array } steps)
            return steps.EnumerateArray().Select(step => Composes(step)).ToList().Contains(true);
        if (Type(given) == "NFC") return true;
        Problem($"has the normalizer {Type(given)}; NFC is read");
        return false;
    }

    private PreSplit Split(JsonElement? given)
    {
        if (given is { ValueKind: JsonValueKind.Object } one && Type(one) == "ByteLevel")
            return ByteLevel(one) ? PreSplit.Gpt2 : PreSplit.None;
        if (given is { ValueKind: JsonValueKind.Object } all && Type(all) == "Sequence"
            && Field(all, "pretokenizers") is { ValueKind: JsonValueKind.Array } steps && steps.GetArrayLength() == 2
            && Type(steps[0]) == "Split" && Type(steps[1]) == "ByteLevel")
        {
            if (ByteLevel(steps[1])) Problem("splits words by its own pattern and by GPT-2's; one pattern is read");
            return OfPattern(steps[0]);
        }
        Problem("has no pre_tokenizer ByteLevel, nor a Split followed by one: only byte-level encodings are read, "
            + "and of those that split text otherwise none");
        return PreSplit.None;
    }

    /// <summary>Whether a ByteLevel step splits by GPT-2's pattern.</summary>
    private bool ByteLevel(JsonElement step)
    {
        if (Field(step, "add_prefix_space") is not { ValueKind: JsonValueKind.False })
            Problem("puts a blank before each text (add_prefix_space); text is encoded as it is");
        return Field(step, "use_regex") is not { ValueKind: JsonValueKind.False };
    }

    private PreSplit OfPattern(JsonElement step)
    {
        var behaviour = (Text(Field(step, "behavior")), Field(step, "invert")?.ValueKind);
        if (behaviour is not (("Isolated", JsonValueKind.False) or ("Removed", JsonValueKind.True)))
            Problem($"its Split has the behavior {behaviour.Item1}; Isolated is read");
        var given = Field(step, "pattern");
        var pattern = given is { ValueKind: JsonValueKind.Object } one ? Text(Field(one, "Regex")) : null;
        if (pattern is not null && PreSplit.OfPattern(pattern) is { } known) return known;
        Problem($"splits words by a pattern that is not known here: {pattern ?? "no Regex"}; known are those of GPT-2, "
            + "cl100k_base and o200k_base, with one to three digits in a row");
        return PreSplit.None;
    }

    private void ReadAddedTokens(JsonElement? added)
    {
        if (added is not { ValueKind: JsonValueKind.Array } tokens) return;
        foreach (var token in tokens.EnumerateArray())
        {
            var (name, number) = (Text(Field(token, "content")), Number(Field(token, "id")));
            if (string.IsNullOrEmpty(name) || number is null) Problem("has an added token without content or id");
            else if (Is(token, "special")) _specials.Add(new(name, number.Value));
            else _added.Add(new(name, number.Value, AfterComposition: Is(token, "normalized")));
            foreach (var option in new[] { "single_word", "lstrip", "rstrip" })
            {
                if (!Is(token, "special") && Is(token, option))
                    Problem($"its added token '{name}' has {option}, which is not read");
            }
        }
        foreach (var twice in _added.GroupBy(token => token.Text).Where(same => same.Count() > 1))
            Problem($"has the added token '{twice.Key}' twice");
    }

    private void CheckModel(JsonElement model)
    {
        var type = Text(Field(model, "type")) ?? (Field(model, "merges") is null ? "unknown" : "BPE");
        if (type != "BPE") Problem($"is a {type} model; byte-level BPE is read");
        foreach (var name in new[] { "dropout", "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (Field(model, name) is { } value && value.ValueKind != JsonValueKind.Null
                && !(value.ValueKind == JsonValueKind.String && value.GetString()!.Length == 0))
                Problem($"has a {name}, which is not read");
        }
        if (Field(model, "byte_fallback") is { ValueKind: JsonValueKind.True })
            Problem("has byte_fallback, as sentencepiece has it; byte-level BPE is read");
    }

    private void ReadVocabulary(JsonElement? vocabulary)
    {
        if (vocabulary is not { ValueKind: JsonValueKind.Object } tokens)
        {
            Problem("has no vocab of tokens and numbers");
            return;
        }
        foreach (var token in tokens.EnumerateObject())
        {
            if (Number(token.Value) is not { } number) Problem($"its token '{token.Name}' has no number from 0 to "
                + $"{BytePairVocabulary.MostTokens - 1}");
            else if (!_numbers.TryAdd(token.Name, number)) Problem($"has the token '{token.Name}' twice");
        }
    }

    private List<Merge> Merges(JsonElement? given)
    {
        var merges = new List<Merge>();
        if (given is not { ValueKind: JsonValueKind.Array } all)
        {
            Problem("has no merges");
            return merges;
        }
        foreach (var item in all.EnumerateArray())
        {
            var parts = item.ValueKind switch
            {
                JsonValueKind.String => item.GetString()!.Split(' '),
                JsonValueKind.Array => item.EnumerateArray().Select(part => Text(part) ?? "").ToArray(),
                _ => [],
            };
            if (parts is not [var left, var right] || !_numbers.TryGetValue(left, out var l)
                || !_numbers.TryGetValue(right, out var r) || !_numbers.TryGetValue(left + right, out var made))
                Problem($"its merge {merges.Count} is not of two tokens whose letters together are a third");
            else merges.Add(new(l, r, made));
            if (_problems.Count >= MostProblems) break;
        }
        return merges;
    }

    private List<byte[]> BytesByNumber()
    {
        var added = _specials.Select(token => token.Number).Concat(_added.Select(token => token.Number)).ToHashSet();
        var bytes = new List<byte[]>();
        foreach (var (letters, number) in _numbers)
        {
            while (bytes.Count <= number) bytes.Add([]);
            if (added.Contains(number)) continue;
            if (bytes[number].Length > 0) Problem($"has the number {number} for two tokens");
            else if (ByteLetters.TryRead(letters, out var read)) bytes[number] = read;
            else Problem($"its token '{letters}' is not written in byte-level letters");
        }
        foreach (var number in added)
        {
            while (bytes.Count <= number) bytes.Add([]);
        }
        foreach (var token in _added) bytes[token.Number] = Encoding.UTF8.GetBytes(token.Text);
        return bytes;
    }

    /// <summary>The special token that ends documents; a further one where the file has none of a known name.</summary>
    private int EndOfDocument(List<byte[]> bytes)
    {
        var known = EndsOfDocument.Select(name => _specials.Find(token => token.Name == name))
            .FirstOrDefault(token => token is not null);
        if (known is not null) return known.Number;
        bytes.Add([]);
        _specials.Add(new(TrainedPairs.EndOfDocumentName, bytes.Count - 1));
        return bytes.Count - 1;
    }

    private void Problem(string what)
    {
        if (_problems.Count < MostProblems) _problems.Add($"{_path}: {what}.");
    }

    private DataException Refusal() => new(_problems);

    private static bool Is(JsonElement element, string name) =>
        Field(element, name) is { ValueKind: JsonValueKind.True };

    private static string Type(JsonElement element) => Text(Field(element, "type")) ?? "without a type";

    private static JsonElement? Field(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement? element) =>
        element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static int? Number(JsonElement? element) => element is { ValueKind: JsonValueKind.Number } number
        && number.TryGetInt32(out var value) && value is >= 0 and < BytePairVocabulary.MostTokens ? value : null;
}
