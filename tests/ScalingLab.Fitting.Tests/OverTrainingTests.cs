using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.OverTraining;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using Xunit.Abstractions;

namespace ScalingLab.Fitting.Tests;

public sealed class OverTrainingTests(ITestOutputHelper output)
{
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0 };

    [Fact]
    public void Noise_free_laws_come_back_to_six_digits_with_every_cost()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var draw = 0; draw < 4; draw++)
        {
            var law = Drawn(random);
            foreach (var options in new[]
            {
                NoBootstrap,
                NoBootstrap with { Method = FitMethod.SquaredError, Residuals = ResidualKind.Linear },
                NoBootstrap with { Method = FitMethod.VariableProjection },
            })
            {
                var fit = OverTrainingFitter.Fit(Sweep(law), options);
                Assert.Equal(FitStatus.Converged, fit.Status);
                Surfaces.AssertRelative(law.E, fit.E, 1e-6);
                Surfaces.AssertRelative(law.A, fit.CoefficientA, 1e-6);
                Surfaces.AssertRelative(law.B, fit.CoefficientB, 1e-6);
                Surfaces.AssertRelative(law.Eta, fit.Eta, 1e-6);
                Surfaces.AssertRelative(law.OptimalTokensPerParameter, fit.OptimalTokensPerParameter, 1e-6);
            }
        }
    }

    [Fact]
    public void The_law_is_Chinchillas_with_equal_exponents()
    {
        var law = new OverTrainingLaw(1.8, 200, 900, 0.13);
        Assert.Equal(law.Loss(3e8, 5e10), law.Parametric.Loss(3e8, 5e10), 1e-12);
        var (n, d) = law.Parametric.Optimum(1e21);
        Assert.Equal(law.OptimalTokensPerParameter, d / n, 1e-9 * d / n);
        var parametric = ParametricFitter.Fit(Sweep(law), NoBootstrap);
        Assert.Equal(0.26, parametric.Alpha!.Value, 1e-7);
        Assert.Equal(0.26, parametric.Beta!.Value, 1e-7);
    }

    [Fact]
    public void Five_points_as_Gadre_et_al_use_give_the_law_where_they_carry_no_noise()
    {
        var law = new OverTrainingLaw(1.8, 200, 900, 0.13);
        List<LossObservation> sweep = [.. new[] { (1.1e7, 20.0), (7.9e7, 20), (1.54e8, 20), (4.11e8, 20), (1.1e7, 320) }
            .Select(one => Point(law, one.Item1, one.Item1 * one.Item2))];
        var fit = OverTrainingFitter.Fit(sweep, NoBootstrap);
        Assert.Equal(FitStatus.Converged, fit.Status);
        Surfaces.AssertRelative(law.Eta, fit.Eta, 1e-6);
        Surfaces.AssertRelative(law.E, fit.E, 1e-6);
    }

    [Fact]
    public void Intervals_of_noisy_sweeps_hold_the_truth()
    {
        var law = new OverTrainingLaw(1.8, 200, 900, 0.13);
        var (held, asked) = (0, 0);
        for (var seed = 0; seed < 20; seed++)
        {
            var options = new FitOptions { Bootstrap = 100, Seed = seed, Method = FitMethod.SquaredError };
            var fit = OverTrainingFitter.Fit(Surfaces.Noisy(Sweep(law), 0.003, seed), options);
            Assert.Equal(FitStatus.Converged, fit.Status);
            foreach (var (name, truth) in new[]
            {
                ("E", law.E), ("eta", law.Eta), ("coefficient_a", law.A),
                    ("optimal_tokens_per_parameter", law.OptimalTokensPerParameter),
            })
            {
                asked++;
                held += fit.Interval95![name].Low <= truth && truth <= fit.Interval95[name].High ? 1 : 0;
            }
        }

        output.WriteLine($"{held} of {asked} intervals hold the truth");
        Assert.InRange(held / (double)asked, 0.8, 1);
    }

    [Theory]
    [InlineData("one budget")]
    [InlineData("one ratio")]
    [InlineData("one size")]
    [InlineData("one number of tokens")]
    public void Sweeps_that_cannot_show_the_law_are_refused_without_numbers(string kind)
    {
        var law = new OverTrainingLaw(1.8, 200, 900, 0.13);
        var sweep = Enumerable.Range(0, 12).Select(i => 1e7 * Math.Pow(2, i)).Select(x => kind switch
        {
            "one budget" => Point(law, x, 1e19 / (6 * x)),
            "one ratio" => Point(law, x, 20 * x),
            "one size" => Point(law, 1e8, 100 * x),
            _ => Point(law, x, 1e10),
        }).ToList();
        var fit = OverTrainingFitter.Fit(sweep, NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Null(fit.Eta);
        Assert.Contains(fit.Warnings, warning => warning.Code == "overtraining-unidentified");
    }

    [Fact]
    public void Four_places_are_too_few()
    {
        var sweep = Sweep(new OverTrainingLaw(1.8, 200, 900, 0.13)).Take(4).ToList();
        Assert.Equal(FitStatus.TooFewPoints, OverTrainingFitter.Fit([.. sweep, .. sweep], NoBootstrap).Status);
        Assert.Equal(FitStatus.TooFewPoints, OverTrainingFitter.Fit([], NoBootstrap).Status);
    }

    [Fact]
    public void A_law_without_a_floor_is_unidentified_and_says_so()
    {
        var sweep = Surfaces.Noisy(Sweep(new OverTrainingLaw(0, 20, 60, 0.04)), 0.01, 5);
        var fit = OverTrainingFitter.Fit(sweep, new FitOptions { Bootstrap = 50 });
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Contains("E", fit.Unidentified);
        Assert.Null(fit.Interval95);
        Assert.Contains(fit.Warnings, warning => warning.Code == "overtraining-unidentified-e");
    }

    // Terms of 0.2 to 2 nats at N = 1e8 and D = 1e10.
    private static OverTrainingLaw Drawn(Random random)
    {
        var eta = 0.08 + (0.2 * random.NextDouble());
        double Term() => 0.2 + (1.8 * random.NextDouble());
        return new OverTrainingLaw(0.5 + (2 * random.NextDouble()), Term() * Math.Pow(6e16, eta),
            Term() * Math.Pow(6e20, eta), eta);
    }

    private static List<LossObservation> Sweep(OverTrainingLaw law) =>
        [.. from i in Enumerable.Range(0, 6)
            from ratio in new[] { 5.0, 20, 80, 320 }
            let n = 1e7 * Math.Pow(3, i)
            select Point(law, n, ratio * n)];

    private static LossObservation Point(OverTrainingLaw law, double n, double d) =>
        new(n, d, 6 * n * d, law.Loss(n, d));
}
