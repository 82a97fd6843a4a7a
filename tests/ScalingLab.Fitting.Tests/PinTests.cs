using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

/// <summary>Parts of the parametric law that are told and not fitted.</summary>
public sealed class PinTests
{
    private static readonly FitOptions Quick = new() { Bootstrap = 0, Method = FitMethod.SquaredError };
    private static readonly ParametricLaw Law = Surfaces.Chinchilla;

    [Theory]
    [InlineData(FitMethod.Huber)]
    [InlineData(FitMethod.SquaredError)]
    [InlineData(FitMethod.VariableProjection)]
    public void Pinned_at_the_truth_the_rest_of_a_noise_free_law_comes_back(FitMethod method)
    {
        ParametricPins[] all =
        [
            new() { E = Law.E }, new() { Alpha = Law.Alpha }, new() { Beta = Law.Beta },
                new() { Alpha = Law.Alpha, Beta = Law.Beta },
            new() { E = Law.E, Alpha = Law.Alpha, Beta = Law.Beta },
        ];
        foreach (var pins in all)
        {
            var fit = ParametricFitter.Fit(Surfaces.Grid(Law), Quick with { Method = method, Pins = pins });
            Assert.Equal(FitStatus.Converged, fit.Status);
            Assert.Equal(Law.E, fit.E!.Value, 1e-6);
            Assert.Equal(1, fit.A!.Value / Law.A, 1e-5);
            Assert.Equal(1, fit.B!.Value / Law.B, 1e-5);
            Assert.Equal(Law.Alpha, fit.Alpha!.Value, 1e-6);
            Assert.Equal(Law.Beta, fit.Beta!.Value, 1e-6);
        }
    }

    [Theory]
    [InlineData(FitMethod.Huber)]
    [InlineData(FitMethod.VariableProjection)]
    public void Equal_exponents_are_one_exponent_and_a_is_a_half(FitMethod method)
    {
        var law = new ParametricLaw(1.7, 400, 700, 0.31, 0.31);
        var fit = ParametricFitter.Fit(
            Surfaces.Noisy(Surfaces.Grid(law), 0.002, 4),
            new FitOptions { Bootstrap = 60, Method = method, Pins = new() { EqualExponents = true } });
        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.Equal(fit.Alpha, fit.Beta);
        Assert.InRange(law.Alpha, fit.Interval95!["alpha"].Low, fit.Interval95["alpha"].High);
        Assert.Equal(fit.Interval95["alpha"], fit.Interval95["beta"]);
        Assert.Equal((0.5, 0.0), (fit.ParametersExponent!.Value, fit.Interval95["a"].Width));
        Assert.All(fit.Draws, draw => Assert.Equal(draw.Alpha, draw.Beta));
        Assert.Equal(["beta", "a", "b"], fit.Pinned);
    }

    [Fact]
    public void A_tied_fit_is_the_lowest_of_all_with_equal_exponents()
    {
        var sweep = Surfaces.Noisy(Surfaces.Grid(Law), 0.01, 4);
        var tied = ParametricFitter.Fit(sweep, Quick with { Pins = new() { EqualExponents = true } });
        double At(double exponent) =>
            ParametricFitter.Fit(sweep,
                Quick with { Pins = new() { Alpha = exponent, EqualExponents = true } }).Objective!.Value;
        Assert.Equal(1, At(tied.Alpha!.Value) / tied.Objective!.Value, 1e-10);
        foreach (var off in new[] { -0.02, -0.002, 0.002, 0.02 })
            Assert.True(At(tied.Alpha.Value + off) > tied.Objective);
        Assert.True(tied.Objective > ParametricFitter.Fit(sweep, Quick).Objective);
    }

    [Fact]
    public void The_ends_of_an_interval_are_where_the_constrained_cost_rises_by_what_the_F_test_allows()
    {
        var sweep = Surfaces.Noisy(Surfaces.Grid(Law), 0.01, 4);
        foreach (var (pins, unknowns)
            in new[]
            { (new ParametricPins { E = 1.7 }, 4), (new ParametricPins { E = 1.7, EqualExponents = true }, 3) })
        {
            var fit = ParametricFitter.Fit(sweep, Quick with { Pins = pins });
            var freedom = sweep.Count - unknowns;
            var allowed = 1 + (MathNet.Numerics.Distributions.FisherSnedecor.InvCDF(1, freedom, 0.95) / freedom);
            foreach (var end in new[] { fit.Interval95!["alpha"].Low, fit.Interval95["alpha"].High })
            {
                var held = ParametricFitter.Fit(sweep, Quick with { Pins = pins with { Alpha = end } });
                Assert.Equal(allowed, held.Objective!.Value / fit.Objective!.Value, 5e-3 * (allowed - 1));
            }

            Assert.Equal((1.7, 1.7), (fit.Interval95["E"].Low, fit.Interval95["E"].High));
        }
    }

