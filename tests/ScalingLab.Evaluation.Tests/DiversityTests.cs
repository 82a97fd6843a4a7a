using ScalingLab.Evaluation.Metrics;

namespace ScalingLab.Evaluation.Tests;

public sealed class DiversityTests
{
    [Fact]
    public void Distinct_runs_are_counted_over_all_texts_together()
    {
        string[] texts = ["a b a b", "a c"];
        Assert.Equal(3.0 / 6, Diversity.Distinct(texts, 1));
        Assert.Equal(3.0 / 4, Diversity.Distinct(texts, 2)); // ab, ba, ab, ac
        Assert.Null(Diversity.Distinct(texts, 5));
    }

    [Fact]
    public void Repetition_is_the_share_of_runs_that_stood_there_before()
    {
        Assert.Equal(0, Diversity.Repetition("every word is another one", 1));
        Assert.Equal(1 - (4.0 / 5), Diversity.Repetition("a b c d a b c d", 4)!.Value, 1e-12);
        Assert.Null(Diversity.Repetition("too short", 4));
    }
}
