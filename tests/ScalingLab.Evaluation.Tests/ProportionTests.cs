using ScalingLab.Evaluation.Metrics;

namespace ScalingLab.Evaluation.Tests;

public sealed class ProportionTests
{
    /// <summary>Newcombe 1998 (Statistics in Medicine 17), table I, method 3.</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void The_interval_is_Wilsons(long right, long all, double low, double high)
    {
        var interval = Proportion.Wilson(right, all);
        Assert.Equal((low, high), (Math.Round(interval.Low, 4), Math.Round(interval.High, 4)));
    }

    [Fact]
    public void Guessing_of_four_choices_is_binomial()
    {
        // of 100 questions 95 % of those who guess have 17 to 34 right: the binomial's 2.5 % and 97.5 % quantiles
        var (mean, range) = Proportion.Guessing([.. Enumerable.Repeat(4, 100)]);
        Assert.Equal((0.25, 0.17, 0.34), (mean, range.Low, range.High));
    }

    [Fact]
    public void Guessing_where_questions_have_different_choices_has_their_mean()
    {
        var (mean, range) = Proportion.Guessing([2, 4, 4]);
        Assert.Equal(1.0 / 3, mean, 1e-12);
        Assert.Equal((0, 1), (range.Low, range.High)); // all three right: 1 in 32
    }

    [Fact]
    public void Drawn_again_the_mean_varies_as_its_standard_error_says()
    {
        var numbers = Enumerable.Range(0, 400).Select(i => (double)(i % 2)).ToArray();
        var interval = Bootstrap.Interval(400, drawn => drawn.Average(i => numbers[i]))!;
        Assert.InRange(interval.Low, 0.43, 0.47); // 0.5 - 1.96 x 0.025
        Assert.InRange(interval.High, 0.53, 0.57);
        Assert.Null(Bootstrap.Interval(1, _ => 1));
    }
}
