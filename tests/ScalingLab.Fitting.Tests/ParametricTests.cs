using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;
using Xunit.Abstractions;

namespace ScalingLab.Fitting.Tests;

public sealed class ParametricTests(ITestOutputHelper output)
{
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0 };

    [Fact]
    public void A_noise_free_surface_gives_its_law_back_to_eight_digits()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        double Between(double low, double high) => low + ((high - low) * random.NextDouble());
        List<ParametricLaw> laws = [Surfaces.Chinchilla, new(1.8, 400, 400, 0.35, 0.35), new(1.5, 20, 20000, 0.2, 0.6)];
        // Terms of 0.2 to 3 nats at N = 3e8 and D = 1e10: a term that hardly shows could not carry eight digits.
        for (var index = 0; index < 5; index++)
        {
            var (alpha, beta) = (Between(0.2, 0.6), Between(0.2, 0.6));
            laws.Add(
                new(Between(0.5, 3), Between(0.2, 3) * Math.Pow(3e8, alpha), Between(0.2, 3) * Math.Pow(1e10, beta),
                    alpha, beta));
        }

        foreach (var law in laws)
        {
            foreach (var options in new[]
            {
                NoBootstrap,
                NoBootstrap with { Residuals = ResidualKind.Linear },
                NoBootstrap with { Method = FitMethod.SquaredError },
                NoBootstrap with { Method = FitMethod.SquaredError, Residuals = ResidualKind.Linear },
                NoBootstrap with { Method = FitMethod.VariableProjection },
            })
            {
                var fit = ParametricFitter.Fit(Surfaces.Grid(law), options);
                Assert.Equal(FitStatus.Converged, fit.Status);
                Surfaces.AssertRelative(law.E, fit.E, 1e-8);
                Surfaces.AssertRelative(law.A, fit.A, 1e-8);
                Surfaces.AssertRelative(law.B, fit.B, 1e-8);
                Surfaces.AssertRelative(law.Alpha, fit.Alpha, 1e-8);
                Surfaces.AssertRelative(law.Beta, fit.Beta, 1e-8);
                Surfaces.AssertRelative(law.ParametersExponent, fit.ParametersExponent, 1e-8);
            }
        }
    }

    [Theory]
    [InlineData(ResidualKind.Log)]
    [InlineData(ResidualKind.Linear)]
    public void The_analytic_gradient_and_curvature_are_the_slopes_of_the_cost(ResidualKind residuals)
    {
        var problem = new ParametricProblem(Surfaces.Noisy(Surfaces.Grid(Surfaces.Chinchilla), 0.02, 5), residuals);
        double[] theta = [0.4, 0.1, -0.2, 0.31, 0.35];
        CostDerivatives here = new(theta.Length), ahead = new(theta.Length), behind = new(theta.Length);
        // A delta beyond every residual keeps the cost smooth; the linear arm is checked by one below every residual.
        foreach (var delta in new[] { 10.0, 1e-9 })
        {
            problem.Evaluate(theta, delta, null, here);
            for (var index = 0; index < theta.Length; index++)
            {
                const double Step = 1e-5;
                problem.Evaluate(Surfaces.Moved(theta, index, Step), delta, null, ahead);
                problem.Evaluate(Surfaces.Moved(theta, index, -Step), delta, null, behind);
                var slope = (ahead.Value - behind.Value) / (2 * Step);
                Assert.Equal(slope, here.Gradient[index], 1e-7 * here.Value);
                for (var row = 0; row <= index; row++)
                {
                    var bend = (ahead.Gradient[row] - behind.Gradient[row]) / (2 * Step);
                    Assert.Equal(bend, here.Hessian[(row * 5) + index], 1e-6 * here.Value * 10);
                }
            }
        }
    }

    [Fact]
    public void Any_seed_finds_the_same_optimum_of_a_noisy_sweep()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20, 1e21]), 0.01, 3);
        var first = ParametricFitter.Fit(sweep, NoBootstrap);
        foreach (var seed in new[] { 1, 2, 3, -4 })
        {
            var other = ParametricFitter.Fit(sweep, NoBootstrap with { Seed = seed });
            Assert.InRange(other.Objective!.Value / first.Objective!.Value, 1 - 1e-9, 1 + 1e-9);
            Assert.Equal(first.Alpha!.Value, other.Alpha!.Value, 1e-6);
        }
    }

    [Fact]
    public void A_surface_without_a_floor_is_unidentified_and_says_that_E_is()
    {
        var sweep = Surfaces.Noisy(Surfaces.Grid(new ParametricLaw(0, 406.4, 410.7, 0.34, 0.28)), 0.01, 1);
        var fit = ParametricFitter.Fit(sweep, new FitOptions { Bootstrap = 200 });
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Contains("E", fit.Unidentified);
        Assert.Contains(fit.Warnings, warning => warning.Code == "unidentified-e");
    }

    [Fact]
    public void Losses_that_never_come_near_the_floor_do_not_fix_it_even_without_a_bootstrap()
    {
        // Sizes and data within a factor of 3: the floor is an extrapolation far beyond what noise of 1 % allows.
        var law = Surfaces.Chinchilla;
        var sweep = from i in Enumerable.Range(0, 5)
                    from j in Enumerable.Range(0, 5)
                    let n = 1e7 * Math.Pow(3, i / 4.0)
                    let d = 1e8 * Math.Pow(3, j / 4.0)
                    select new LossObservation(n, d, 6 * n * d, law.Loss(n, d));
        var fit = ParametricFitter.Fit(Surfaces.Noisy(sweep, 0.01, 2), NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Contains("E", fit.Unidentified);
    }

    [Fact]
    public void Fewer_points_than_parameters_fit_nothing()
    {
        var fit = ParametricFitter.Fit(Surfaces.Grid(Surfaces.Chinchilla).Take(5).ToList(), NoBootstrap);
        Assert.Equal(FitStatus.TooFewPoints, fit.Status);
        Assert.Null(fit.E);
        Assert.Null(fit.Law);
        Assert.Contains(fit.Warnings, warning => warning.Code == "parametric-too-few-points");
    }

    [Fact]
    public void Replicates_of_four_cells_are_too_few_points_however_many()
    {
        var cells = Surfaces.Grid(Surfaces.Chinchilla, 2, 2);
        var fit = ParametricFitter.Fit([.. cells, .. cells, .. cells], NoBootstrap);
        Assert.Equal(FitStatus.TooFewPoints, fit.Status);
    }

    [Fact]
    public void One_budget_alone_leaves_the_law_unidentified_without_numbers()
    {
        var fit = ParametricFitter.Fit(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e20], 12), NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Null(fit.Alpha);
        Assert.Contains(fit.Warnings,
            warning => warning.Text.Contains("at least two budgets", StringComparison.Ordinal));
    }

    [Fact]
    public void One_budget_without_its_name_is_seen_from_the_points()
    {
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, [1e20], 12).Select(one => one with { BudgetFlops = null })
            .ToList();
        Assert.Equal(FitStatus.Unidentified, ParametricFitter.Fit(sweep, NoBootstrap).Status);
    }

    [Fact]
    public void Constant_size_leaves_alpha_unidentified_without_numbers()
    {
        var sweep = Surfaces.Grid(Surfaces.Chinchilla).Select(one => one with { Parameters = 1e8 }).ToList();
        var fit = ParametricFitter.Fit(sweep, NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Contains("alpha", fit.Unidentified);
        Assert.Null(fit.Alpha);
    }

    [Fact]
    public void The_bootstrap_gives_the_same_bits_on_any_number_of_threads()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20, 1e21]), 0.01, 4);
        var serial = Fitter.Fit(sweep, new FitOptions { Bootstrap = 300, Seed = 9, Threads = 1 }).ToJson();
        Assert.Equal(serial, Fitter.Fit(sweep, new FitOptions { Bootstrap = 300, Seed = 9, Threads = 4 }).ToJson());
        Assert.Equal(serial, Fitter.Fit(sweep, new FitOptions { Bootstrap = 300, Seed = 9, Threads = 4 }).ToJson());
        Assert.NotEqual(serial, Fitter.Fit(sweep, new FitOptions { Bootstrap = 300, Seed = 10, Threads = 1 }).ToJson());
    }

    [Fact]
    public void A_gross_outlier_hardly_moves_the_Huber_fit_and_moves_least_squares()
    {
        var sweep = Surfaces.Noisy(Surfaces.Grid(Surfaces.Chinchilla), 1e-4, 6);
        sweep[10] = sweep[10] with { Loss = sweep[10].Loss * 1.5 };
        var huber = ParametricFitter.Fit(sweep, NoBootstrap);
        var squared = ParametricFitter.Fit(sweep, NoBootstrap with { Method = FitMethod.SquaredError });
        Assert.Equal(0.34, huber.Alpha!.Value, 5e-3);
        Assert.True(Math.Abs(squared.Alpha!.Value - 0.34) > 5 * Math.Abs(huber.Alpha.Value - 0.34));
    }
}
