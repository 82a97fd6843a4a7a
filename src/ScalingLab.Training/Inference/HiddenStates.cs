using ScalingLab.Data;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;

namespace ScalingLab.Training.Inference;

/// <summary>What a model makes of texts: the states that its head reads, as numbers for a classifier.</summary>
public static class HiddenStates
{
    private sealed record Window(int Question, bool IsLast, int[] Tokens);

    /// <summary>Answers, each as soon as all of its windows are read.</summary>
    /// <param name="model">The model.</param>
    /// <param name="questions">The texts; a long one is read window after window, each without what is before.</param>
    /// <param name="batchTokens">Most tokens in a pass.</param>
    /// <exception cref="DataException">A text has no token.</exception>
    public static IEnumerable<FeatureAnswer> Answer(
        TrainedModel model, IReadOnlyList<FeatureQuestion> questions, int batchTokens)
    {
        var empty = questions.Index().Where(q => q.Item.Tokens.Count == 0).Select(q => $"question {q.Index}: no token")
            .ToList();
        if (empty.Count > 0) throw new DataException(empty);
        var context = model.Shape.Context;
        var windows = questions.SelectMany((q, i) => q.Tokens.Chunk(context)
            .Select((tokens, w) => new Window(i, (w + 1) * context >= q.Tokens.Count, tokens)));
        var sums = questions.Select(_ => new double[model.Shape.Width]).ToList();
        var last = new float[questions.Count][];
        var missing = questions.Select(q => q.Tokens.Count).ToArray();
        foreach (var batch in Batches.Of(windows, w => w.Tokens.Length, batchTokens))
        {
            Kernels.collect_garbage();
            foreach (var (window, (sum, end)) in batch.Zip(Read(model, batch)))
            {
                var question = window.Question;
                for (var i = 0; i < sum.Length; i++) sums[question][i] += sum[i];
                if (window.IsLast) last[question] = end;
                if ((missing[question] -= window.Tokens.Length) > 0) continue;
                var tokens = questions[question].Tokens.Count;
                yield return new FeatureAnswer(question, [.. sums[question].Select(s => (float)(s / tokens))],
                    last[question]);
            }
        }
    }

    /// <summary>Of each window the sum over its tokens and the last one's, [width] each.</summary>
    private static List<(float[] Sum, float[] Last)> Read(TrainedModel model, IReadOnlyList<Window> batch)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        int rows = batch.Count, length = batch[0].Tokens.Length;
        var inputs = tensor(Batches.Padded([.. batch.Select(w => w.Tokens)], length), [rows, length],
            device: model.Device);
        var states = model.Transformer.Normed(model.Transformer.Stream(inputs));
        var isText = batch.SelectMany(w => Enumerable.Range(0, length).Select(i => i < w.Tokens.Length ? 1f : 0f))
            .ToArray();
        var sums = (states * tensor(isText, [rows, length, 1], device: model.Device)).sum(1);
        var ends = batch.Select((w, r) => ((long)r * length) + w.Tokens.Length - 1).ToArray();
        var last = states.reshape((long)rows * length, -1)
            .index_select(0, tensor(ends, [rows], device: model.Device));
        var (sumValues, lastValues) = (sums.cpu().data<float>().ToArray(), last.cpu().data<float>().ToArray());
        var width = sumValues.Length / rows;
        return [.. Enumerable.Range(0, rows).Select(r => (
            sumValues[(r * width)..((r + 1) * width)], lastValues[(r * width)..((r + 1) * width)]))];
    }
}
