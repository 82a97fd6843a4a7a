using ScalingLab.Data;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;

namespace ScalingLab.Training.Inference;

/// <summary>Texts that a model goes on with, side by side over one cache of keys and values.</summary>
public static class Continuations
{
    private const long LogitBytes = 256L << 20;

    private sealed class Row(int question, int[] prompt, TokenSampler? sampler)
    {
        public int Question { get; } = question;

        public int[] Prompt { get; } = prompt;

        public TokenSampler? Sampler { get; } = sampler;

        public List<int> Drawn { get; } = [];

        public bool HasEnded { get; set; }
    }

    /// <summary>Answers, batch by batch.</summary>
    /// <param name="model">The model.</param>
    /// <param name="questions">The prompts.</param>
    /// <param name="how">How tokens are drawn; question i by the seed plus i, whatever stands beside it.</param>
    /// <param name="batchTokens">Most tokens of a batch at its end.</param>
    /// <exception cref="DataException">A prompt has no token, or leaves no room in the context.</exception>
    public static IEnumerable<GenerationAnswer> Answer(
        TrainedModel model, IReadOnlyList<GenerationQuestion> questions, Decoding how, int batchTokens)
    {
        var most = model.Shape.Context + 1 - how.Tokens;
        var problems = questions.Index().Where(q => q.Item.Prompt.Count == 0 || q.Item.Prompt.Count > most)
            .Select(q => $"question {q.Index}: its prompt has {q.Item.Prompt.Count} tokens; 1 to {most} leave room for "
                + $"{how.Tokens} more").ToList();
        if (problems.Count > 0) throw new DataException(problems);
        var rows = questions.Select((q, i) => new Row(i, [.. q.Prompt], how.Temperature == 0 ? null
            : new TokenSampler(how.Temperature, how.TopK, how.TopP, unchecked(how.Seed + i))));
        // The logits of a step come to the host where tokens are drawn there.
        var atOnce = (int)Math.Max(1, LogitBytes / (sizeof(float) * (long)model.Shape.Vocabulary));
        foreach (var batch in Batches.Of(rows, r => r.Prompt.Length + how.Tokens, batchTokens))
        {
            foreach (var part in batch.Chunk(atOnce))
            {
                Kernels.collect_garbage();
                Write(model, part, how);
                foreach (var row in part) yield return new GenerationAnswer(row.Question, row.Drawn);
            }
        }
    }

    /// <summary>
    /// All rows stand at the same place: what the shortest prompt has is read at once, then token by token, its own
    /// while a longer prompt lasts, drawn ones after it.
    /// </summary>
    private static void Write(TrainedModel model, IReadOnlyList<Row> rows, Decoding how)
    {
        using var quiet = no_grad();
        using var cache = model.Transformer.NewCache(rows.Count);
        var stops = how.Stops.ToHashSet();
        var at = rows.Min(r => r.Prompt.Length);
        var next = rows.SelectMany(r => r.Prompt.Take(at)).Select(token => (long)token).ToArray();
        while (true)
        {
            using var scope = NewDisposeScope();
            var logits = model.Transformer.Step(
                tensor(next, [rows.Count, next.Length / rows.Count], device: model.Device), cache, lastOnly: true)
                .reshape(rows.Count, -1);
            var drawn = Draw(logits, rows, at);
            next = new long[rows.Count];
            foreach (var (r, row) in rows.Index())
            {
                if (at < row.Prompt.Length) next[r] = row.Prompt[at];
                else if (!row.HasEnded)
                {
                    row.Drawn.Add(drawn[r]);
                    next[r] = drawn[r];
                    row.HasEnded = row.Drawn.Count == how.Tokens || stops.Contains(drawn[r]);
                }
            }

            at++;
            if (rows.All(r => r.HasEnded)) return;
        }
    }

    /// <summary>The next token of each row that has come to its prompt's end; of the others any.</summary>
    private static int[] Draw(Tensor logits, IReadOnlyList<Row> rows, int at)
    {
        if (rows[0].Sampler is null)
            return [.. logits.argmax(-1).cpu().data<long>().ToArray().Select(token => (int)token)];
        var values = logits.cpu().data<float>().ToArray();
        var vocabulary = values.Length / rows.Count;
        return [.. rows.Select((row, r) => row.HasEnded || at < row.Prompt.Length ? 0
            : row.Sampler!.Next(values.AsSpan(r * vocabulary, vocabulary)))];
    }
}
