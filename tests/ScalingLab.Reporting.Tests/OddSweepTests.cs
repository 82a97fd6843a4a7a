using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>Sweeps of which little, or little good, can be drawn.</summary>
public sealed class OddSweepTests
{
    public static TheoryData<string> OddSweeps =>
        ["one run", "no budgets", "all failed", "nothing run", "one size", "edge", "two recipes", "diverged",
            "no curves", "equal losses"];

    [Theory]
    [MemberData(nameof(OddSweeps))]
    public async Task An_odd_sweep_is_reported_whole_and_without_a_fault(string which)
    {
        using var folder = new TemporaryFolder();
        var outcome = await ResultsWriter.WriteAsync(Odd(which), folder.Path, Sweeps.Quick);
        Assert.NotEmpty(outcome.Headline);
        var report = File.ReadAllText(folder["report.md"]);
        Assert.DoesNotContain("NaN", report.Replace("became NaN", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.DoesNotContain("∞", report, StringComparison.Ordinal);
        var expected = which switch
        {
            "one run" => "how far another seed would lie from it is not known",
            "no budgets" or "all failed" or "nothing run" =>
                "figure isoflop: no completed run belongs to a compute budget",
            "one size" => "micro-90k: the loss goes from",
            "edge" => "Hollow diamonds",
            "two recipes" => "## Fits: positions=learned",
            "diverged" => "diverged, the loss became NaN or infinite",
            "no curves" => "figure loss-curves: no run has a point",
            _ => "not-convex",
        };
        Assert.Contains(expected, report.Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    internal static SweepResults Odd(string which)
    {
        var whole = Sweeps.Quickstart();
        return which switch
        {
            "one run" => whole with { Runs = [whole.Runs[0]] },
            "no budgets" => whole with { Runs = [.. ((int[])[12, 24, 48, 96]).Select(w =>
                Sweeps.Completed(Sweeps.Cell(w, null, 1), 3 + (10.0 / w))).Select((r, i) => Longer(r, i))] },
            "all failed" => Sweeps.Quickstart(r => Sweeps.Ended(r, RunState.Failed, FailureKind.Crashed)),
            "nothing run" =>
                Sweeps.Quickstart(r => Sweeps.Ended(r, RunState.Pending) with { Attempts = 0 }, question: null),
            "one size" => whole with { Runs = [.. whole.Runs.Where(r => r.Cell.Spec.Shape.Width == 32)] },
            "edge" => whole with { Runs = [.. whole.Runs.Where(r => r.Cell.Spec.Shape.Width >= 48)] },
            "two recipes" => whole with { Runs = [.. whole.Runs.SelectMany(Recipes)] },
            "diverged" => Sweeps.Quickstart(r => r.Cell.Spec.Seed == 1 ? r : Diverged(r)),
            "no curves" => Sweeps.Quickstart(r => r with { Points = [] }),
            "equal losses" => Sweeps.Quickstart(r => r with { Result = r.Result! with { LossValidation = 3 } }),
            _ => throw new ArgumentOutOfRangeException(nameof(which), which, null),
        };
    }

    // Another length for each run, so that no common budget can be read into them.
    private static RunRecord Longer(RunRecord run, int i)
    {
        var spec = run.Cell.Spec with { Steps = run.Cell.Spec.Steps * (1 + i) };
        return Sweeps.Completed(run.Cell with { Spec = spec }, run.Result!.LossValidation);
    }

    private static IEnumerable<RunRecord> Recipes(RunRecord run) =>
        ((PositionKind[])[PositionKind.Rotary, PositionKind.Learned]).Select(positions => Sweeps.Completed(
            run.Cell with
            {
                Spec = run.Cell.Spec with { Shape = run.Cell.Spec.Shape with { Positions = positions } },
                Varies = [new RecipeChoice("positions", EnumNames.ToName(positions))],
            },
            run.Result!.LossValidation + (positions == PositionKind.Learned ? 0.1 : 0)));

    private static RunRecord Diverged(RunRecord run) => Sweeps.Ended(run, RunState.Failed, FailureKind.Diverged) with
    {
        Points =
            [.. run.Points.Select((p, i) => i < 30 ? p
                : p with { LossTrain = double.NaN, LossValidation = double.PositiveInfinity })],
    };
}
