using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.DataConstrained;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using Xunit.Abstractions;

namespace ScalingLab.Fitting.Tests;

public sealed class DataConstrainedTests(ITestOutputHelper output)
{
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0 };

    [Fact]
    public void The_published_law_gives_the_losses_that_its_authors_print()
    {
        // README of huggingface/datablations, "Parametric Fit".
        var law = DataConstrainedLaw.Muennighoff2023;
        Assert.Equal(2.2256440889984477, law.Loss(6.34e9, 242e9, 25e9), 1e-9);
        Assert.Equal(2.2269634075087867, law.Loss(8.67e9, 178e9, 25e9), 1e-9);
    }

    [Fact]
    public void The_matched_size_of_distinct_tokens_is_compute_optimal_for_them()
    {
        var law = DataConstrainedLaw.Muennighoff2023;
        var (n, d) = law.Base.Optimum(1e21);
        Assert.Equal(1, law.MatchedParameters(d) / n, 1e-9);
        Assert.Equal(1e8, law.EffectiveParameters(1e8, 1e12), 1e-3);
        Assert.Equal(1e9, law.EffectiveTokens(1e9, 5e9), 1e-3);
        // Endless repetition is worth R_D* more passes.
        Assert.Equal((1 + 15.387756) * 1e9, law.EffectiveTokens(1e13, 1e9), 1e3);
        Assert.Equal(7e9, (law with { TokensDecay = double.PositiveInfinity }).EffectiveTokens(7e9, 1e9), 1e-3);
    }

    [Fact]
    public void Noise_free_surfaces_come_back_to_six_digits()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var draw = 0; draw < 2; draw++)
        {
            var law = Drawn(random);
            output.WriteLine(law.ToString());
            foreach (var options
                in new[]
                { NoBootstrap, NoBootstrap with { Method = FitMethod.SquaredError, Residuals = ResidualKind.Linear } })
            {
                var fit = DataConstrainedFitter.Fit(Sweep(law), options);
                Assert.Equal(FitStatus.Converged, fit.Status);
                Surfaces.AssertRelative(law.TokensDecay, fit.TokensDecay, 1e-6);
                Surfaces.AssertRelative(law.ParametersDecay, fit.ParametersDecay, 1e-6);
                Surfaces.AssertRelative(law.Base.E, fit.E, 1e-6);
                Surfaces.AssertRelative(law.Base.A, fit.A, 1e-6);
                Surfaces.AssertRelative(law.Base.B, fit.B, 1e-6);
                Surfaces.AssertRelative(law.Base.Alpha, fit.Alpha, 1e-6);
                Surfaces.AssertRelative(law.Base.Beta, fit.Beta, 1e-6);
                Surfaces.AssertRelative(law.Base.ParametersExponent, fit.ParametersExponent, 1e-6);
            }
        }
    }

    [Fact]
    public void With_the_law_of_fresh_data_given_two_unknowns_are_fitted_and_five_kept()
    {
        var law = DataConstrainedLaw.Muennighoff2023;
        var fit = DataConstrainedFitter.Fit(Sweep(law, 3), NoBootstrap, law.Base);
        Assert.True(fit.BaseGiven);
        Assert.Equal(law.Base.A, fit.A!.Value, 1e-9);
        Surfaces.AssertRelative(law.TokensDecay, fit.TokensDecay, 1e-6);
        Surfaces.AssertRelative(law.ParametersDecay, fit.ParametersDecay, 1e-6);
    }

    [Fact]
    public void Intervals_of_noisy_sweeps_hold_the_truth()
    {
        var law = DataConstrainedLaw.Muennighoff2023;
        var (held, asked) = (0, 0);
        for (var seed = 0; seed < 3; seed++)
        {
            var options = new FitOptions { Bootstrap = 40, Seed = seed, Method = FitMethod.SquaredError };
            var fit = DataConstrainedFitter.Fit(Surfaces.Noisy(Sweep(law), 0.003, seed), options);
            Assert.Equal(FitStatus.Converged, fit.Status);
            foreach (var (name, truth)
                in new[] { ("r_d_star", 15.387756), ("r_n_star", 5.309743), ("alpha", 0.3526596), ("a", 0.5) })
            {
                asked++;
                held += fit.Interval95![name].Low <= truth && truth <= fit.Interval95[name].High ? 1 : 0;
            }
        }

        output.WriteLine($"{held} of {asked} intervals hold the truth");
        Assert.InRange(held, asked - 3, asked);
    }

    [Fact]
    public void Without_distinct_tokens_or_without_repetition_there_is_no_number()
    {
        var silent = DataConstrainedFitter.Fit(Surfaces.Grid(Surfaces.Chinchilla), NoBootstrap);
        Assert.Equal(FitStatus.TooFewPoints, silent.Status);
        Assert.Null(silent.TokensDecay);
        var once = DataConstrainedFitter.Fit(
            [.. Surfaces.Grid(Surfaces.Chinchilla).Select(one => one with { UniqueTokens = one.Tokens * 3 })],
            NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, once.Status);
        Assert.Equal(["r_d_star", "r_n_star"], once.Unidentified);
        Assert.Null(once.TokensDecay);
        Assert.Contains(once.Warnings,
            warning => warning.Text.Contains("No run repeats its data", StringComparison.Ordinal));
    }

    [Fact]
    public void Seven_rows_are_too_few_for_seven_unknowns_and_enough_for_two()
    {
        var rows = Sweep(DataConstrainedLaw.Muennighoff2023).Where(one => one.UniqueTokens < one.Tokens).Take(7)
            .ToList();
        Assert.Equal(FitStatus.TooFewPoints, DataConstrainedFitter.Fit(rows, NoBootstrap).Status);
        Assert.NotEqual(FitStatus.TooFewPoints,
            DataConstrainedFitter.Fit(rows, NoBootstrap, DataConstrainedLaw.Muennighoff2023.Base).Status);
    }

    [Fact]
    public void Models_smaller_than_their_data_asks_for_say_nothing_of_excess_parameters()
    {
        var law = DataConstrainedLaw.Muennighoff2023;
        var rows = Sweep(law).Where(one => one.Parameters < law.MatchedParameters(one.UniqueTokens!.Value)).ToList();
        var fit = DataConstrainedFitter.Fit(rows, NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Equal(["r_n_star"], fit.Unidentified);
        Assert.Null(fit.ParametersDecay);
        Surfaces.AssertRelative(law.TokensDecay, fit.TokensDecay, 1e-6);
    }

    [Fact]
    public void A_constant_size_leaves_the_law_unidentified_without_numbers()
    {
        var fit =
            DataConstrainedFitter.Fit(
                [.. Sweep(DataConstrainedLaw.Muennighoff2023).Select(one => one with { Parameters = 1e9 })],
                NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Null(fit.TokensDecay);
        Assert.Null(fit.Alpha);
    }

    /// <summary>Sizes and distinct tokens on a grid, each with one pass and several.</summary>
    internal static List<LossObservation> Sweep(DataConstrainedLaw law, int sizes = 6) =>
        [.. from i in Enumerable.Range(0, sizes)
            from unique in new[] { 1e8, 1e9, 1e10, 1e11 }
            from epochs in new[] { 1.0, 4, 16, 50 }
            let n = 1e7 * Math.Pow(4.5, i)
            let d = unique * epochs
            select new LossObservation(n, d, 6 * n * d, law.Loss(n, d, unique), UniqueTokens: unique)];

    // Terms of 0.3 to 2 nats at N = 3e8 and D = 3e9, decays within what the sweep repeats.
    private static DataConstrainedLaw Drawn(Random random)
    {
        double Between(double low, double high) => low + ((high - low) * random.NextDouble());
        var (alpha, beta) = (Between(0.25, 0.5), Between(0.25, 0.5));
        var law = new ParametricLaw(
            Between(0.8, 2.5), Between(0.3, 2) * Math.Pow(3e8, alpha), Between(0.3, 2) * Math.Pow(3e9, beta), alpha,
            beta);
        return new DataConstrainedLaw(law, Between(3, 30), Between(2, 20));
    }
}
