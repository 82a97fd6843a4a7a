using ScalingLab.Fitting.Comparisons;

namespace ScalingLab.Fitting.Tests;

public sealed class PairedDifferenceTests
{
    [Fact]
    public void The_number_of_pairs_that_decides_is_the_smallest_whose_interval_would_leave_zero_out()
    {
        // Mean -0.1, standard deviation 0.2: t(17) 0.2 / sqrt(18) = 0.0995, t(16) 0.2 / sqrt(17) = 0.1028.
        var scatter = 0.2 * Math.Sqrt(3.0 / 4);
        var difference = PairedDifference.From([-0.1 - scatter, -0.1 + scatter, -0.1 - scatter, -0.1 + scatter]);
        Assert.Equal(0.2, difference.Deviation!.Value, 1e-12);
        Assert.False(difference.IsSure);
        Assert.Equal(18, difference.PairsToDecide);
    }

    [Fact]
    public void A_difference_far_below_its_scatter_is_decided_by_no_practical_number()
    {
        Assert.Null(PairedDifference.From([-1, 1.0001, -1, 1.0001]).PairsToDecide);
        Assert.Null(PairedDifference.From([-0.1]).PairsToDecide);
    }

    [Fact]
    public void The_one_pair_that_stands_in_the_way_is_named()
    {
        double[] differences = [-0.10, -0.11, 0.40, -0.09, -0.10];
        Assert.False(PairedDifference.From(differences).IsSure);
        Assert.Equal(2, PairedDifference.BlockingPair(differences));
        Assert.Null(PairedDifference.BlockingPair([-0.10, 0.11, -0.3, 0.3, 0.1]));
        Assert.Null(PairedDifference.BlockingPair([-0.10, -0.11, -0.09, -0.10]));
    }

    [Fact]
    public void The_spread_of_seeds_has_intervals_for_mean_and_deviation_and_says_what_they_tell_apart()
    {
        // Student's t and chi-squared of 3 degrees of freedom: 3.1824, 0.2158 and 9.3484.
        var spread = SeedSpread.From([3.0, 3.1, 3.2, 3.3])!;
        Assert.Equal(0.12910, spread.Deviation, 1e-5);
        Assert.Equal(3.15 - (3.1824 * 0.12910 / 2), spread.Mean95.Low, 1e-4);
        Assert.Equal(0.12910 * Math.Sqrt(3 / 9.3484), spread.Deviation95.Low, 1e-4);
        Assert.Equal(0.12910 * Math.Sqrt(3 / 0.2158), spread.Deviation95.High, 1e-3);
        // t(6) = 2.4469.
        Assert.Equal(2.4469 * 0.12910 * Math.Sqrt(0.5), spread.DetectableDifference(4), 1e-4);
        Assert.Null(SeedSpread.From([3.0]));
    }
}
