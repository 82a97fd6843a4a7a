using System.Text;
using System.Text.RegularExpressions;

namespace ScalingLab.Data.Tests;

/// <summary>
/// Byte-pair encoding in the most literal way, to compare with: every merge counts all pairs of all words anew.
/// </summary>
internal static class NaiveBpe
{
    private static readonly Regex Gpt2 =
        new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    public static List<(int, int)> Train(string text, int merges)
    {
        var words = Words(text);
        var learned = new List<(int, int)>();
        for (var i = 0; i < merges; i++)
        {
            var counts = new Dictionary<(int, int), long>();
            foreach (var word in words)
            {
                for (var j = 0; j + 1 < word.Count; j++)
                    counts[(word[j], word[j + 1])] = counts.GetValueOrDefault((word[j], word[j + 1])) + 1;
            }
            var best = counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key;
            learned.Add(best);
            words = words.ConvertAll(word => Merged(word, best, 256 + i));
        }
        return learned;
    }

    /// <summary>Applies every merge in the order learned.</summary>
    public static List<int> Encode(string text, IReadOnlyList<(int, int)> merges)
    {
        var words = Words(text);
        for (var i = 0; i < merges.Count; i++) words = words.ConvertAll(word => Merged(word, merges[i], 256 + i));
        return [.. words.SelectMany(word => word)];
    }

    private static List<List<int>> Words(string text) =>
        [.. Gpt2.Matches(text)
            .Select(match => Encoding.UTF8.GetBytes(match.Value).Select(value => (int)value).ToList())];

    private static List<int> Merged(List<int> word, (int Left, int Right) pair, int token)
    {
        var merged = new List<int>();
        for (var i = 0; i < word.Count; i++)
        {
            if (i + 1 < word.Count && (word[i], word[i + 1]) == pair)
            {
                merged.Add(token);
                i++;
            }
            else
            {
                merged.Add(word[i]);
            }
        }
        return merged;
    }
}
