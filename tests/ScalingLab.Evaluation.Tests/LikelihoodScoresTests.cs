using ScalingLab.Evaluation.Results;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Evaluation.Tests;

public sealed class LikelihoodScoresTests
{
    [Fact]
    public void The_likeliest_choice_may_be_another_by_character_and_by_byte()
    {
        ChoiceDocument[] documents =
        [
            new(1, "q", ["ab", "abcd", "\u00e9\u00e9\u00e9"], 0),
            new(2, "q", ["ab", "abcd", "\u00e9\u00e9\u00e9"], 1),
            new(3, "q", ["ab", "abcd", "\u00e9\u00e9\u00e9"], 2),
            new(4, "q", ["x", "y"], 1),
        ];
        // -4, -6 and -5: the first is the likeliest; -2, -1.5, -1.67 a character; -2, -1.5, -0.83 a byte
        LikelihoodAnswer[] answers =
        [
            .. Enumerable.Range(0, 3).Select(i => new LikelihoodAnswer(i, [-4, -6, -5], [false, false, false])),
            new(3, [-1, -1], [true, true]),
        ];
        var (metrics, scores) = LikelihoodScores.OfChoices(documents, answers);
        Assert.Equal([true, false, false, false], scores.Select(s => s.Acc));
        Assert.Equal([false, true, false, false], scores.Select(s => s.AccNorm));
        Assert.Equal([false, false, true, false], scores.Select(s => s.AccBytes)); // of equals the first
        Assert.Equal(["acc", "acc_norm", "acc_bytes"], metrics.Select(m => m.Name));
        Assert.All(metrics, m => Assert.Equal(0.25, m.Value));
        Assert.All(metrics, m => Assert.Equal((1.0 / 3 * 3 + 0.5) / 4, m.Guess!.Value, 1e-12));
    }

    [Fact]
    public void A_last_word_counts_where_each_of_its_tokens_is_the_likeliest()
    {
        CompletionDocument[] documents = [new(1, "a", " b"), new(2, "c", " d")];
        var (metrics, _) = LikelihoodScores.OfCompletions(
            documents, [new(0, [-1], [true]), new(1, [-3], [false])]);
        Assert.Equal([0.5, Math.Exp(2)], metrics.Select(m => m.Value));
        Assert.Equal((Math.Exp(1), Math.Exp(3)), (metrics[1].Range!.Low, metrics[1].Range!.High));
    }

    [Fact]
    public void Answers_are_matched_and_continuations_compared()
    {
        var (answers, scores) = WrittenScores.OfAnswers(
            [new(1, "p", ["Paris"]), new(2, "p", [])], ["the paris!", "unknown"]);
        Assert.Equal([0.5, 0.5], answers.Select(m => m.Value));
        Assert.Equal([true, false], scores.Select(s => s.ExactMatch));
        var (metrics, _) = WrittenScores.OfContinuations(
            ["p", "p"], ["a b c d e a b c d e", "x y z u v"], ["a b c d e a b c d e", "x y z u v"]);
        var values = metrics.ToDictionary(m => m.Name, m => m.Value);
        Assert.Equal((100, 100, 100), (Math.Round(values["bleu"], 9), values["chrf"], values["chrf++"]));
        Assert.Equal((10.0 / 15, 2.0 / 7 / 2), (values["distinct_1"], values["repetition_4"]));
        Assert.Equal(values["distinct_2"], values["reference_distinct_2"]);
    }
}
