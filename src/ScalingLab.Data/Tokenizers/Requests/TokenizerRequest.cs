using System.Text.Json.Serialization;
using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Splitting;
using ScalingLab.Data.Tokenizers.Training;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Tokenizers.Requests;

/// <summary>Which tokenizer to take or to train.</summary>
/// <param name="Kind">"bytes"; "bpe", which is trained on the text; "file"; or one of
/// <see cref="BuiltInTokenizers.Names"/>.</param>
/// <param name="Vocabulary">Tokens, the end of document included: 257 for bytes (or 0, not given), 257 or more for
/// bpe; 0 for the others, which have their own.</param>
public sealed record TokenizerRequest(string Kind, int Vocabulary)
{
    private Tokenizer? _file;

    /// <summary>"gpt2" or "gpt4", by which words a bpe is trained; null: as <see cref="PreSplit.Gpt2Units"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PreSplit { get; init; }

    /// <summary>Names of special tokens that a bpe has beside the end of document; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? SpecialTokens { get; init; }

    /// <summary>A file: tokenizer.json, or a rank file. What is in it decides, not where it is.</summary>
    [JsonIgnore]
    public string? Path { get; init; }

    /// <summary>Of a rank file the pattern: "gpt2", "cl100k" or "o200k"; else null.</summary>
    [JsonIgnore]
    public string? Pattern { get; init; }

    /// <summary>The folder that the file must lie in when links are resolved; null for anywhere.</summary>
    [JsonIgnore]
    public string? Within { get; init; }

    /// <summary>Pre-splittings by the names that grids and commands give.</summary>
    internal static IReadOnlyDictionary<string, PreSplit> PreSplits { get; } = new Dictionary<string, PreSplit>
    {
        ["gpt2"] = Splitting.PreSplit.Gpt2,
        ["gpt4"] = Splitting.PreSplit.Cl100k,
    };

    internal int Size => Kind == "bytes" ? ByteTokenizer.ByteValues + 1 : Vocabulary;

    /// <summary>Whether the tokenizer is made from the text.</summary>
    internal bool IsTrained => Kind == "bpe";

    /// <summary>The tokenizer, where no text is needed for it; a file is read once.</summary>
    /// <exception cref="DataException">The file cannot be used: every problem.</exception>
    public Tokenizer Ready() => Kind == "bytes" ? new ByteTokenizer()
        : Kind == "file" ? _file ??= TokenizerFiles.Load(Path!, PatternSplit ?? default)
        : BuiltInTokenizers.Find(Kind) ?? throw new InvalidOperationException($"{Kind} is trained.");

    /// <summary>What learns a bpe as it is asked for.</summary>
    /// <param name="threads">Threads that count words; as many as there are cores where not given.</param>
    /// <exception cref="DataException">Lists every problem of the request.</exception>
    public BpeTrainer CreateTrainer(int? threads = null)
    {
        var problems = Problems().ToList();
        if (problems.Count > 0) throw new DataException(problems);
        var split = PreSplit is not null ? PreSplits[PreSplit]
            : SpecialTokens is null ? Splitting.PreSplit.Gpt2Units : Splitting.PreSplit.Gpt2;
        return new(split, SpecialTokens ?? [], threads);
    }

    /// <summary>
    /// Adds to a hash what the result depends on, in the words that it had before there were other kinds.
    /// </summary>
    internal void AddTo(ContentHash hash)
    {
        hash.Add(Kind).Add(Size);
        if (Kind is not ("bytes" or "bpe")) hash.Add(Ready().Hash);
        if (PreSplit is not null || SpecialTokens is not null)
        {
            hash.Add(PreSplit ?? "gpt2").Add(SpecialTokens?.Count ?? 0);
            foreach (var name in SpecialTokens ?? []) hash.Add(name);
        }
    }

    internal IEnumerable<string> Problems()
    {
        var names = BuiltInTokenizers.Names;
        if (Kind is not ("bytes" or "bpe" or "file") && !names.Contains(Kind))
            return [$"There is no tokenizer '{Kind}': known are bytes, bpe, file, {string.Join(", ", names)}."];
        return Kind switch
        {
            "bytes" when Vocabulary != 0 && Vocabulary != Size =>
                [$"The tokenizer bytes has a vocabulary of {Size}, not {Vocabulary}: leave it out, or use bpe."],
            "bpe" => TrainingProblems(),
            "file" => FileProblems(),
            _ => [],
        };
    }

    private PreSplit? PatternSplit => Pattern is null ? null
        : Splitting.PreSplit.Named.Where(named => named.Name == Pattern).Select(named => (PreSplit?)named.Split)
            .FirstOrDefault();

    private IEnumerable<string> TrainingProblems()
    {
        var least = ByteTokenizer.ByteValues + 1 + (SpecialTokens?.Count ?? 0);
        if (Vocabulary < least || Vocabulary > BytePairVocabulary.MostTokens)
            yield return $"A bpe vocabulary of {Vocabulary} cannot be: it holds 256 bytes, the merges and one end of "
                + $"document{(SpecialTokens?.Count > 0 ? ", with the special tokens" : "")}, so {least} to "
                + $"{BytePairVocabulary.MostTokens}.";
        if (PreSplit is not null && !PreSplits.ContainsKey(PreSplit))
            yield return $"There is no pre-splitting '{PreSplit}': known are {string.Join(" and ", PreSplits.Keys)}.";
        var names = SpecialTokens ?? [];
        if (names.Any(name => name.Length == 0)) yield return "A special token has an empty name.";
        if (names.Contains(TrainedPairs.EndOfDocumentName))
            yield return $"The special token {TrainedPairs.EndOfDocumentName} is there without being asked "
                + "for: it ends documents.";
        foreach (var twice in names.GroupBy(name => name).Where(same => same.Count() > 1))
            yield return $"The special token '{twice.Key}' is asked for twice.";
    }

    private IEnumerable<string> FileProblems()
    {
        if (Path is null) return ["The tokenizer of a file needs the file's path."];
        if (TokenizerFiles.IsRankFile(Path) && PatternSplit is null)
            return [$"{Path}: a rank file does not say how words are cut: give its pattern, one of "
                + $"{string.Join(", ", Splitting.PreSplit.Named.Select(named => named.Name))}."];
        if (!TokenizerFiles.IsRankFile(Path) && Pattern is not null)
            return [$"{Path}: a pattern belongs to a rank file, whose name ends in {TokenizerFiles.RankEnding}; "
                + $"{TokenizerFiles.HuggingFaceName} has its own."];
        try
        {
            if (InputFile.WhyRefused(Path, FileKind.Tokenizer, Within) is { } why) return [$"{Path}: {why}"];
            Ready();
            return [];
        }
        catch (DataException found)
        {
            return found.Problems;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return [$"{Path}: {refused.Message}"];
        }
    }
}
