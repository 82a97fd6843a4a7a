using ScalingLab.Data;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;
using ScalingLab.Training.Optimizers;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Inference;

/// <summary>
/// All weights of a model trained on to tell topics of texts (Howard and Ruder 2018, arXiv 1801.06146; Radford et al.
/// 2018): a linear head on the mean of the states that the language model's own head reads, AdamW, a learning rate that
/// rises over the first tenth of the steps and falls to zero.
/// </summary>
public static class FineTuning
{
    private const double Warmup = 0.1;
    private const double Decay = 0.01;
    private const double Clip = 1;
    private const int MostWindows = 16; // of one text

    private sealed record Text(int Question, int[][] Windows, int? Topic)
    {
        public int Tokens { get; } = Windows.Sum(window => window.Length);

        public int Longest { get; } = Windows.Max(window => window.Length);
    }

    /// <summary>Trains on the texts with a topic, then tells those without.</summary>
    /// <param name="model">The model, whose weights change.</param>
    /// <param name="request">How.</param>
    /// <param name="texts">The texts; of a long one the first windows, each without what is before.</param>
    /// <exception cref="DataException">A text has no token, a topic is none of those, or none has a topic.</exception>
    public static IEnumerable<TopicAnswer> Answer(
        TrainedModel model, FineTuningRequest request, IReadOnlyList<LabelledText> texts)
    {
        Check(request, texts);
        List<Text> all = [.. texts.Select((text, i) => new Text(i,
            [.. text.Tokens.Chunk(model.Shape.Context).Take(MostWindows)], text.Topic))];
        using var head = new ParameterBuffer(
            [new ParameterSpec("topics", [request.Topics, model.Shape.Width], 0)], Precision.Fp32, model.Device,
            seed: 0);
        Train(model, head, request, [.. all.Where(text => text.Topic is not null)]);
        foreach (var batch in Batches.Of(
            all.Where(text => text.Topic is null), text => text.Windows.Length * text.Longest, request.BatchTokens))
        {
            Kernels.collect_garbage();
            using var quiet = no_grad();
            using var scope = NewDisposeScope();
            var told = Logits(model, head, batch).argmax(-1).cpu().data<long>().ToArray();
            foreach (var (text, topic) in batch.Zip(told)) yield return new TopicAnswer(text.Question, (int)topic);
        }
    }

    private static void Check(FineTuningRequest request, IReadOnlyList<LabelledText> texts)
    {
        List<string> problems =
        [
            .. texts.Index().Where(t => t.Item.Tokens.Count == 0).Select(t => $"text {t.Index}: no token"),
            .. texts.Index().Where(t => t.Item.Topic is { } topic && (topic < 0 || topic >= request.Topics))
                .Select(t => $"text {t.Index}: topic {t.Item.Topic} is none of {request.Topics}"),
            .. texts.All(t => t.Topic is null) ? ["no text has a topic to learn from"] : (string[])[],
        ];
        if (problems.Count > 0) throw new DataException(problems);
    }

    private static void Train(TrainedModel model, ParameterBuffer head, FineTuningRequest request, List<Text> texts)
    {
        var recipe = new TrainingRecipe
        {
            BatchSequences = request.BatchTexts, LearningRateMax = request.LearningRate, WeightDecay = Decay,
            GradientClip = Clip,
        };
        using var ofModel = new AdamW(model.Parameters, recipe);
        using var ofHead = new AdamW(head, recipe);
        var random = new Random(request.Seed);
        var order = Enumerable.Range(0, texts.Count).ToArray();
        var steps = request.Epochs * ((texts.Count + request.BatchTexts - 1) / request.BatchTexts);
        var step = 0L;
        for (var epoch = 0; epoch < request.Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (var batch in order.Chunk(request.BatchTexts))
            {
                Kernels.collect_garbage();
                var rate = request.LearningRate * Math.Min((step + 1) / (Warmup * steps), 1 - (step / (double)steps));
                Learn(model, head, [.. batch.Select(i => texts[i])], request.BatchTokens);
                step++;
                ofModel.Step(step, rate);
                ofHead.Step(step, rate);
            }
        }
    }

    // The batch's gradient, in passes of at most so many tokens.
    private static void Learn(TrainedModel model, ParameterBuffer head, IReadOnlyList<Text> batch, int batchTokens)
    {
        model.Parameters.ClearGradient();
        head.ClearGradient();
        foreach (var part in Batches.Of(batch, text => text.Windows.Length * text.Longest, batchTokens))
        {
            using var scope = NewDisposeScope();
            var targets = tensor(part.Select(text => (long)text.Topic!.Value).ToArray(), [part.Count],
                device: model.Device);
            var loss = Kernels.cross_entropy(Logits(model, head, part), targets);
            (loss * ((double)part.Count / batch.Count)).backward();
        }
    }

    /// <summary>Logits of topics, [texts, topics].</summary>
    private static Tensor Logits(TrainedModel model, ParameterBuffer head, IReadOnlyList<Text> texts)
    {
        var windows = texts.SelectMany(text => text.Windows).ToList();
        var length = windows.Max(window => window.Length);
        var inputs = tensor(Batches.Padded(windows, length), [windows.Count, length], device: model.Device);
        var states = model.Transformer.Normed(model.Transformer.Stream(inputs))
            .reshape((long)windows.Count * length, -1);
        // Each text's mean over its tokens, [texts, windows x length]
        var share = new float[texts.Count * windows.Count * length];
        var row = 0;
        foreach (var (t, text) in texts.Index())
        {
            foreach (var window in text.Windows)
            {
                var begin = ((t * windows.Count) + row++) * length;
                Array.Fill(share, 1f / text.Tokens, begin, window.Length);
            }
        }

        var means = tensor(share, [texts.Count, (long)windows.Count * length], device: model.Device).matmul(states);
        return Kernels.linear(means, head["topics"]);
    }
}
