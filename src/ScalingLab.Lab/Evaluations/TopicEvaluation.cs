using ScalingLab.Evaluation.Classification;
using ScalingLab.Evaluation.Metrics;
using ScalingLab.Evaluation.Results;
using ScalingLab.Lab.Models;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Lab.Evaluations;

/// <summary>
/// Tells topics of texts by what a model makes of them: by a linear probe of its hidden states, and by how likely it
/// finds each topic's name after the text; beside the majority class and a bag of words, on the same texts.
/// </summary>
public static class TopicEvaluation
{
    /// <summary>What follows a text before the name of its topic.</summary>
    public const string Question = "\nTopic:";

    /// <summary>A result for each way.</summary>
    /// <exception cref="InputException">A topic's name does not fit the context.</exception>
    public static async Task<IReadOnlyList<TaskResult>> RunAsync(
        ModelSession session, TopicTexts texts, int seed, CancellationToken stop)
    {
        List<int> known = [.. texts.Train.Select(t => t.Topic)];
        List<(int Line, int Topic)> right = [.. texts.Test.Select(t => (t.Line, t.Topic))];
        var majority = known.CountBy(t => t).OrderBy(t => t.Key).MaxBy(t => t.Value).Key;
        TaskResult Told(string how, IReadOnlyList<FeatureVector> train, IReadOnlyList<FeatureVector> test)
        {
            var (told, penalty) = Classifier.Predict([.. train.Zip(known)], test, texts.Topics.Count, seed);
            return TopicScores.Of(how, texts.Topics, right, told, new Metric("penalty", penalty));
        }

        var words = new BagOfWords([.. texts.Train.Select(t => t.Text)]);
        var results = new List<TaskResult>
        {
            TopicScores.Of("majority class", texts.Topics, right, [.. right.Select(_ => majority)]),
            Told("bag of words", [.. texts.Train.Select(t => words.Of(t.Text))],
                [.. texts.Test.Select(t => words.Of(t.Text))]),
        };
        var states = await session.FeaturesAsync("reading the texts", [.. texts.Train.Concat(texts.Test).Select(t =>
            new FeatureQuestion([session.Begin, .. session.Tokenizer.Encode(t.Text)]))], stop);
        foreach (var (how, state) in new (string, Func<FeatureAnswer, IReadOnlyList<float>>)[]
            { ("probe of the mean state", s => s.Mean), ("probe of the last state", s => s.Last) })
        {
            var (train, test) = Classifier.Standardized(
                [.. states.Take(known.Count).Select(state)], [.. states.Skip(known.Count).Select(state)]);
            results.Add(Told(how, train, test));
        }

        results.AddRange(await ByPromptAsync(session, texts, right, stop));
        return results;
    }

    /// <summary>The text's beginning, as much as the context holds, the question, and the name of each topic.</summary>
    private static async Task<IReadOnlyList<TaskResult>> ByPromptAsync(
        ModelSession session, TopicTexts texts, IReadOnlyList<(int Line, int Topic)> right,
        CancellationToken stop)
    {
        var question = session.Tokenizer.Encode(Question);
        List<int[]> names = [.. texts.Topics.Select(t => session.Tokenizer.Encode($" {t}"))];
        var room = session.Context - question.Length - names.Max(n => n.Length);
        if (room < 1)
            throw new InputException("--label", $"the names of the topics do not fit the model's context of "
                + $"{session.Context} tokens");
        var answers = await session.LikelihoodsAsync("asking for topics", [.. texts.Test.Select(t =>
            new LikelihoodQuestion([.. session.Tokenizer.Encode(t.Text).Take(room), .. question], names))], stop);
        int Likeliest(LikelihoodAnswer answer, Func<string, double> length) => answer.LogLikelihoods
            .Zip(texts.Topics, (sum, topic) => sum / length(topic)).Index().MaxBy(s => s.Item).Index;
        return
        [
            TopicScores.Of("prompt", texts.Topics, right, [.. answers.Select(a => Likeliest(a, _ => 1))]),
            TopicScores.Of("prompt, by character", texts.Topics, right,
                [.. answers.Select(a => Likeliest(a, topic => topic.EnumerateRunes().Count()))]),
        ];
    }
}
