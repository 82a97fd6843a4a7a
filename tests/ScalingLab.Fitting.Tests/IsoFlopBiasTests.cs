using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

public sealed class IsoFlopBiasTests
{
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0, Minima = MinimumMethod.Parabola };
    private static readonly double[] Budgets = [1e17, 1e18, 1e19, 1e20, 1e21];

    /// <summary>Sizes round the optimum times exp(shift + drift per decade).</summary>
    private static List<LossObservation> Drifting(ParametricLaw law, double halfWidth, double shift, double drift) =>
        [.. Budgets.SelectMany((budget, index) =>
            Surfaces.IsoFlop(law, [budget], 9, halfWidth, shift + (drift * (index - (Budgets.Length / 2)))))];

    [Fact]
    public void A_constant_shift_moves_every_minimum_alike_and_leaves_the_exponent()
    {
        var law = new ParametricLaw(1.7, 400, 400, 0.35, 0.35);
        var bias = Bias(law, Drifting(law, 2.5, 1, 0), NoBootstrap);
        Assert.Equal(0, bias.ParametersExponentBias, 1e-6);
        Assert.All(bias.Minima,
            minimum => Assert.True(Math.Abs(minimum.ParametersBias) > 0.01, $"{minimum.ParametersBias}"));
        Assert.Equal(bias.Minima[0].ParametersBias, bias.Minima[^1].ParametersBias, 1e-6);
    }

    [Fact]
    public void A_drifting_centre_goes_into_the_exponent()
    {
        var law = new ParametricLaw(1.7, 400, 400, 0.35, 0.35);
        var drifting = Bias(law, Drifting(law, 2.5, 0, 0.6), NoBootstrap);
        Assert.True(Math.Abs(drifting.ParametersExponentBias) > 0.003, $"{drifting.ParametersExponentBias}");
        Assert.Equal(-drifting.ParametersExponentBias,
            Bias(law, Drifting(law, 2.5, 0, -0.6), NoBootstrap).ParametersExponentBias, 1e-6);
        Assert.Equal(0, Bias(law, Drifting(law, 2.5, 0, 0), NoBootstrap).ParametersExponentBias, 1e-6);
    }

    [Fact]
    public void Unlike_exponents_bias_even_a_centred_grid_and_the_more_the_wider_it_is()
    {
        double Worst(double halfWidth) =>
            Bias(Surfaces.Chinchilla, Drifting(Surfaces.Chinchilla, halfWidth, 0, 0),
                NoBootstrap).Minima.Max(one => Math.Abs(one.ParametersBias));
        Assert.True(Worst(3) > 2 * Worst(1.5), $"{Worst(1.5)} {Worst(3)}");
    }

    [Theory]
    [InlineData(FitMethod.Huber)]
    [InlineData(FitMethod.VariableProjection)]
    public void Less_its_bias_approach_2_gives_the_laws_own_exponents_back(FitMethod method)
    {
        foreach (var law in new[] { Surfaces.Chinchilla, new ParametricLaw(1.5, 20, 20000, 0.2, 0.6) })
        {
            var sweep = Drifting(law, 3, 0.6, 0.7);
            var options = NoBootstrap with { Method = method };
            var fit =
                IsoFlopBias.AddTo(IsoFlopFitter.Fit(sweep, options), sweep, ParametricFitter.Fit(sweep, options),
                    options);
            Assert.Equal(method, fit.Bias!.Source);
            Assert.Equal(law.ParametersExponent, fit.Bias.ParametersExponent, 1e-7);
            Assert.Equal(law.ParametersExponent, fit.ParametersExponent!.Value - fit.Bias.ParametersExponentBias, 1e-7);
            Assert.Equal(law.TokensExponent, fit.TokensExponent!.Value - fit.Bias.TokensExponentBias, 1e-7);
            Assert.Contains(fit.Warnings, warning => warning.Code == "isoflop-biased");
        }
    }

    [Fact]
    public void A_surface_that_no_fit_is_sure_of_lends_no_bias()
    {
        // Every run on a floorless law: E is not identified by either method.
        var sweep = Surfaces.Noisy(Drifting(new ParametricLaw(0, 406.4, 410.7, 0.34, 0.28), 2, 0, 0), 0.01, 3);
        var parametric = ParametricFitter.Fit(sweep, NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, parametric.Status);
        Assert.Null(IsoFlopBias.AddTo(IsoFlopFitter.Fit(sweep, NoBootstrap), sweep, parametric, NoBootstrap).Bias);
    }

    [Fact]
    public void An_Akima_minimum_is_hardly_biased_where_a_parabola_is()
    {
        var law = new ParametricLaw(1.7, 400, 400, 0.35, 0.35);
        var sweep = Drifting(law, 2.5, 1, 0.2);
        var options = NoBootstrap with { Minima = MinimumMethod.Akima };
        var spline = Bias(law, sweep, options);
        var parabola = Bias(law, sweep, NoBootstrap);
        var (worst, worstParabola) = (
            spline.Minima.Max(one => Math.Abs(one.ParametersBias)),
            parabola.Minima.Max(one => Math.Abs(one.ParametersBias)));
        Assert.True(worst < worstParabola / 2, $"{worst} {worstParabola}");
        var fit = IsoFlopFitter.Fit(Surfaces.Noisy(sweep, 1e-3, 5), options with { Bootstrap = 300 });
        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.NotNull(fit.BootstrapNoise);
        Assert.InRange(law.ParametersExponent, fit.Interval95!["a"].Low - 0.02, fit.Interval95["a"].High + 0.02);
    }

    [Fact]
    public void Four_sizes_are_too_few_for_an_Akima_spline_and_say_so()
    {
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, sizes: 4);
        var fit = IsoFlopFitter.Fit(sweep, NoBootstrap with { Minima = MinimumMethod.Akima });
        Assert.All(fit.Minima, minimum => Assert.Equal(MinimumStatus.TooFewPoints, minimum.Status));
        Assert.Contains(fit.Warnings,
            warning => warning.Text.Contains("Akima spline needs at least 5", StringComparison.Ordinal));
        Assert.Equal(FitStatus.Converged, IsoFlopFitter.Fit(sweep, NoBootstrap).Status);
    }

    [Fact]
    public void Parameters_and_tokens_come_from_parabolas_of_their_own()
    {
        // With attention and head in the compute, D is not C / 6N: the parabola in ln D is not the mirrored one in ln
        // N.
        double PerToken(double n) => (6 * n) + (4e4 * Math.Sqrt(n));
        var law = Surfaces.Chinchilla;
        List<LossObservation> sweep =
            [.. from budget in Budgets
                from step in Enumerable.Range(-4, 9)
                let n = law.Optimum(budget, PerToken).Parameters * Math.Exp(0.3 * step)
                let d = budget / PerToken(n)
                select new LossObservation(n, d, budget, law.Loss(n, d), budget)];
        var fit = IsoFlopFitter.Fit(sweep, NoBootstrap);
        Assert.All(fit.Minima, minimum =>
            Assert.True(Math.Abs(Math.Log(6 * minimum.Parameters!.Value * minimum.Tokens!.Value / minimum.Flops))
                > 0.05));
        Assert.NotEqual(1, fit.ParametersExponent!.Value + fit.TokensExponent!.Value, 1e-2);
    }

    private static IsoFlopBias Bias(ParametricLaw law, List<LossObservation> sweep, FitOptions options) =>
        IsoFlopBias.Measure(sweep, law, FitMethod.Huber, new MinimumCurve(options.Minima), options)!;
}
