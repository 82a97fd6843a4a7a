using ScalingLab.Data;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Requests;
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
                found.Add((word, Request(word).Ready()));
            }
            catch (DataException fault)
            {
                problems.AddRange(fault.Problems.Select(text => new Problem("--tokenizer", text)));
            }
        }
        return problems.Count == 0 ? found : throw new InputException(problems);
    }

    /// <summary>The tokenizer of a word, to be asked for.</summary>
    /// <exception cref="DataException">There is none.</exception>
    public static TokenizerRequest Request(string word)
    {
        if (word == Bytes || BuiltInTokenizers.Names.Contains(word)) return new(word, 0);
        if (Directory.Exists(word)) return OfFile(Path.Combine(word, TokenizerFiles.HuggingFaceName));
        foreach (var (name, _) in PreSplit.Named)
        {
            if (word.EndsWith($"{TokenizerFiles.RankEnding}:{name}", StringComparison.OrdinalIgnoreCase))
                return OfFile(word[..^(name.Length + 1)]) with { Pattern = name };
        }
        if (TokenizerFiles.IsRankFile(word))
            throw new DataException($"{word}: a rank file does not say how words are cut: write "
                + string.Join(" or ", PreSplit.Named.Select(named => $"{word}:{named.Name}")));
        if (word.LastIndexOf(':') is > 0 and var at && TokenizerFiles.IsRankFile(word[..at]))
            throw new DataException($"{word}: no pattern is called '{word[(at + 1)..]}' (known: "
                + $"{string.Join(", ", PreSplit.Named.Select(named => named.Name))})");
        if (File.Exists(word)) return OfFile(word);
        throw new DataException($"'{word}' is neither a file or folder nor one of {Bytes}, "
            + string.Join(", ", BuiltInTokenizers.Names));
    }

    private static TokenizerRequest OfFile(string path) => new("file", 0) { Path = Path.GetFullPath(path) };
}
