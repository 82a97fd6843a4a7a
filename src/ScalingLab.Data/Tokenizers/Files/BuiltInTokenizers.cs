using System.IO.Compression;
using System.Reflection;
using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.Files;

/// <summary>
/// OpenAI's vocabularies, out of the packages that carry their rank files. Special tokens beyond the end of document
/// (such as those of fill-in-the-middle) are not in the vocabulary, since no text gives them.
/// </summary>
public static class BuiltInTokenizers
{
    private static readonly (string Name, string Package, PreSplit Split, int EndOfDocument)[] All =
    [
        ("gpt2", "Gpt2", PreSplit.Gpt2, 50256),
        ("cl100k_base", "Cl100kBase", PreSplit.Cl100k, 100257),
        ("o200k_base", "O200kBase", PreSplit.O200k, 199999),
    ];

    private static readonly Dictionary<string, Lazy<BpeTokenizer>> Loaded =
        All.ToDictionary(built => built.Name, built => new Lazy<BpeTokenizer>(() => new(Read(built))));

    /// <summary>"gpt2", "cl100k_base" and "o200k_base".</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(built => built.Name)];

    /// <summary>The tokenizer of a name; null where there is none. Made when first asked for.</summary>
    public static BpeTokenizer? Find(string name) => Loaded.TryGetValue(name, out var found) ? found.Value : null;

    /// <summary>A line that says how many there are, then on each line a token in base 64, by rank.</summary>
    private static BytePairVocabulary Read((string Name, string Package, PreSplit Split, int EndOfDocument) built)
    {
        var package = Assembly.Load($"Microsoft.ML.Tokenizers.Data.{built.Package}");
        var resource = package.GetManifestResourceNames().Single();
        using var packed = package.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(new DeflateStream(packed, CompressionMode.Decompress));
        reader.ReadLine();
        var bytes = new List<byte[]>(built.EndOfDocument + 1);
        while (reader.ReadLine() is { Length: > 0 } line) bytes.Add(Convert.FromBase64String(line));
        return RankFile.Make(built.Name, bytes, built.Split, built.EndOfDocument);
    }
}