    [Fact]
    public void With_one_exponent_pinned_a_is_as_sure_as_the_other()
    {
        var fit =
            ParametricFitter.Fit(Surfaces.Noisy(Surfaces.Grid(Law), 0.01, 4),
                Quick with { Pins = new() { Alpha = 0.34 } });
        var (beta, a) = (fit.Interval95!["beta"], fit.Interval95["a"]);
        Assert.Equal(beta.Low / (0.34 + beta.Low), a.Low, 1e-12);
        Assert.Equal(beta.High / (0.34 + beta.High), a.High, 1e-12);
        var free = ParametricFitter.Fit(Surfaces.Noisy(Surfaces.Grid(Law), 0.01, 4), Quick);
        Assert.True(a.Width < free.Interval95!["a"].Width);
    }

    [Fact]
    public void What_the_rows_cannot_tell_they_need_not_tell_once_it_is_pinned()
    {
        // Two sizes: alpha, A and E cannot all be told, A alone can.
        List<LossObservation> two = [.. Surfaces.Noisy(Surfaces.Grid(Law, sizes: 2), 0.001, 4)];
        Assert.Equal(FitStatus.Unidentified, ParametricFitter.Fit(two, Quick).Status);
        Assert.Contains("at least 3", ParametricFitter.Fit(two, Quick).Warnings[0].Text, StringComparison.Ordinal);
        var told = ParametricFitter.Fit(two, Quick with { Pins = new() { E = Law.E } });
        Assert.Equal(FitStatus.Converged, told.Status);
        Assert.Equal(Law.Alpha, told.Alpha!.Value, 0.02);

        // One budget: with both exponents known what is left is linear.
        var budget = Surfaces.Noisy(Surfaces.IsoFlop(Law, [1e20], 15, 3), 0.0005, 4);
        Assert.Equal(FitStatus.Unidentified, ParametricFitter.Fit(budget, Quick).Status);
        var exponents =
            ParametricFitter.Fit(budget, Quick with { Pins = new() { Alpha = Law.Alpha, Beta = Law.Beta } });
        Assert.Equal(FitStatus.Converged, exponents.Status);
        Assert.Equal(Law.E, exponents.E!.Value, 0.1);

        // One ratio of tokens to parameters and one exponent: A and B are one number.
        List<LossObservation> ratio =
            [.. Enumerable.Range(0, 12).Select(i => 1e7 * Math.Pow(2, i))
                .Select(n => new LossObservation(n, 20 * n, 120 * n * n, Law.Loss(n, 20 * n)))];
        Assert.Equal(FitStatus.Unidentified,
            ParametricFitter.Fit(ratio, Quick with { Pins = new() { Alpha = 0.3, Beta = 0.3 } }).Status);
    }

    [Fact]
    public void Pins_that_cannot_be_are_named()
    {
        var pins = new ParametricPins { E = -1, Alpha = 0.3, Beta = 7, EqualExponents = true };
        Assert.Equal(3, pins.Problems().Count());
        Assert.Equal(3, (Quick with { Pins = pins }).Problems().Count);
    }

    [Fact]
    public void The_document_says_what_was_pinned()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Law, [1e18, 1e19, 1e20]), 0.002, 3);
        var document = Fitter.Fit(
            sweep, new FitOptions
            { Bootstrap = 40, Approaches = [FitApproach.Parametric],
                Pins = new() { E = 1.69, EqualExponents = true } });
        Assert.Contains("parametric fit with E = 1.69, beta = alpha pinned; fixed by the pins",
            Fitter.Headline(document), StringComparison.Ordinal);
        Assert.Equal(["E", "beta", "a", "b"], document.Parametric!.Pinned);
        Assert.Equal("fixed by the pins", ApproachExponents.From(document)[0].IntervalKind);
        var text = document.ToJson();
        Assert.Equal(text, FitDocument.FromJson(text).ToJson());
        Assert.Contains("\"equal_exponents\": true", text, StringComparison.Ordinal);
    }
}
