using ScalingLab.Data.Datasets;
using ScalingLab.Evaluation.Results;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Cli.Commands.Models;

/// <summary>Lets a model go on with held-out documents and compares with how they go on.</summary>
internal static class WritingEvaluation
{
    private const int BlockTokens = 1 << 16;

    /// <summary>Scores of as many documents, or of all that are long enough.</summary>
    /// <param name="session">The model.</param>
    /// <param name="documents">How many, evenly over the held-out text.</param>
    /// <param name="promptTokens">Tokens of each document that the model reads.</param>
    /// <param name="how">How it writes.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="InputException">No held-out document is so long, or the context is too short.</exception>
    public static async Task<TaskResult> RunAsync(
        ModelSession session, int documents, int promptTokens, Decoding how, CancellationToken stop)
    {
        // The prompt has an end of document before it, as a text has in training; the last token is never read.
        if (promptTokens + how.Tokens > session.Context)
            throw new InputException("--prompt-tokens", $"{promptTokens} tokens and {how.Tokens} more (--tokens) do not "
                + $"fit the model's context of {session.Context}");
        var texts = HeldOut(session.Model.DataFolder, session.Tokenizer.EndOfDocument, promptTokens + how.Tokens,
            documents);
        if (texts.Count == 0)
            throw new InputException("--generate", $"no held-out document has {promptTokens + how.Tokens} tokens; "
                + "lower --prompt-tokens or --tokens");
        if (texts.Count < documents)
            session.Screen.Error.WriteLine($"eval: {texts.Count} held-out documents have {promptTokens + how.Tokens} "
                + "tokens.");
        var answers = await session.ContinuationsAsync("writing",
            [.. texts.Select(t => new GenerationQuestion([session.Tokenizer.EndOfDocument, .. t[..promptTokens]]))],
            how, stop);
        var (metrics, scores) = WrittenScores.OfContinuations(
            [.. texts.Select(t => session.Tokenizer.Decode(t.AsSpan(0, promptTokens)))],
            [.. answers.Select(a => session.Tokenizer.Decode([.. a.Tokens]))],
            [.. texts.Select(t => session.Tokenizer.Decode(t.AsSpan(promptTokens)))]);
        return new TaskResult("held-out text", "continuations", scores.Count, metrics, scores);
    }

    /// <summary>The first tokens of held-out documents that have so many, evenly over the held-out text.</summary>
    private static List<int[]> HeldOut(string folder, int endOfDocument, int length, int most)
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
