using ScalingLab.Data.Datasets;
using ScalingLab.Lab.Models;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Lab.Evaluations;

/// <summary>Documents that no run of the text was trained on, and how a model goes on with them.</summary>
public static class HeldOutTexts
{
    private const int BlockTokens = 1 << 16;

    /// <summary>The first tokens of documents, evenly over the held-out text.</summary>
    /// <param name="session">The model whose text it is.</param>
    /// <param name="documents">How many; fewer where fewer are long enough, which is said.</param>
    /// <param name="promptTokens">Tokens that the model will read.</param>
    /// <param name="writtenTokens">Tokens that it may write.</param>
    /// <exception cref="InputException">No held-out document is so long, or the context is too short.</exception>
    public static IReadOnlyList<int[]> Read(ModelSession session, int documents, int promptTokens, int writtenTokens)
    {
        if (session.Model.Spec is null)
            throw new InputException("RUN", $"{session.Model.Name} is a model from elsewhere, whose held-out text is not "
                + "known here; choose a run");
        // The prompt has an end of document before it, as a text has in training; the last token is never read.
        var length = promptTokens + writtenTokens;
        if (length > session.Context)
            throw new InputException("--prompt-tokens", $"{promptTokens} tokens and {writtenTokens} more (--tokens) do "
                + $"not fit the model's context of {session.Context}");
        var texts = Read(session.Model.DataFolder, session.Tokenizer.EndOfDocument, length, documents);
        if (texts.Count == 0)
            throw new InputException("--prompt-tokens", $"no held-out document has {length} tokens; lower it or "
                + "--tokens");
        if (texts.Count < documents)
            session.Operations.Say($"{texts.Count} held-out documents have {length} tokens.");
        return texts;
    }

    /// <summary>What the model writes after each beginning.</summary>
    public static async Task<IReadOnlyList<string>> GoOnAsync(
        ModelSession session, IReadOnlyList<int[]> texts, int promptTokens, Decoding how, CancellationToken stop)
    {
        var answers = await session.ContinuationsAsync("writing", [.. texts.Select(t => new GenerationQuestion(
            [session.Begin, .. t.AsSpan(0, promptTokens)]))], how, stop);
        return [.. answers.Select(a => session.Tokenizer.Decode([.. a.Tokens]))];
    }

    /// <summary>The first tokens of held-out documents that have so many, evenly over the held-out text.</summary>
    private static List<int[]> Read(string folder, int endOfDocument, int length, int most)
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
