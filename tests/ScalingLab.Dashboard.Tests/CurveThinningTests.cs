using ScalingLab.Dashboard.Curves;
using ScalingLab.Store;

namespace ScalingLab.Dashboard.Tests;

public sealed class CurveThinningTests
{
    [Theory]
    [InlineData(1_001, 1000)]
    [InlineData(100_000, 1000)]
    [InlineData(100_000, 20)]
    public void A_thinned_curve_keeps_its_ends_its_spikes_and_its_least_losses(int count, int most)
    {
        var dots = Curve(count).ToList();
        dots[count / 3] = dots[count / 3] with { LossTrain = 50 };
        dots[count / 2] = dots[count / 2] with { LossTrain = 0.5 };
        var thinned = CurveThinning.Thin(dots, most);
        Assert.InRange(thinned.Count, most / 2, most);
        Assert.Equal(thinned.OrderBy(d => d.Step), thinned);
        Assert.Equal((dots[0], dots[^1]), (thinned[0], thinned[^1]));
        Assert.Contains(dots[count / 3], thinned);
        Assert.Contains(dots[count / 2], thinned);
        var evaluated = dots.Where(d => double.IsFinite(d.LossValidation)).ToList();
        Assert.Contains(evaluated.MinBy(d => d.LossValidation), thinned);
        Assert.Contains(evaluated.MaxBy(d => d.LossValidation), thinned);
    }

    [Fact]
    public void A_curve_that_fits_stays_as_it_is() =>
        Assert.Equal(Curve(1000), CurveThinning.Thin([.. Curve(1000)], 1000));

    [Fact]
    public void A_held_curve_grows_by_what_is_new_and_never_beyond_what_may_be_held()
    {
        var curve = new ThinnedCurve(most: 100);
        Assert.True(curve.Replace([.. Rows(1, 50)]));
        Assert.False(curve.Replace([.. Rows(1, 50)]));
        Assert.Empty(curve.Grow([.. Rows(50, 50)]));
        for (var last = 50; last < 1000; last += 10)
        {
            var grown = curve.Grow([.. Rows(last, last + 10)]);
            Assert.Equal((last, last + 10), (grown[0].Step, grown[^1].Step));
            Assert.InRange(curve.Points.Count, 1, 100);
        }
        Assert.Equal((1, 1000), (curve.Points[0].Step, curve.Points[^1].Step));
        Assert.Equal(10.0, curve.Points[^1].Seconds, 1e-9); // 1,000 steps of 10 tokens at 1,000 a second
    }

    [Fact]
    public void The_second_half_of_a_point_joins_the_first_and_a_stretch_of_unknown_speed_ends_the_time()
    {
        var curve = new ThinnedCurve(most: 100);
        curve.Replace([new CurveRow(10, 100, 5, null, 50), new CurveRow(20, 200, null, 4, null)]);
        Assert.Equal((2.0, double.NaN), (curve.Points[0].Seconds, curve.Points[1].Seconds));
        var joined = Assert.Single(curve.Grow([new CurveRow(20, 200, 4.5, 4, 100)]));
        Assert.Equal(new PlotPoint(20, 200, 3, 4.5, 4), joined);
        Assert.True(double.IsNaN(
            curve.Grow([new CurveRow(20, 200, 4.5, 4, 100),
            new CurveRow(30, 300, double.PositiveInfinity, null, null)])[1].LossTrain));
    }

    private static IEnumerable<CurveRow> Rows(int from, int to) =>
        Enumerable.Range(from, to - from + 1).Select(step => new CurveRow(step, step * 10, 5, null, 1000));

    private static IEnumerable<PlotPoint> Curve(int count) => Enumerable.Range(0, count).Select(i => new PlotPoint(
        i, 10 * i, i, 6 - (4.0 * i / count) + (0.1 * Math.Sin(i)), i % 50 == 0 ? 6.5 - (4.0 * i / count) : double.NaN));
}
