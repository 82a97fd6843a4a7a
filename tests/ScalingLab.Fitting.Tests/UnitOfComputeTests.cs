using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Published;

namespace ScalingLab.Fitting.Tests;

/// <summary>Advice is in the unit that the rows count compute in, and hangs on it in nothing else.</summary>
public sealed class UnitOfComputeTests
{
    private static readonly FitOptions Brief = new() { Bootstrap = 40, Approaches = [FitApproach.Parametric] };

    // kFLOPs, GFLOPs, TFLOPs, exaFLOPs, zettaFLOPs, PF-days.
    public static TheoryData<double> Units { get; } = [1e-3, 1e-9, 1e-12, 1e-18, 1e-21, 1 / 8.64e19];

    [Theory]
    [MemberData(nameof(Units))]
    public void The_same_runs_in_another_unit_of_compute_advise_the_same_model_and_data(double unit)
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20]), 0.002, 3);
        Alike(sweep, unit, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Units))]
    public void So_do_runs_whose_compute_has_attention_in_it(double unit)
    {
        double PerToken(double n) => (6 * n) + (2e3 * Math.Pow(n, 2.0 / 3));
        var sweep = Surfaces.Noisy(Surfaces.Grid(Surfaces.Chinchilla), 0.002, 3)
            .Select(one => one with { Flops = PerToken(one.Parameters) * one.Tokens }).ToList();
        Alike(sweep, unit, 1e-6);
    }

    [Fact]
    public void The_optimum_is_found_however_far_its_compute_is_from_6ND()
    {
        var law = Surfaces.Chinchilla;
        foreach (var unit in new[] { 1e-30, 1e-9, 1e-3, 1e6, 1e30 })
        {
            double PerToken(double n) => unit * ((6 * n) + (3e4 * Math.Sqrt(n)));
            var (n, d) = law.Optimum(unit * 1e20, PerToken);
            Assert.Equal(1, PerToken(n) * d / (unit * 1e20), 1e-12);
            foreach (var factor in new[] { 0.98, 1.02 })
                Assert.True(law.Loss(n * factor, unit * 1e20 / PerToken(n * factor)) > law.Loss(n, d));
        }
    }

    [Fact]
    public void Where_a_larger_model_costs_no_more_there_is_no_optimum_and_that_is_said()
    {
        var (n, d) = Surfaces.Chinchilla.Optimum(1e20, _ => 1e9);
        Assert.Equal((double.NaN, double.NaN), (n, d));

        // Compute that has nothing to do with N: every token costs the same.
        var sweep = Surfaces.Noisy(Surfaces.Grid(Surfaces.Chinchilla), 0.002, 3)
            .Select(one => one with { Flops = 1e9 * one.Tokens }).ToList();
        var document = Fitter.Fit(sweep, Brief with { Predictions = [new PredictionRequest(Flops: 1e20)] });
        Assert.Equal(FitStatus.Converged, document.Parametric!.Status);
        Assert.Empty(document.Frontier);
        Assert.Contains(document.Warnings, warning => warning.Code == "no-optimum");
        Assert.Contains("no lowest loss", document.Predictions[0].Withheld, StringComparison.Ordinal);
    }

    [Fact]
    public void Published_laws_are_asked_about_the_same_compute_whatever_its_unit()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20]), 0.002, 3);
        var flops = Fitter.Fit(sweep, Brief).Comparison!;
        var giga = Fitter.Fit(In(sweep, 1e-9), Brief).Comparison!;
        foreach (var (one, other) in flops.Published.Append(flops.Own!).Zip(giga.Published.Append(giga.Own!)))
        {
            Assert.Equal(one.Advice.Count, other.Advice.Count);
            Assert.All(one.Advice.Zip(other.Advice),
                pair => Assert.Equal(1, pair.First.Parameters / pair.Second.Parameters, 1e-6));
        }
    }

    private static void Alike(IReadOnlyList<LossObservation> sweep, double unit, double within)
    {
        var flops = Fitter.Fit(sweep, Brief with { TargetFlops = [9.49e20] });
        var other = Fitter.Fit(In(sweep, unit), Brief with { TargetFlops = [9.49e20 * unit] });
        Assert.Equal(flops.Frontier.Count, other.Frontier.Count);
        foreach (var (one, two) in flops.Frontier.Zip(other.Frontier))
        {
            Assert.Equal(1, two.Flops / one.Flops / unit, 1e-9);
            Assert.Equal(1, two.Parameters / one.Parameters, within);
            Assert.Equal(1, two.Tokens / one.Tokens, within);
            Assert.Equal(1, two.Interval95!.Parameters.Low / one.Interval95!.Parameters.Low, within);
            Assert.Equal(one.Loss!.Value, two.Loss!.Value, within);
        }
    }

    private static List<LossObservation> In(IReadOnlyList<LossObservation> sweep, double unit) =>
        [.. sweep.Select(one => one with { Flops = one.Flops * unit, BudgetFlops = one.BudgetFlops * unit })];
}
