using ScalingLab.Evaluation.Metrics;

namespace ScalingLab.Evaluation.Tests;

public sealed class AnswerMatchTests
{
    /// <summary>The partial match of the documentation of the metric "squad" of Hugging Face's evaluate.</summary>
    [Fact]
    public void Two_of_three_answers_are_right()
    {
        (string Answer, string Wanted)[] pairs =
            [("1976", "1976"), ("Beyonce", "Beyonc\u00e9 and Bruno Mars"), ("climate change", "climate change")];
        Assert.Equal(66.66666666666667, 100 * pairs.Average(p => AnswerMatch.IsExact(p.Answer, [p.Wanted]) ? 1.0 : 0),
            1e-9);
        Assert.Equal(66.66666666666667, 100 * pairs.Average(p => AnswerMatch.F1(p.Answer, [p.Wanted])), 1e-9);
    }

    [Theory]
    [InlineData("The  Eiffel Tower!", "an eiffel tower", true, 1)]
    [InlineData("in Paris, France", "Paris", false, 0.5)] // precision 1/3, recall 1
    [InlineData("the the cat cat", "cat", false, 2.0 / 3)] // a word counts as often as both have it
    [InlineData("theatre", "atre", false, 0)] // an article is a whole word
    [InlineData("", "x", false, 0)]
    [InlineData("the", "a", true, 1)] // nothing is left of either
    public void Letters_punctuation_and_articles_do_not_count(string answer, string wanted, bool exact, double f1)
    {
        Assert.Equal(exact, AnswerMatch.IsExact(answer, [wanted]));
        Assert.Equal(f1, AnswerMatch.F1(answer, [wanted]), 1e-12);
    }

    [Fact]
    public void Of_several_answers_the_best_counts()
    {
        Assert.True(AnswerMatch.IsExact("July 4", ["4 July", "july 4"]));
        Assert.Equal(1, AnswerMatch.F1("July 4", ["4 July", "x"]));
    }

    [Fact]
    public void Where_there_is_no_answer_nothing_is_the_right_one()
    {
        Assert.True(AnswerMatch.IsExact(" .", []));
        Assert.Equal(0, AnswerMatch.F1("something", []));
    }
}
