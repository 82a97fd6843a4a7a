using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

/// <summary>
/// Points of one run err together: bootstraps draw runs, and settings are no seeds. What a reader of the file says
/// comes first.
/// </summary>
public class RunGroupTests
{
    // Runs of eight points that share one error each.
    private static List<LossObservation> Checkpoints(bool named)
    {
        var runs = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20, 1e21]), 0.01, 1);
        return [.. runs.SelectMany((run, index) => Enumerable.Range(1, 8).Select(part =>
        {
            var (d, error) = (run.Tokens * part / 8, run.Loss / Surfaces.Chinchilla.Loss(run.Parameters, run.Tokens));
            return new LossObservation(run.Parameters, d, 6 * run.Parameters * d,
                Surfaces.Chinchilla.Loss(run.Parameters, d) * error,
                Run: named ? $"{index}" : null);
        }))];
    }

    [Fact]
    public void Intervals_of_runs_with_several_points_are_those_of_runs()
    {
        var options = new FitOptions { Bootstrap = 100 };
        var (byRun, byPoint) =
            (ParametricFitter.Fit(Checkpoints(named: true), options),
                ParametricFitter.Fit(Checkpoints(named: false), options));
        Assert.Equal(byPoint.E, byRun.E);
        Assert.Equal(IntervalKind.Percentile, byRun.Interval95Kind);
        Assert.True(byRun.Interval95!["a"].Width > 1.5 * byPoint.Interval95Profile!["a"].Width);
        Assert.True(byRun.Interval95["a"].Width > 1.5 * byPoint.Interval95Percentile!["a"].Width);
    }

    [Fact]
    public void A_draw_takes_whole_runs_and_residuals_of_one_run_together()
    {
        var points = Checkpoints(named: true);
        var groups = RunGroups.From(points);
        Assert.False(groups.OnePointEach);
        var random = new SplitMix64(1, 0);
        var weights = groups.Weights(ref random);
        Assert.Equal(points.Count, weights.Sum());
        Assert.All(weights.Chunk(8), run => Assert.Single(run.Distinct()));
        var donors = new int[weights.Length];
        groups.Donors(ref random, donors);
        Assert.All(donors.Chunk(8), run => Assert.Equal(Enumerable.Range(run[0], 8), run));
    }

    [Fact]
    public void Points_that_name_no_run_are_drawn_one_by_one()
    {
        var groups = RunGroups.From(Checkpoints(named: false));
        Assert.True(groups.OnePointEach);
        var (one, other) = (new SplitMix64(3, 5), new SplitMix64(3, 5));
        var weights = groups.Weights(ref one);
        var expected = new double[weights.Length];
        for (var draw = 0; draw < expected.Length; draw++)
            expected[other.NextIndex(expected.Length)]++;
        Assert.Equal(expected, weights);
    }

    [Fact]
    public void Rows_of_other_settings_are_no_replicates()
    {
        LossObservation[] rows = [new(1e8, 2e9, 1.2e18, 3.0, Setting: "1"), new(1e8, 2e9, 1.2e18, 3.1, Setting: "2")];
        Assert.Null(SeedNoise.Estimate(rows));
        Assert.NotNull(SeedNoise.Estimate([.. rows.Select(row => row with { Setting = null })]));
    }

    [Fact]
    public void What_the_reader_of_a_file_says_comes_first_and_impossible_units_give_no_headline_and_no_advice()
    {
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20, 1e21]);
        FitDocument Of(string code) => Fitter.Fit(
            new FitRows(sweep) { Warnings = [new FitWarning(code, "column N: D / N is 2e13.")] },
            new FitOptions { Bootstrap = 0, Approaches = [FitApproach.Parametric] });
        var doubtful = Of("units-doubtful");
        Assert.Equal("units-doubtful", doubtful.Warnings[0].Code);
        Assert.StartsWith("10x the compute means", Fitter.Headline(doubtful), StringComparison.Ordinal);
        Assert.NotEmpty(doubtful.Frontier);
        var impossible = Of(FitWarning.ImpossibleUnits);
        Assert.StartsWith("What 10x the compute should buy is not said",
            Fitter.Headline(FitDocument.FromJson(impossible.ToJson())), StringComparison.Ordinal);
        Assert.Empty(impossible.Frontier);
        Assert.Equal(FrontierSource.None, impossible.FrontierSource);
        Assert.Null(impossible.Comparison);
    }
}
