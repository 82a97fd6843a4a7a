using ScalingLab.Data;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Splitting;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Tokenizers;

/// <summary>Tokenizers by the words of a command line.</summary>
public static class TokenizerChoice
{
    private const string Bytes = "bytes";

    /// <summary>Finds them; all that have a name where none is given.</summary>
    /// <exception cref="InputException">Those that cannot be had: all of them.</exception>
    public static IReadOnlyList<(string Name, Tokenizer Tokenizer)> Find(IReadOnlyList<string> words)
    {
        var (found, problems) = (new List<(string, Tokenizer)>(), new List<Problem>());
        foreach (var word in words.Count > 0 ? words.Distinct() : [.. BuiltInTokenizers.Names])
        {
            try
            {
                found.Add((word, Find(word)));
            }
            catch (DataException fault)
            {
                problems.AddRange(fault.Problems.Select(text => new Problem("--tokenizer", text)));
            }
        }
        return problems.Count == 0 ? found : throw new InputException(problems);
    }

    private static Tokenizer Find(string word)
    {
        if (word == Bytes) return new ByteTokenizer();
        if (BuiltInTokenizers.Find(word) is { } builtIn) return builtIn;
        if (Directory.Exists(word)) return TokenizerFiles.Load(Path.Combine(word, TokenizerFiles.HuggingFaceName));
        foreach (var (name, split) in PreSplit.Named)
        {
            if (word.EndsWith($"{TokenizerFiles.RankEnding}:{name}", StringComparison.OrdinalIgnoreCase))
                return TokenizerFiles.Load(word[..^(name.Length + 1)], split);
        }
        if (TokenizerFiles.IsRankFile(word))
            throw new DataException($"{word}: a rank file does not say how words are cut: write "
                + string.Join(" or ", PreSplit.Named.Select(named => $"{word}:{named.Name}")));
        if (word.LastIndexOf(':') is > 0 and var at && TokenizerFiles.IsRankFile(word[..at]))
            throw new DataException($"{word}: no pattern is called '{word[(at + 1)..]}' (known: "
                + $"{string.Join(", ", PreSplit.Named.Select(named => named.Name))})");
        if (File.Exists(word)) return TokenizerFiles.Load(word);
        throw new DataException($"'{word}' is neither a file or folder nor one of {Bytes}, "
            + string.Join(", ", BuiltInTokenizers.Names));
    }
}
