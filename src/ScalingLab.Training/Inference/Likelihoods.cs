using ScalingLab.Data;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;
using ScalingLab.Training.Models;

namespace ScalingLab.Training.Inference;

/// <summary>
/// How likely a model finds continuations of texts: as lm-evaluation-harness scores them, each in one window that ends
/// with it.
/// </summary>
public static class Likelihoods
{
    private sealed record Row(int Question, int Place, int[] Inputs, int[] Wanted);

    /// <summary>Answers, each as soon as all of its continuations are scored.</summary>
    /// <param name="model">The model.</param>
    /// <param name="questions">What is asked.</param>
    /// <param name="batchTokens">Most tokens in a pass.</param>
    /// <exception cref="DataException">A context or continuation has no token, or too many.</exception>
    public static IEnumerable<LikelihoodAnswer> Answer(
        TrainedModel model, IReadOnlyList<LikelihoodQuestion> questions, int batchTokens)
    {
        Check(questions, model.Shape.Context);
        var rows = questions.SelectMany((q, i) => q.Continuations.Select((c, place) =>
            RowOf(i, place, [.. q.Context, .. c], c.Count, model.Shape.Context)));
        var sums = questions.Select(q => new double[q.Continuations.Count]).ToList();
        var greedy = questions.Select(q => new bool[q.Continuations.Count]).ToList();
        var missing = questions.Select(q => q.Continuations.Count).ToArray();
        foreach (var batch in Batches.Of(rows, r => r.Inputs.Length, batchTokens))
        {
            Kernels.collect_garbage();
            foreach (var (row, (sum, isGreedy)) in batch.Zip(Score(model, batch)))
            {
                (sums[row.Question][row.Place], greedy[row.Question][row.Place]) = (sum, isGreedy);
                if (--missing[row.Question] == 0)
                    yield return new LikelihoodAnswer(row.Question, sums[row.Question], greedy[row.Question]);
            }
        }
    }

    // The last token is nobody's past; what does not fit before the continuation is left out.
    private static Row RowOf(int question, int place, int[] whole, int wanted, int context) => new(
        question, place, whole[Math.Max(0, whole.Length - context - 1)..^1], whole[^wanted..]);

    private static void Check(IReadOnlyList<LikelihoodQuestion> questions, int context)
    {
        var problems = new List<string>();
        foreach (var (i, question) in questions.Index())
        {
            if (question.Context.Count == 0) problems.Add($"question {i}: its context has no token");
            problems.AddRange(question.Continuations.Where(c => c.Count == 0 || c.Count > context)
                .Select(c => $"question {i}: a continuation has {c.Count} tokens; 1 to {context} are expected"));
        }
        if (problems.Count > 0) throw new DataException(problems);
    }

    private static List<(double Sum, bool IsGreedy)> Score(TrainedModel model, IReadOnlyList<Row> batch)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var length = batch[0].Inputs.Length;
        var places = batch.SelectMany((row, r) => Enumerable.Range(0, row.Wanted.Length)
            .Select(i => ((long)r * length) + row.Inputs.Length - row.Wanted.Length + i)).ToArray();
        var wanted = batch.SelectMany(row => row.Wanted.Select(token => (long)token)).ToArray();
        var inputs = tensor(Batches.Padded([.. batch.Select(r => r.Inputs)], length), [batch.Count, length],
            device: model.Device);
        var stream = model.Transformer.Stream(inputs).reshape((long)batch.Count * length, -1)
            .index_select(0, tensor(places, [places.Length], device: model.Device));
        var scored = new List<(float LogProbability, bool IsLikeliest)>(places.Length);
        var chunk = (int)ChunkedLoss.Rows(places.Length, model.Shape.Vocabulary, sizeof(float));
        for (var first = 0; first < places.Length; first += chunk)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(chunk, places.Length - first);
            var targets = wanted[first..(first + count)];
            var logits = model.Transformer.Logits(stream.narrow(0, first, count).unsqueeze(0)).view(count, -1);
            var of = logits.log_softmax(-1).gather(1, tensor(targets, [count, 1], device: model.Device))
                .reshape(-1).cpu().data<float>().ToArray();
            var likeliest = logits.argmax(-1).cpu().data<long>().ToArray();
            for (var i = 0; i < count; i++) scored.Add((of[i], likeliest[i] == targets[i]));
        }

        var at = 0;
        return [.. batch.Select(row =>
        {
            var own = scored.GetRange(at, row.Wanted.Length);
            at += own.Count;
            return (own.Sum(s => (double)s.LogProbability), own.All(s => s.IsLikeliest));
        })];
    }
}
