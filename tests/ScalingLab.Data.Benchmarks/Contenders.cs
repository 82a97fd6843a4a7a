using System.Text;
using Microsoft.ML.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;

namespace ScalingLab.Data.Benchmarks;

/// <summary>What encodes a text, and the names it goes by.</summary>
internal static class Contenders
{
    public static IReadOnlyList<string> Encodings { get; } = ["gpt2", "cl100k_base", "o200k_base"];

    /// <summary>The texts of files; bytes that are no UTF-8 become U+FFFD, as in a corpus.</summary>
    public static string[] Texts(IEnumerable<string> files) =>
        [.. files.Select(file => Encoding.UTF8.GetString(File.ReadAllBytes(file)))];

    public static Func<string, int> Own(string encoding)
    {
        var tokenizer = BuiltInTokenizers.Find(encoding)!;
        return text =>
        {
            var tokens = new List<int>(text.Length / 2);
            tokenizer.Encode(text, tokens);
            return tokens.Count;
        };
    }

    public static Func<string, int> Microsofts(string encoding)
    {
        var tokenizer = encoding == "gpt2" ? TiktokenTokenizer.CreateForModel("gpt2")
            : TiktokenTokenizer.CreateForEncoding(encoding);
        return text => tokenizer.EncodeToIds(text).Count;
    }

    /// <summary>Hugging Face's library, over the same vocabulary as we write it.</summary>
    public static Func<string, uint[]> HuggingFaces(string encoding)
    {
        var folder = Directory.CreateTempSubdirectory("scalinglab-tokenizer-").FullName;
        try
        {
            TokenizerFiles.Save(BuiltInTokenizers.Find(encoding)!, folder);
            var file = Path.Combine(folder, TokenizerFiles.HuggingFaceName);
            return new global::Tokenizers.DotNet.Tokenizer(file).Encode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
