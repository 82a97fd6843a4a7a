using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>Sweeps on a source whose entropy is known: the report holds each law's E against it.</summary>
public sealed class KnownEntropyTests
{
    private const double Truth = 1.5;

    [Fact]
    public void The_fitted_E_stands_beside_the_truth_with_whether_its_interval_holds_it()
    {
        var (findings, report) = Written.Of(Sweep(_ => new KnownEntropy(Truth, Truth, Truth) { LossIdeal = 1.502 }));
        var finding = Assert.Single(findings, f => f.Contains("the true entropy is", StringComparison.Ordinal));
        Assert.StartsWith("The fitted E is 1.", finding, StringComparison.Ordinal);
        Assert.Contains("the true entropy is 1.5000 nats/token (exact): ", finding, StringComparison.Ordinal);
        Assert.Contains("\n## Known entropy\n", report, StringComparison.Ordinal);
        Assert.Contains("The ideal predictor scores 1.5020 on the runs' validation set.", report,
            StringComparison.Ordinal);
        var row = report.Split('\n').Single(line => line.StartsWith("| L(N, D) | converged | 1.",
            StringComparison.Ordinal));
        Assert.EndsWith("| yes |", row.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_truth_outside_the_interval_is_said_and_so_is_that_it_is_estimated()
    {
        var (_, report) = Written.Of(Sweep(_ => new KnownEntropy(1.2, 1.19, 1.21)));
        Assert.Contains("The true entropy is 1.2000 nats/token (95 %: 1.1900 to 1.2100).", report,
            StringComparison.Ordinal);
        var row = report.Split('\n').Single(line => line.StartsWith("| L(N, D) |", StringComparison.Ordinal)
            && line.Contains("no, below it", StringComparison.Ordinal));
        Assert.Contains("| +2", row, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_of_several_contexts_have_no_one_truth_and_runs_on_text_none_at_all()
    {
        var number = 0;
        var (findings, report) = Written.Of(Sweep(_ => new KnownEntropy(Truth + (number++ % 2), Truth, Truth)));
        Assert.Contains("contexts differ", report, StringComparison.Ordinal);
        Assert.DoesNotContain(findings, f => f.Contains("true entropy", StringComparison.Ordinal));
        Assert.DoesNotContain("Known entropy", Written.Of(Sweeps.Quickstart()).Report, StringComparison.Ordinal);
    }

    /// <summary>Losses of a law with E = 1.5, but for a little noise.</summary>
    private static SweepResults Sweep(Func<RunRecord, KnownEntropy> entropy)
    {
        var noise = new Random(1);
        var runs = new List<RunRecord>();
        foreach (var width in (int[])[12, 16, 24, 32, 48, 64, 96])
        foreach (var budget in (double[])[2e10, 1e11, 5e11, 2.5e12])
        {
            var cell = Sweeps.Cell(width, budget, 1);
            var size = ParameterCount.For(cell.Spec.Shape).WithHead;
            var loss = Truth + (60 / Math.Pow(size, 0.5)) + (500 / Math.Pow(cell.Spec.Tokens, 0.5));
            var run = Sweeps.Completed(cell, loss * (1 + (0.0005 * (noise.NextDouble() - 0.5))));
            runs.Add(run with { Result = run.Result! with { Entropy = entropy(run) } });
        }

        return Sweeps.Quickstart() with { Name = "known", Runs = runs };
    }
}
