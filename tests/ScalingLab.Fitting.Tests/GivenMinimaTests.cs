using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

/// <summary>Power laws through minima that somebody else found.</summary>
public sealed class GivenMinimaTests
{
    private static readonly FitOptions Brief = new() { Bootstrap = 400 };

    [Fact]
    public void A_law_is_given_back_with_tokens_by_6nd_or_as_they_are()
    {
        var without = GivenMinima.Fit(Minima(0.49, 0, withTokens: false), Brief);
        Assert.Equal(FitStatus.Converged, without.Status);
        Assert.Equal(0.49, without.ParametersExponent!.Value, 1e-12);
        Assert.Equal(0.51, without.TokensExponent!.Value, 1e-12);
        Assert.Equal(0.3, without.ParametersCoefficient!.Value, 1e-10);
        var with = GivenMinima.Fit(Minima(0.49, 0, withTokens: true), Brief);
        Assert.Equal(0.55, with.TokensExponent!.Value, 1e-12);
        Assert.DoesNotContain(with.Warnings, warning => warning.Code == "isoflop-unidentified");
    }

    [Fact]
    public void The_interval_is_students_of_the_scatter_about_the_line()
    {
        // Ln N off the line by +-0.1 in turn, four budgets a decade apart. The quantile is that of t with two degrees
        // of freedom.
        var fit = GivenMinima.Fit(Minima(0.5, 0.1, withTokens: false), Brief);
        double[] x = [.. Enumerable.Range(0, 4).Select(decade => (decade - 1.5) * Math.Log(10))];
        double[] off = [0.1, -0.1, 0.1, -0.1];
        var spread = x.Sum(one => one * one);
        var slope = x.Zip(off).Sum(one => one.First * one.Second) / spread;
        var scatter = Math.Sqrt(x.Zip(off).Sum(one => Math.Pow(one.Second - (slope * one.First), 2)) / 2);
        Assert.Equal(0.5 + slope, fit.ParametersExponent!.Value, 1e-12);
        Assert.Equal(2 * 4.302653 * scatter / Math.Sqrt(spread), fit.Interval95!["a"].Width, 1e-6);
        Assert.Equal(fit.Interval95["a"].Width,
            GivenMinima.Fit(Minima(0.5, 0.1, false), Brief with { Bootstrap = 0 }).Interval95!["a"].Width);
    }

    [Fact]
    public void Minima_at_two_budgets_are_too_few_and_minima_all_over_the_place_say_nothing()
    {
        var two = GivenMinima.Document([.. Minima(0.5, 0.01, false).Take(2)], [], Brief);
        Assert.Equal(FitStatus.TooFewPoints, two.Isoflop!.Status);
        Assert.Empty(two.Frontier);
        Assert.Contains(two.Warnings, warning => warning.Code == "few-budgets");
        var loose = GivenMinima.Document(Minima(0.5, 2, false), [], Brief);
        Assert.Equal(FitStatus.Unidentified, loose.Isoflop!.Status);
        Assert.Contains("not known", Fitter.Headline(loose), StringComparison.Ordinal);
    }

    [Fact]
    public void The_frontier_reaches_a_decade_beyond_with_intervals_that_widen_and_bad_rows_are_named()
    {
        var document =
            GivenMinima.Document([.. Minima(0.5, 0.05, false), new GivenMinimum(1e22, -1, null, 5)],
                [new ExcludedRow(6, "no C")], Brief);
        Assert.Equal(4, document.Input.Points);
        Assert.Equal([5, 6], document.Input.Excluded.Select(row => row.Row));
        Assert.Equal(1e22, document.Frontier[^1].Flops, 1e10);
        Assert.True(document.Frontier[^1].Extrapolated);
        double Width(FrontierPoint point) =>
            Math.Log(point.Interval95!.Parameters.High / point.Interval95.Parameters.Low);
        Assert.True(Width(document.Frontier[^1]) > 1.5 * Width(document.Frontier[1]));
        Assert.Contains("given minima", Fitter.Headline(document), StringComparison.Ordinal);
        Assert.Equal(document.ToJson(), FitDocument.FromJson(document.ToJson()).ToJson());
    }

    // N_opt = 0.3 C^a, ln N off by so much and back in turn; D_opt = 2 C^0.55 where it is given.
    private static List<GivenMinimum> Minima(double exponent, double off, bool withTokens) =>
        [.. Enumerable.Range(0, 4).Select(decade =>
        {
            var flops = 1e18 * Math.Pow(10, decade);
            var parameters = 0.3 * Math.Pow(flops, exponent) * Math.Exp(off * (decade % 2 == 0 ? 1 : -1));
            return new GivenMinimum(flops, parameters, withTokens ? 2 * Math.Pow(flops, 0.55) : null, decade + 1);
        })];
}
