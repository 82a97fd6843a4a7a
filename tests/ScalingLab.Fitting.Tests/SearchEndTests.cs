using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Optima;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

/// <summary>A search that ends at an end of its range says so.</summary>
public sealed class SearchEndTests
{
    private static readonly FitOptions Quick = new() { Bootstrap = 0, Method = FitMethod.SquaredError };

    [Fact]
    public void A_valley_is_found_wherever_it_lies_and_a_slope_without_one_has_no_bottom()
    {
        foreach (var place in new[] { -300.0, -1, 0, 42, 600 })
            Assert.Equal(place, GoldenSection.Minimize(x => Math.Cosh((x - place) / 50), 0)!.Value, 1e-5);
        Assert.Null(GoldenSection.Minimize(x => -x, 0));
        Assert.Null(GoldenSection.Minimize(_ => 1, 0));
        Assert.Null(GoldenSection.Minimize(_ => double.NaN, 0));
    }

    [Fact]
    public void An_exponent_that_nothing_rejects_down_to_the_end_of_the_range_is_not_identified()
    {
        // The loss falls as 1 / D^0.004: the range of exponents ends at 0.001, a fourth of that and not a tenth.
        var law = new ParametricLaw(1, 400, 3, 0.34, 0.004);
        var fit = ParametricFitter.Fit(Surfaces.Noisy(Surfaces.Grid(law), 0.002, 3), Quick);
        Assert.NotEqual(FitStatus.Converged, fit.Status);
        Assert.Contains("beta", fit.Unidentified);
    }

    [Fact]
    public void A_term_that_the_rows_have_not_is_named()
    {
        var fit = ParametricFitter.Fit(
            [.. Surfaces.Grid(Surfaces.Chinchilla)
                .Select(one => one with { Loss = 2 + (1e3 * Math.Pow(one.Parameters, -0.4)) })],
            Quick with { Pins = new() { Beta = 0.3 } });
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Contains("B", fit.Unidentified);
        Assert.Contains(fit.Warnings, warning => warning.Code == "unidentified-data-term");
    }

    [Fact]
    public void A_profile_range_says_which_of_its_ends_are_the_searchs()
    {
        Assert.False(new ProfileRange(1, 9.9, false, false).IsWide);
        Assert.True(new ProfileRange(1, 10 * (1 - 1e-15), false, false).IsWide);
        Assert.True(new ProfileRange(1, 2, true, false).IsWide);
        Assert.Equal("1 or less to 2", new ProfileRange(1, 2, true, false).ToString());
        Assert.Equal("1 to 2 or more", new ProfileRange(1, 2, false, true).ToString());
    }

    [Fact]
    public void Minima_may_scatter_by_any_factor_and_the_plane_through_them_weighs_them_alike()
    {
        // Misses of about ln 1e6 with errors of a thousandth: the scatter beyond the errors is far above any fixed
        // range.
        double[][] by =
            [.. from n in new[] { -2.0, -1, 0, 1, 2 } from d in new[] { -1.0, 1 } select (double[])[1, n, d]];
        double[] minima = [.. by.Select((u, index) => (0.5 * u[1]) + (index % 3 == 0 ? 14 : -14))];
        double[] alike = [.. by.Select(_ => 1.0)], uneven = [.. by.Select((_, index) => index < 5 ? 1e-3 : 1e-1)];
        var expected = MinimaLine.Through(by, minima, alike)!;
        Assert.All(MinimaLine.Through(by, minima, uneven)!.Zip(expected),
            pair => Assert.Equal(pair.Second, pair.First, 1e-3));
    }
}
