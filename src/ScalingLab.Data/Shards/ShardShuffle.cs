using ScalingLab.Data.Tokenizers;

namespace ScalingLab.Data.Shards;

/// <summary>Puts the documents of a finished shard in another order.</summary>
internal static class ShardShuffle
{
    private const int Chunk = 1 << 16;

    /// <summary>
    /// Puts the first documents, those of a number of tokens, in the order of their texts' hashes and leaves the rest
    /// behind them: the first windows, on which runs are measured, are then a fair sample of files that are sorted by
    /// date or topic.
    /// </summary>
    /// <param name="path">The shard.</param>
    /// <param name="tokenizer">The shard's.</param>
    /// <param name="tokens">Up to the end of a document.</param>
    public static void Shuffle(string path, Tokenizer tokenizer, long tokens, CancellationToken cancel)
    {
        using var shard = TokenShard.Open(path, checkTokens: false);
        using var writer = new TokenShardWriter(path, tokenizer.Vocabulary);
        var (wide, narrow) = (new long[Chunk], new int[Chunk]);
        Write(TokenSubset.First(shard, tokenizer, tokens, within: tokens), 0, tokens, shard.TextBytes);
        Write(shard, tokens, shard.Tokens, 0);
        writer.Finish(shard.TokenizerHash, shard.CorpusHash);

        void Write(TokenText text, long from, long to, long textBytes)
        {
            for (var at = from; at < to; at += Chunk)
            {
                cancel.ThrowIfCancellationRequested();
                var count = (int)Math.Min(Chunk, to - at);
                text.Read(at, wide.AsSpan(0, count));
                for (var i = 0; i < count; i++) narrow[i] = (int)wide[i];
                writer.Append(narrow.AsSpan(0, count), at == from ? textBytes : 0);
            }
        }
    }
}
