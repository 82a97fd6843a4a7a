using ScalingLab.Evaluation.Results;
using ScalingLab.Lab.Evaluations;
using ScalingLab.Lab.Models;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Cli.Commands.Models.Evaluations;

/// <summary>
/// Tells topics by the whole model trained on with the training texts. The learning rate is the one that is best on a
/// fifth of these, left out; then all of them are trained on.
/// </summary>
internal static class FineTunedTopics
{
    private const int Epochs = 10;
    private const int BatchTexts = 16;
    private const int Parts = 5;

    private static readonly double[] LearningRates = [3e-4, 1e-3, 3e-3, 1e-2];

    /// <summary>How well the topics of the test texts are told.</summary>
    public static async Task<TaskResult> RunAsync(
        ModelSession session, TopicTexts texts, int seed, CancellationToken stop)
    {
        var order = Enumerable.Range(0, texts.Train.Count).ToArray();
        new Random(seed).Shuffle(order);
        List<LabelledText> known = [.. order.Select(i => Labelled(session, texts.Train[i]))];
        var held = known.Count / Parts;
        var (best, most) = (LearningRates[0], -1);
        foreach (var rate in held > 0 ? LearningRates : [])
        {
            var told = await TellAsync(session, texts, (rate, seed),
                [.. known.Take(held).Select(text => text with { Topic = null }), .. known.Skip(held)], stop);
            var right = told.Zip(known).Count(pair => pair.First.Topic == pair.Second.Topic);
            if (right > most) (best, most) = (rate, right);
        }

        var answers = await TellAsync(session, texts, (best, seed),
            [.. texts.Test.Select(text => Labelled(session, text) with { Topic = null }), .. known], stop);
        return TopicScores.Of("fine-tuning", texts.Topics, [.. texts.Test.Select(text => (text.Line, text.Topic))],
            [.. answers.Select(a => a.Topic)], new Metric("learning_rate", best));
    }

    private static Task<IReadOnlyList<TopicAnswer>> TellAsync(ModelSession session, TopicTexts texts,
        (double Rate, int Seed) how, IReadOnlyList<LabelledText> labelled, CancellationToken stop) =>
        session.FineTuneAsync(FormattableString.Invariant($"fine-tuning at {how.Rate:G2}"),
            new FineTuningRequest(session.Model, texts.Topics.Count,
                QuestionsRequest.BatchTokensOn(session.Model.Device), BatchTexts, Epochs, how.Rate, how.Seed),
            labelled, stop);

    private static LabelledText Labelled(ModelSession session, TopicText text) =>
        new([session.Begin, .. session.Tokenizer.Encode(text.Text)], text.Topic);
}
