using ScalingLab.Evaluation.Classification;
using ScalingLab.Evaluation.Results;

namespace ScalingLab.Evaluation.Tests;

public sealed class ClassificationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(0.1)]
    [InlineData(1e-4)]
    public void The_weights_are_those_at_which_the_gradient_is_zero(double penalty)
    {
        // One feature, +1 in the one class and -1 in the other: weights w and -w with w (1 + exp(2 w)) = 1 / penalty.
        var fitted = LogisticRegression.Fit(
            [FeatureVector.Of([1]), FeatureVector.Of([-1])], [0, 1], classes: 2, features: 1, penalty);
        var w = fitted.Weights[0];
        Assert.Equal(1 / penalty, w * (1 + Math.Exp(2 * w)), 1e-3 / penalty);
        Assert.Equal(-w, fitted.Weights[2], 1e-6);
        Assert.Equal([0, 1], new[] { 0.3, -2 }.Select(x => fitted.Predict(FeatureVector.Of([x]))));
    }

    [Fact]
    public void Where_numbers_say_nothing_the_intercepts_say_the_most_frequent_class()
    {
        var fitted = LogisticRegression.Fit(
            [.. Enumerable.Repeat(FeatureVector.Of([0]), 5)], [2, 2, 0, 1, 2], classes: 3, features: 1, penalty: 1);
        Assert.Equal(2, fitted.Predict(FeatureVector.Of([7])));
        Assert.Equal(Math.Log(3), fitted.Weights[5] - fitted.Weights[1], 1e-3); // three of class 2 to one of class 0
    }

    [Fact]
    public void The_penalty_is_chosen_on_the_training_texts_and_noise_gets_a_stronger_one()
    {
        var random = new Random(3);
        double Normal() =>
            Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        // one number that tells the class and thirty that do not
        List<(FeatureVector Row, int Class)> Draw(int count, double signal) =>
        [
            .. Enumerable.Range(0, count).Select(i => (FeatureVector.Of(
                [(i % 2 == 0 ? signal : -signal) + Normal(), .. Enumerable.Range(0, 30).Select(_ => Normal())]),
                i % 2)),
        ];
        var (train, test) = (Draw(60, 2), Draw(400, 2));
        var (told, penalty) = Classifier.Predict(train, [.. test.Select(t => t.Row)], 2, seed: 1);
        Assert.InRange(told.Zip(test).Count(t => t.First == t.Second.Class) / 400.0, 0.85, 1);
        Assert.True(penalty >= 0.01, $"penalty {penalty}");
    }

    [Fact]
    public void Words_that_two_texts_have_are_weighed_by_how_rare_they_are()
    {
        var words = new BagOfWords(["the cat sat", "The dog sat", "a cat, THE cat", "once"]);
        var row = words.Of("Cat cat the zebra");
        // the: 3 of 4 texts, cat and sat: 2 of 4; "the" is first
        var (the, cat) = (1 + Math.Log(5.0 / 4), (1 + Math.Log(5.0 / 3)) * (1 + Math.Log(2)));
        var length = Math.Sqrt((the * the) + (cat * cat));
        Assert.Equal([0, 1], row.Places);
        Assert.Equal([the / length, cat / length], row.Values, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Empty(words.Of("zebra").Places);
    }

    [Fact]
    public void States_have_mean_0_and_variance_1_over_the_training_texts()
    {
        var (train, test) = Classifier.Standardized([[1f, 5], [3f, 5]], [[5f, 9]]);
        Assert.Equal([-1.0, 0], train[0].Values);
        Assert.Equal([3.0, 0], test[0].Values); // what never varied says nothing
    }

    [Fact]
    public void F1_is_averaged_over_the_topics_that_the_texts_have()
    {
        var result = TopicScores.Of("x", ["a", "b", "c"], [(2, 0), (3, 0), (4, 1), (6, 1)], [0, 1, 1, 1]);
        var values = result.Metrics.ToDictionary(m => m.Name, m => m.Value);
        Assert.Equal(0.75, values["acc"]);
        Assert.Equal(((2.0 * 1 / 3) + (2.0 * 2 / 5)) / 2, values["macro_f1"], 1e-12);
        Assert.Equal(1.0 / 3, result.Metrics[0].Guess!.Value, 1e-12);
    }
}
