using ScalingLab.Data.Datasets;

namespace ScalingLab.Evaluation.Models;

/// <summary>Documents that no run of the text was trained on.</summary>
public static class HeldOutTexts
{
    private const int BlockTokens = 1 << 16;

    /// <summary>The first tokens of held-out documents that have so many, evenly over the held-out text.</summary>
    /// <param name="folder">The prepared data.</param>
    /// <param name="endOfDocument">The token between documents.</param>
    /// <param name="length">Tokens of each.</param>
    /// <param name="most">How many documents; fewer where fewer are long enough.</param>
    public static IReadOnlyList<int[]> Read(string folder, int endOfDocument, int length, int most)
    {
        var data = PreparedData.Load(folder, checkTokens: false);
        var starts = new List<(PreparedSource Source, long Start)>();
        foreach (var source in data.Sources)
        {
            using var shard = data.OpenValidation(source, checkTokens: false);
            var (block, start) = (new long[BlockTokens], 0L);
            for (long at = 0; at < shard.Tokens; at += BlockTokens)
            {
                var read = block.AsSpan(0, (int)Math.Min(BlockTokens, shard.Tokens - at));
                shard.Read(at, read);
                for (var i = 0; i < read.Length; i++)
                {
                    if (read[i] != endOfDocument) continue;
                    if (at + i - start >= length) starts.Add((source, start));
                    start = at + i + 1;
                }
            }
        }

        var count = Math.Min(most, starts.Count);
        var chosen = Enumerable.Range(0, count).Select(i => starts[(int)((long)i * starts.Count / count)]);
        return [.. chosen.GroupBy(c => c.Source).SelectMany(group =>
        {
            using var shard = data.OpenValidation(group.Key, checkTokens: false);
            return group.Select(c =>
            {
                var tokens = new long[length];
                shard.Read(c.Start, tokens);
                return tokens.Select(token => (int)token).ToArray();
            }).ToList();
        })];
    }
}
