using System.Text.Json;
using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Splitting;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Tokenizers.Files;

/// <summary>Tokenizers in files that other programs read and write too.</summary>
public static class TokenizerFiles
{
    /// <summary>tokenizer.json of Hugging Face's tokenizers: all of the tokenizer.</summary>
    public const string HuggingFaceName = "tokenizer.json";

    /// <summary>The rank file, as tiktoken reads it: its tokens.</summary>
    public const string RankName = "tokenizer.tiktoken";

    /// <summary>The ending of a rank file's name.</summary>
    public const string RankEnding = ".tiktoken";

    /// <summary>
    /// Writes a tokenizer into a folder in both formats. Where tokenizer.json stands, both are whole, whenever the
    /// process is killed.
    /// </summary>
    public static void Save(Tokenizer tokenizer, string folder)
    {
        RankFile.Write(Path.Combine(folder, RankName), tokenizer);
        var path = Path.Combine(folder, HuggingFaceName);
        HuggingFaceFile.Write(path + ".partial", tokenizer);
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <summary>Writes tokenizer.json alone.</summary>
    public static void SaveHuggingFace(Tokenizer tokenizer, string path) => HuggingFaceFile.Write(path, tokenizer);

    /// <summary>The name that tokenizer.json has for a special token; null where it is none.</summary>
    public static string? SpecialName(Tokenizer tokenizer, int token) => HuggingFaceFile.PairsOf(tokenizer).Specials
        .FirstOrDefault(special => special.Number == token)?.Name;

    /// <summary>
    /// Reads tokenizer.json: that of Hugging Face's tokenizers where it is a byte-level byte-pair encoding, or the one
    /// that earlier versions wrote.
    /// </summary>
    /// <exception cref="DataException">The file is missing or damaged, or holds what is not read here: every
    /// problem.</exception>
    public static Tokenizer Load(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(InputFile.OpenText(path, FileKind.Tokenizer));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new DataException($"{path}: holds no tokenizer.");
            if (json.RootElement.TryGetProperty("kind", out _))
            {
                return json.RootElement.Deserialize<EarlierFile>(EarlierFile.Json)?.ToTokenizer(path)
                    ?? throw new DataException($"{path}: holds no tokenizer.");
            }
            return Make(path, HuggingFaceReader.Read(path, json.RootElement));
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{path}: there is no such file.", absent);
        }
        catch (Exception damaged) when (damaged is JsonException or IOException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            throw new DataException($"{path}: the tokenizer cannot be read: {damaged.Message}", damaged);
        }
    }

    /// <summary>Reads a rank file, or tokenizer.json, by the ending of its name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="split">How words are cut; only for a rank file, which does not say it.</param>
    /// <exception cref="DataException">Every problem of the file.</exception>
    public static Tokenizer Load(string path, PreSplit split) =>
        IsRankFile(path) ? Make(path, RankFile.Read(path, split)) : Load(path);

    /// <summary>Whether a file is a rank file, by its name.</summary>
    public static bool IsRankFile(string path) => path.EndsWith(RankEnding, StringComparison.OrdinalIgnoreCase);

    private static Tokenizer Make(string path, BytePairVocabulary pairs)
    {
        try
        {
            if (pairs.Split.Kind != PreSplitKind.None) return new BpeTokenizer(pairs);
            var bytes = new ByteTokenizer();
            var isBytes = pairs.Merges.Count == 0 && pairs.Bytes.Count == bytes.Vocabulary
                && pairs.EndOfDocument == bytes.EndOfDocument
                && pairs.Bytes.Index().All(token => bytes.Bytes(token.Index).SequenceEqual(token.Item));
            return isBytes ? bytes : new BpeTokenizer(pairs);
        }
        catch (DataException fault)
        {
            throw new DataException($"{path}: {fault.Message}.", fault);
        }
    }
}
