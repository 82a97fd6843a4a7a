using System.Globalization;
using System.Text;
using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Splitting;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Tokenizers.Files;

/// <summary>
/// A rank file as tiktoken reads it: on each line the bytes of a token in base 64, a blank, and its number, which is
/// the rank of its merge too. It says neither how words are cut nor which special tokens there are.
/// </summary>
internal static class RankFile
{
    private const int MostProblems = 20;

    /// <summary>Reads a rank file; the end of document gets the number after the last rank.</summary>
    /// <exception cref="DataException">Lists the problems with their lines.</exception>
    public static BytePairVocabulary Read(string path, PreSplit split)
    {
        var tokens = new SortedDictionary<int, byte[]>();
        var problems = new List<string>();
        var number = 0;
        foreach (var line in Lines(path))
        {
            number++;
            if (line.Length == 0) continue;
            if (Problem(line, tokens) is { } problem) problems.Add($"{path}, line {number}: {problem}");
            if (problems.Count == MostProblems) break;
        }
        if (problems.Count == 0 && tokens.Count == 0) problems.Add($"{path}: holds no tokens.");
        if (problems.Count > 0) throw new DataException(problems);
        var last = tokens.Keys.Last();
        var bytes = Enumerable.Range(0, last + 1).Select(rank => tokens.GetValueOrDefault(rank, [])).ToList();
        return Make(path, bytes, split, endOfDocument: last + 1);
    }

    /// <summary>A vocabulary of ranks with an end of document.</summary>
    /// <param name="path">For the problem.</param>
    /// <param name="bytes">By rank; empty for a rank without a token.</param>
    /// <param name="endOfDocument">Its number, beyond the ranks.</param>
    /// <exception cref="DataException">A byte has no token.</exception>
    public static BytePairVocabulary Make(string path, List<byte[]> bytes, PreSplit split, int endOfDocument)
    {
        try
        {
            var merges = TrainedPairs.MergesOf(bytes, out var all);
            while (bytes.Count <= endOfDocument) bytes.Add([]);
            return new(split, bytes, merges, [new(TrainedPairs.EndOfDocumentName, endOfDocument)], endOfDocument,
                WholeWords: !all);
        }
        catch (DataException fault)
        {
            throw new DataException($"{path}: {fault.Message}.", fault);
        }
    }

    /// <summary>Writes a tokenizer's tokens but those that are looked for in texts, which have no rank.</summary>
    public static void Write(string path, Tokenizer tokenizer)
    {
        var added = tokenizer is BpeTokenizer bpe ? bpe.Pairs.AddedNumbers() : [];
        using var file = new StreamWriter(path);
        file.NewLine = "\n";
        for (var token = 0; token < tokenizer.Vocabulary; token++)
        {
            var bytes = tokenizer.Bytes(token);
            if (bytes.Length > 0 && !added.Contains(token)) file.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Convert.ToBase64String(bytes)} {token}"));
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return InputFile.OpenText(path, FileKind.Tokenizer).Split('\n', StringSplitOptions.TrimEntries);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the rank file cannot be read: {refused.Message}", refused);
        }
    }

    private static string? Problem(string line, SortedDictionary<int, byte[]> tokens)
    {
        const int Most = BytePairVocabulary.MostTokens;
        var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 2) return "is not a token in base 64, a blank and a rank.";
        var bytes = new byte[parts[0].Length];
        if (!Convert.TryFromBase64String(parts[0], bytes, out var length) || length == 0)
            return $"'{Start(parts[0])}' is not base 64.";
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var rank) || rank >= Most)
            return $"'{Start(parts[1])}' is no rank from 0 to {Most - 1}.";
        return tokens.TryAdd(rank, bytes[..length]) ? null : $"rank {rank} is given twice.";
    }

    private static string Start(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
