using System.Text.Encodings.Web;
using System.Text.Json;
using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.Files;

/// <summary>tokenizer.json of Hugging Face's tokenizers, for byte-level byte-pair encodings: written.</summary>
internal static class HuggingFaceFile
{
    public static void Write(string path, Tokenizer tokenizer)
    {
        using var file = File.Create(path);
        // Letters as they are: the file is data, not part of a page.
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions
        {
            Indented = true,
            IndentSize = 1,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
        var pairs = PairsOf(tokenizer);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAddedTokens(json, pairs);
        WriteNormalizer(json, pairs);
        json.WritePropertyName("pre_tokenizer");
        WriteSplit(json, pairs.Split);
        json.WriteNull("post_processor");
        json.WritePropertyName("decoder");
        WriteByteLevel(json, useRegex: true);
        WriteModel(json, pairs);
        json.WriteEndObject();
    }

    /// <summary>What the file says of a tokenizer: bytes are pairs without merges.</summary>
    public static BytePairVocabulary PairsOf(Tokenizer tokenizer) => tokenizer is BpeTokenizer bpe ? bpe.Pairs
        : TrainedPairs.Plain([]) with { Split = PreSplit.None };

    private static void WriteAddedTokens(Utf8JsonWriter json, BytePairVocabulary pairs)
    {
        json.WriteStartArray("added_tokens");
        var specials = pairs.Specials.Select(token => (token.Number, token.Name, Normalized: false, IsSpecial: true));
        var added = pairs.Added.Select(token => (token.Number, token.Text, token.AfterComposition, false));
        foreach (var (number, content, normalized, isSpecial) in specials.Concat(added).OrderBy(token => token.Number))
        {
            json.WriteStartObject();
            json.WriteNumber("id", number);
            json.WriteString("content", content);
            foreach (var no in new[] { "single_word", "lstrip", "rstrip" }) json.WriteBoolean(no, false);
            json.WriteBoolean("normalized", normalized);
            json.WriteBoolean("special", isSpecial);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNormalizer(Utf8JsonWriter json, BytePairVocabulary pairs)
    {
        if (!pairs.Composes)
        {
            json.WriteNull("normalizer");
            return;
        }
        json.WriteStartObject("normalizer");
        json.WriteString("type", "NFC");
        json.WriteEndObject();
    }

    private static void WriteSplit(Utf8JsonWriter json, PreSplit split)
    {
        if (split.Kind is PreSplitKind.None or PreSplitKind.Gpt2)
        {
            WriteByteLevel(json, useRegex: split.Kind == PreSplitKind.Gpt2);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", split.Pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, BytePairVocabulary pairs)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (var none in new[]
            { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" }) json.WriteNull(none);
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", pairs.WholeWords);
        json.WriteStartObject("vocab");
        var specials = pairs.Specials.ToDictionary(special => special.Number, special => special.Name);
        var added = pairs.AddedNumbers();
        for (var token = 0; token < pairs.Bytes.Count; token++)
        {
            if (added.Contains(token)) continue;
            if (specials.TryGetValue(token, out var name)) json.WriteNumber(name, token);
            else if (pairs.Bytes[token].Length > 0) json.WriteNumber(ByteLetters.Write(pairs.Bytes[token]), token);
        }
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var merge in pairs.Merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(ByteLetters.Write(pairs.Bytes[merge.Left]));
            json.WriteStringValue(ByteLetters.Write(pairs.Bytes[merge.Right]));
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
