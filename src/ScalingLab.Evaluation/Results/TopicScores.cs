using ScalingLab.Evaluation.Metrics;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Evaluation.Results;

/// <summary>How well topics of texts are told.</summary>
public static class TopicScores
{
    /// <summary>Accuracy, and F1 averaged over the topics that the texts have.</summary>
    /// <param name="how">By what they were told.</param>
    /// <param name="topics">All topics.</param>
    /// <param name="right">Each text's line in its file, and its topic.</param>
    /// <param name="told">What was told of each.</param>
    /// <param name="more">Further numbers.</param>
    public static TaskResult Of(
        string how, IReadOnlyList<string> topics, IReadOnlyList<(int Line, int Topic)> right, IReadOnlyList<int> told,
        params IEnumerable<Metric> more)
    {
        List<DocumentScore> scores = [.. right.Zip(told, (its, topic) => new DocumentScore(its.Line)
        {
            Text = topics[topic],
            References = [topics[its.Topic]],
            Acc = its.Topic == topic,
        })];
        var (guess, range) = Proportion.Guessing([.. right.Select(_ => topics.Count)]);
        var acc = LikelihoodScores.ShareOf("acc", scores.Count(s => s.Acc == true), scores.Count)
            with { Guess = guess, GuessRange = range };
        IReadOnlyList<int> topicsOf = [.. right.Select(text => text.Topic)];
        double MacroF1(IReadOnlyList<int> drawn) => Enumerable.Range(0, topics.Count)
            .Select(topic => F1(topic, drawn, topicsOf, told)).OfType<double>().DefaultIfEmpty(0).Average();
        var f1 = new Metric("macro_f1", MacroF1([.. Enumerable.Range(0, right.Count)]),
            Bootstrap.Interval(right.Count, MacroF1));
        return new TaskResult(how, "topics", scores.Count, [acc, f1, .. more], scores);
    }

    // Null where no text has the topic.
    private static double? F1(int topic, IReadOnlyList<int> drawn, IReadOnlyList<int> right, IReadOnlyList<int> told)
    {
        var (both, has, was) = (0, 0, 0);
        foreach (var i in drawn)
        {
            if (right[i] == topic) has++;
            if (told[i] == topic) was++;
            if (right[i] == topic && told[i] == topic) both++;
        }
        return has == 0 ? null : 2.0 * both / (has + was);
    }
}
