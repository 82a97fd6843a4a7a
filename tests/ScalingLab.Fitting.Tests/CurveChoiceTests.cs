using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;

namespace ScalingLab.Fitting.Tests;

/// <summary>Which curve finds the minima where nobody names one.</summary>
public sealed class CurveChoiceTests
{
    private static readonly double[] Budgets = [1e17, 1e18, 1e19, 1e20, 1e21];
    private static readonly FitOptions Brief = new() { Bootstrap = 60 };

    [Fact]
    public void Runs_too_short_for_their_size_bend_a_parabola_away_and_leave_the_choice_near_the_truth()
    {
        var design = MinimaDesigns.All.First(one => one.Name == "undertrained");
        var sweep = design.Draw(1, 0);
        var truth = design.Law.ParametersExponent;
        var parabola = IsoFlopFitter.Fit(sweep, Brief with { Minima = MinimumMethod.Parabola });
        var chosen = IsoFlopFitter.Fit(sweep, Brief);
        Assert.True(Math.Abs(parabola.ParametersExponent!.Value - truth) > 0.1, $"{parabola.ParametersExponent}");
        Assert.True(Math.Abs(chosen.ParametersExponent!.Value - truth) < 0.05, $"{chosen.ParametersExponent}");
        Assert.InRange(truth, chosen.Interval95!["a"].Low, chosen.Interval95["a"].High);
        Assert.NotNull(chosen.Curve!.Within);
        var said = Assert.Single(chosen.Warnings, warning => warning.Code == "isoflop-curve").Text;
        Assert.Contains(chosen.Curve.Description, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parabola_that_fits_stays_with_its_minima_and_intervals()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 9, 1.8), 0.005, 2);
        var parabola = IsoFlopFitter.Fit(sweep, Brief with { Minima = MinimumMethod.Parabola });
        var chosen = IsoFlopFitter.Fit(sweep, Brief);
        Assert.Equal(new MinimumCurve(MinimumMethod.Parabola), chosen.Curve);
        Assert.Equal(parabola.ParametersExponent, chosen.ParametersExponent);
        Assert.Equal(parabola.Interval95!["a"], chosen.Interval95!["a"]);
        Assert.Null(chosen.ParabolaMisses);
        Assert.DoesNotContain(chosen.Warnings, warning => warning.Code == "isoflop-curve");
    }

    [Fact]
    public void Losses_without_noise_give_the_laws_exponent_where_a_parabola_does_not()
    {
        var law = new ParametricLaw(1.5, 20, 20000, 0.2, 0.6);
        List<LossObservation> sweep =
            [.. Budgets.SelectMany((budget, index) => Surfaces.IsoFlop(law, [budget], 11, 2.5, 0.4 * (index - 1)))];
        double Miss(MinimumMethod method) => Math.Abs(
            IsoFlopFitter.Fit(sweep, new FitOptions { Bootstrap = 0, Minima = method }).ParametersExponent!.Value
            - law.ParametersExponent);
        Assert.True(Miss(MinimumMethod.Auto) < 0.01, $"{Miss(MinimumMethod.Auto)}");
        Assert.True(Miss(MinimumMethod.Parabola) > 3 * Miss(MinimumMethod.Auto),
            $"{Miss(MinimumMethod.Parabola)} {Miss(MinimumMethod.Auto)}");
    }

    [Fact]
    public void Scatter_that_grows_away_from_the_optimum_turns_few_parabolas_down()
    {
        var design = MinimaDesigns.All.First(one => one.Name == "uneven");
        var turned = Enumerable.Range(0, 20).Count(draw =>
            IsoFlopFitter.Fit(design.Draw(1, draw),
                new FitOptions { Bootstrap = 0 }).Curve != new MinimumCurve(MinimumMethod.Parabola));
        Assert.InRange(turned, 0, 4);
    }

    [Fact]
    public void A_fit_of_higher_order_gives_a_known_quartic_back_and_every_lower_orders_squares()
    {
        double[] x = [1.0, 1.7, 2.1, 3.3, 4.0, 4.4, 5.9];
        double[] y =
            [.. x.Select(one => 2 - (0.3 * one) + (0.2 * one * one) - (0.05 * Math.Pow(one, 3))
                + (0.01 * Math.Pow(one, 4)))];
        var quartic = OrthogonalFit.Fit(x, y, 4);
        foreach (var (one, loss) in x.Zip(y))
            Assert.Equal(loss, quartic.Curve().At(Math.Exp(one)), 1e-12);
        Assert.Equal(0.01, quartic.Curve().Quartic, 1e-12);
        var parabola = Parabola.Through(x, y, null)!;
        Assert.Equal(parabola.At(Math.Exp(2.5)), OrthogonalFit.Fit(x, y, 2).Curve().At(Math.Exp(2.5)), 1e-12);
        Assert.Equal(x.Zip(y).Sum(point => Math.Pow(point.Second - parabola.At(Math.Exp(point.First)), 2)),
            quartic.Squares(2), 1e-12);
        Assert.True(quartic.Squares(2) > quartic.Squares(3) && quartic.Squares(3) > quartic.Squares(4));
    }
}
