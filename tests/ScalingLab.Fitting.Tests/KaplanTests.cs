using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using Xunit.Abstractions;

namespace ScalingLab.Fitting.Tests;

public sealed class KaplanTests(ITestOutputHelper output)
{
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0 };

    [Fact]
    public void Noise_free_power_laws_come_back_with_and_without_a_floor()
    {
        var random = Fresh();
        for (var law = 0; law < 8; law++)
        {
            var (alpha, scale, floor) =
                (0.03 + (0.6 * random.NextDouble()), Math.Pow(10, 8 + (6 * random.NextDouble())), 0.3
                    + (2 * random.NextDouble()));
            var pure = KaplanFitter.Fit(Sizes(n => Math.Pow(scale / n, alpha)), NoBootstrap).Parameters;
            Surfaces.AssertRelative(alpha, pure.PowerLaw.Alpha, 1e-8);
            Surfaces.AssertRelative(scale, pure.PowerLaw.Scale, 1e-6);
            // A floor far below the losses, or one that the power hardly rises from, carries no digits: keep the terms
            // alike at 1e8.
            var size = (0.5 + random.NextDouble()) * Math.Pow(1e8, alpha);
            var lifted = KaplanFitter.Fit(Sizes(n => floor + (size * Math.Pow(n, -alpha))), NoBootstrap).Parameters;
            Assert.Equal(FitStatus.Converged, lifted.WithFloor.Status);
            Surfaces.AssertRelative(alpha, lifted.WithFloor.Alpha, 1e-6);
            Surfaces.AssertRelative(floor, lifted.WithFloor.E, 1e-6);
            Surfaces.AssertRelative(Math.Pow(size, 1 / alpha), lifted.WithFloor.Scale, 1e-4);
        }
    }

    [Fact]
    public void L_of_N_is_fitted_at_a_constant_D_where_the_other_laws_are_refused()
    {
        var fit = KaplanFitter.Fit(Sizes(n => Math.Pow(8.8e13 / n, 0.076)), new FitOptions { Bootstrap = 100 });
        Assert.Equal(FitStatus.Converged, fit.Status);
        Surfaces.AssertRelative(0.076, fit.Parameters.PowerLaw.Alpha, 1e-8);
        Surfaces.AssertRelative(8.8e13, fit.Parameters.PowerLaw.Scale, 1e-6);
        Assert.Equal(FitStatus.TooFewPoints, fit.Tokens.PowerLaw.Status);
        Assert.Null(fit.Tokens.PowerLaw.Alpha);
        Assert.Contains(fit.Warnings, warning => warning.Code == "kaplan-tokens-too-few-points");
        Assert.DoesNotContain(fit.Warnings, warning => warning.Code == "kaplan-tokens-vary");
    }

    [Fact]
    public void L_of_D_is_fitted_at_a_constant_N_where_L_of_N_is_refused()
    {
        var sweep = Enumerable.Range(0, 8).Select(i => 1e8 * Math.Pow(2, i))
            .Select(d => new LossObservation(1e8, d, 6e8 * d, Math.Pow(5.4e13 / d, 0.095))).ToList();
        var fit = KaplanFitter.Fit(sweep, NoBootstrap);
        Surfaces.AssertRelative(0.095, fit.Tokens.PowerLaw.Alpha, 1e-8);
        Assert.Equal(FitStatus.TooFewPoints, fit.Parameters.PowerLaw.Status);
        Assert.Null(fit.ParametersExponent);
    }

    [Fact]
    public void Each_law_says_its_rows_and_takes_only_those()
    {
        // Sizes to D = 3e11, one diverged short run that no law should see.
        var sweep = Surfaces.Grid(Surfaces.Chinchilla);
        sweep[0] = sweep[0] with { Loss = 9 };
        var rows = ObservationChecks.Check(sweep).Usable;
        var fit = KaplanFitter.Fit(rows, NoBootstrap);
        Assert.Equal("the most-trained run of each model size", fit.Parameters.RowsFrom);
        Assert.All(fit.Parameters.Rows, row => Assert.Equal(3e11, sweep[row - 1].Tokens, 1));
        Assert.Equal(7, fit.Parameters.Points);
        Assert.Contains("largest model size", fit.Tokens.RowsFrom, StringComparison.Ordinal);
        Assert.All(fit.Tokens.Rows, row => Assert.Equal(1e10, sweep[row - 1].Parameters, 1));
        Assert.DoesNotContain(1, fit.Compute.Rows);
    }

    [Fact]
    public void The_floor_of_L_of_N_is_that_of_the_surface_at_its_D()
    {
        var fit = KaplanFitter.Fit(Surfaces.Grid(Surfaces.Chinchilla), NoBootstrap);
        Surfaces.AssertRelative(Surfaces.Chinchilla.Alpha, fit.Parameters.WithFloor.Alpha, 1e-6);
        Surfaces.AssertRelative(1.69 + (410.7 * Math.Pow(3e11, -0.28)), fit.Parameters.WithFloor.E, 1e-6);
        Surfaces.AssertRelative(Surfaces.Chinchilla.Beta, fit.Tokens.WithFloor.Alpha, 1e-6);
    }

    [Fact]
    public void L_of_C_takes_the_lowest_loss_of_each_budget_and_gives_Kaplans_exponent()
    {
        double[] budgets = [1e18, 3e18, 1e19, 3e19, 1e20, 3e20, 1e21];
        var fit = KaplanFitter.Fit(Surfaces.IsoFlop(Surfaces.Chinchilla, budgets, 9), NoBootstrap);
        Assert.Equal("the lowest loss of each budget", fit.Compute.RowsFrom);
        Assert.Equal(budgets.Length, fit.Compute.Points);
        // The optimum of a Chinchilla surface falls as C^-(alpha beta / (alpha + beta)) to E.
        Surfaces.AssertRelative(0.34 * 0.28 / 0.62, fit.Compute.WithFloor.Alpha, 1e-3);
        Surfaces.AssertRelative(1.69, fit.Compute.WithFloor.E, 1e-3);
        Surfaces.AssertRelative(fit.Compute.PowerLaw.Alpha!.Value / fit.Parameters.PowerLaw.Alpha!.Value,
            fit.ParametersExponent, 1e-12);
    }

    [Fact]
    public void L_of_C_of_two_budgets_says_that_they_are_too_few()
    {
        var fit = KaplanFitter.Fit(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19], 9), NoBootstrap);
        Assert.Equal("the runs that no cheaper run beats (there are fewer than three budgets, or many runs belong to "
            + "none)", fit.Compute.RowsFrom);
    }

    [Fact]
    public void Intervals_of_noisy_laws_hold_the_truth_nineteen_times_of_twenty()
    {
        var (held, laws) = (0, 100);
        for (var seed = 0; seed < laws; seed++)
        {
            var sweep = Surfaces.Noisy(Sizes(n => Math.Pow(8.8e13 / n, 0.076), 8), 0.01, seed);
            var interval =
                KaplanFitter.Fit(sweep,
                    new FitOptions { Bootstrap = 300, Seed = seed }).Parameters.PowerLaw.Interval95!["alpha"];
            held += interval.Low <= 0.076 && 0.076 <= interval.High ? 1 : 0;
        }

        output.WriteLine($"{held} of {laws} intervals hold the truth");
        Assert.InRange(held, 88, 100);
    }

    [Fact]
    public void A_pure_power_law_with_noise_has_no_floor_to_quote()
    {
        var sweep = Surfaces.Noisy(Sizes(n => Math.Pow(8.8e13 / n, 0.076)), 0.01, 3);
        var fit = KaplanFitter.Fit(sweep, NoBootstrap);
        Assert.Equal(FitStatus.Converged, fit.Parameters.PowerLaw.Status);
        Assert.Equal(FitStatus.Unidentified, fit.Parameters.WithFloor.Status);
        Assert.Contains(fit.Warnings, warning => warning.Code == "kaplan-parameters-floor-unidentified");
    }

    [Fact]
    public void A_loss_that_does_not_fall_with_size_gives_no_exponent()
    {
        var fit = KaplanFitter.Fit(Sizes(n => 2 + (0.01 * Math.Log10(n))), NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, fit.Parameters.PowerLaw.Status);
        Assert.Null(fit.Parameters.PowerLaw.Alpha);
        Assert.Contains(fit.Warnings, warning => warning.Code == "kaplan-parameters-unidentified");
    }

    [Fact]
    public void Two_sizes_or_no_rows_are_too_few()
    {
        Assert.Equal(FitStatus.TooFewPoints, KaplanFitter.Fit([], NoBootstrap).Status);
        Assert.Equal(FitStatus.TooFewPoints,
            KaplanFitter.Fit(Sizes(n => Math.Pow(n, -0.1), 2), NoBootstrap).Parameters.PowerLaw.Status);
    }

    [Fact]
    public void An_exponent_that_no_size_could_follow_is_not_quoted()
    {
        // Large models hardly trained: size seems worth less than compute.
        var law = new ParametricLaw(0.5, 20, 4000, 0.2, 0.4);
        var sweep = from i in Enumerable.Range(0, 7)
                    from j in Enumerable.Range(0, 5)
                    let n = 1e7 * Math.Pow(4, i)
                    let d = 2e10 * Math.Pow(1.8, j) * Math.Pow(1.4, -i)
                    select new LossObservation(n, d, 6 * n * d, law.Loss(n, d));
        var fit = KaplanFitter.Fit([.. sweep], NoBootstrap);
        Assert.True(fit.Compute.PowerLaw.Alpha > fit.Parameters.PowerLaw.Alpha, fit.ToString());
        Assert.Null(fit.ParametersExponent);
        Assert.Contains(fit.Warnings, warning => warning.Code == "kaplan-exponent-unidentified");
    }

    [Fact]
    public void Runs_of_different_lengths_behind_L_of_N_are_said()
    {
        var fit = KaplanFitter.Fit(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e19, 1e20, 1e21]), NoBootstrap);
        Assert.Contains(fit.Warnings, warning => warning.Code == "kaplan-tokens-vary");
    }

    private static List<LossObservation> Sizes(Func<double, double> loss, int count = 9) =>
        [.. Enumerable.Range(0, count).Select(i => 1e6 * Math.Pow(3, i))
            .Select(n => new LossObservation(n, 2e10, 1.2e11 * n, loss(n)))];

    private Random Fresh()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return new Random(seed);
    }
}
