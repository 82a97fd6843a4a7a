using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Evaluation.Metrics;

/// <summary>Shares of right answers.</summary>
public static class Proportion
{
    private const double Z = 1.959963984540054; // 97.5 % of a normal distribution lie below
    private const double Tail = 0.025;

    /// <summary>Wilson's score interval (Wilson 1927) of a share, 95 %.</summary>
    /// <param name="right">Right ones.</param>
    /// <param name="all">At least one.</param>
    public static Range95 Wilson(long right, long all)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(all, 1);
        var (p, z2) = ((double)right / all, Z * Z / all);
        var middle = (p + (z2 / 2)) / (1 + z2);
        var half = Z * Math.Sqrt((p * (1 - p) / all) + (z2 / (4 * all))) / (1 + z2);
        return new Range95(right == 0 ? 0 : middle - half, right == all ? 1 : middle + half);
    }

    /// <summary>
    /// What guessing gives: the mean share of right answers, and the range that holds the share of 95 % of those who
    /// guess (the Poisson binomial distribution, exactly).
    /// </summary>
    /// <param name="choices">Choices of each question.</param>
    public static (double Mean, Range95 Range) Guessing(IReadOnlyList<int> choices)
    {
        ArgumentOutOfRangeException.ThrowIfZero(choices.Count);
        var probability = new double[choices.Count + 1]; // of so many right answers to the questions so far
        probability[0] = 1;
        foreach (var (asked, count) in choices.Index())
        {
            var right = 1.0 / count;
            for (var k = asked + 1; k > 0; k--)
                probability[k] = (probability[k] * (1 - right)) + (probability[k - 1] * right);
            probability[0] *= 1 - right;
        }

        double Share(double quantile)
        {
            var (below, k) = (probability[0], 0);
            while (below < quantile && k < choices.Count) below += probability[++k];
            return (double)k / choices.Count;
        }

        return (choices.Average(c => 1.0 / c), new Range95(Share(Tail), Share(1 - Tail)));
    }
}
