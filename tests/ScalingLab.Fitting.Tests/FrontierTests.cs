using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Published;

namespace ScalingLab.Fitting.Tests;

public sealed class FrontierTests
{
    [Fact]
    public void The_closed_form_spends_the_budget_and_no_neighbour_does_better()
    {
        var law = Surfaces.Chinchilla;
        foreach (var flops in new[] { 1e15, 1e20, 5.76e23 })
        {
            var (n, d) = law.Optimum(flops);
            Assert.Equal(1, 6 * n * d / flops, 1e-12);
            foreach (var factor in new[] { 0.99, 1.01 })
                Assert.True(law.Loss(n * factor, d / factor) > law.Loss(n, d));
        }
    }

    [Fact]
    public void The_closed_form_gives_Hoffmanns_printed_advice()
    {
        // 1.69 + 406.4/N^0.34 + 410.7/D^0.28 at 5.76e23 FLOPs: G (C/6)^0.4516 = 1.3447 * 9.6e22^0.4516.
        var (n, d) = PublishedLaws.Hoffmann2022.Optimum(5.76e23)!.Value;
        var a = 0.28 / 0.62;
        Assert.Equal(1, n / (Math.Pow(0.34 * 406.4 / (0.28 * 410.7), 1 / 0.62) * Math.Pow(9.6e22, a)), 1e-12);
        Assert.Equal(1, d * n / 9.6e22, 1e-12);
    }

    [Fact]
    public void With_six_N_as_the_map_the_numerical_frontier_is_the_closed_form()
    {
        var law = Surfaces.Chinchilla;
        var (n, d) = law.Optimum(1e20);
        var (numericalN, numericalD) = law.Optimum(1e20, parameters => 6 * parameters);
        // A minimum is flat: its place carries half the digits of its value.
        Assert.Equal(1, numericalN / n, 1e-6);
        Assert.Equal(1, numericalD / d, 1e-6);
    }

    [Fact]
    public void Under_exact_compute_the_budget_is_spent_and_smaller_models_pay_for_their_heads()
    {
        var law = Surfaces.Chinchilla;
        double PerToken(double n) => (6 * n) + (3e4 * Math.Sqrt(n));
        var (n, d) = law.Optimum(1e18, PerToken);
        Assert.Equal(1, PerToken(n) * d / 1e18, 1e-12);
        foreach (var factor in new[] { 0.98, 1.02 })
            Assert.True(law.Loss(n * factor, 1e18 / PerToken(n * factor)) > law.Loss(n, d));
    }

    [Fact]
    public void The_table_has_the_observed_budgets_and_a_decade_beyond_marked_as_extrapolated()
    {
        double[] budgets = [1e18, 1e19, 1e20, 1e21];
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, budgets), 0.002, 1);
        var document = Fitter.Fit(sweep, new FitOptions { Bootstrap = 200, TargetFlops = [1e12, 5e24] });
        Assert.Equal(FrontierSource.Parametric, document.FrontierSource);
        Assert.Equal(FlopsCounting.SixND, document.FrontierFlops);
        Assert.Equal([1e12, .. budgets, 1e21 * Math.Sqrt(10), 1e22, 5e24],
            document.Frontier.Select(point => point.Flops));
        Assert.All(document.Frontier, point => Assert.Equal(point.Flops is > 1e21 or < 1e18, point.Extrapolated));
        Assert.All(document.Frontier, point =>
            Assert.InRange(point.Parameters, point.Interval95!.Parameters.Low, point.Interval95.Parameters.High));
        Assert.Equal(
            "Frontier points beyond 1e21 FLOPs, the largest budget observed, are extrapolated; so are those below "
                + "1e18, the smallest.",
            Assert.Single(document.Warnings, warning => warning.Code == "extrapolation").Text);
    }

    [Fact]
    public void Rows_that_count_more_than_6ND_give_the_frontier_their_own_compute()
    {
        double PerToken(double n) => (6 * n) + (2e3 * Math.Pow(n, 2.0 / 3));
        var sweep = Surfaces.Grid(Surfaces.Chinchilla)
            .Select(one => one with { Flops = PerToken(one.Parameters) * one.Tokens }).ToList();
        var map = ComputePerToken.From(sweep)!;
        foreach (var n in new[] { 1e6, 1e8, 1e11 })
            Assert.Equal(1, map(n) / PerToken(n), 1e-9);
        var document = Fitter.Fit(sweep, new FitOptions { Bootstrap = 0 });
        Assert.Equal(FlopsCounting.Fitted, document.FrontierFlops);
        Assert.Contains(document.Warnings, warning => warning.Code == "flops-not-6nd");
        Assert.All(document.Frontier,
            point => Assert.Equal(1, PerToken(point.Parameters) * point.Tokens / point.Flops, 1e-8));
        Assert.Null(ComputePerToken.From(Surfaces.Grid(Surfaces.Chinchilla)));
    }

    [Fact]
    public void Published_exponents_belong_to_their_laws()
    {
        Assert.Equal(0.513, PublishedLaws.Besiroglu2024.Law!.ParametersExponent, 1e-3);
        // Hoffmann et al. print 0.46, their rounded alpha and beta give 0.4516.
        Assert.Equal(0.46, PublishedLaws.Hoffmann2022.Law!.ParametersExponent, 1e-2);
        Assert.Equal(1.3e9, PublishedLaws.Kaplan2020.Optimum(8.64e19)!.Value.Parameters, 1);
        Assert.Equal("N without embeddings; 6ND is 1.8 C", PublishedLaws.Kaplan2020.Reading);
        Assert.Equal("", PublishedLaws.Hoffmann2022.Reading);
        Assert.All(PublishedLaws.All, law => Assert.Equal(1, law.ParametersExponent + law.TokensExponent, 1e-12));
    }
}
