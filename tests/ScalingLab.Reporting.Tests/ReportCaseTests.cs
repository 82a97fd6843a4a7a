using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>Each kind of sweep has its question answered first, and what it cannot say in one line.</summary>
public sealed class ReportCaseTests
{
    private const string NoLaw = "No law of loss over size and tokens";

    [Fact]
    public void Of_seeds_alone_the_noise_is_told()
    {
        double[] losses = [3.50, 3.52, 3.54, 3.56];
        var (findings, report) =
            Written.Of(Sweep([.. losses.Select((loss, i) => Sweeps.Completed(Sweeps.Cell(24, null, i + 1), loss))]));
        Assert.StartsWith("micro-63k on", Assert.Single(findings), StringComparison.Ordinal);
        Assert.Contains("3.5300 nats/token (95 %: 3.4889 to 3.5711), with a standard deviation of 0.0258 over 4 seeds",
            findings[0], StringComparison.Ordinal);
        Assert.Contains("| 4 | 0.0447 |", report, StringComparison.Ordinal);
        Assert.Single(Lines(report, NoLaw));
    }

    [Fact]
    public void Of_one_run_its_loss_is_told_and_that_its_noise_is_unknown()
    {
        var (findings, report) = Written.Of(Sweep([Sweeps.Completed(Sweeps.Cell(12, 1e11, 1), 3.836)]));
        Assert.Contains("ends at 3.8360 nats/token", Assert.Single(findings), StringComparison.Ordinal);
        Assert.Contains("how far another seed would lie from it is not known", findings[0], StringComparison.Ordinal);
        Assert.Single(Lines(report, NoLaw));
        Assert.DoesNotContain("## Fits", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_recipes_that_are_not_told_apart_name_the_seeds_that_would_decide()
    {
        // Differences -0.01, -0.03, -0.05, +0.02: mean -0.0175, standard deviation 0.0299, decided by 14 pairs.
        double[] second = [-0.01, -0.03, -0.05, 0.02];
        var (findings, report) =
            Written.Of(Sweep([.. second.SelectMany((difference, i) => Pair(i + 1, 3.5 + (0.01 * i), difference))]));
        Assert.StartsWith("positions: rotary is not told from learned (-0.0175 nats/token", findings[0],
            StringComparison.Ordinal);
        Assert.EndsWith("About 10 further seeds would decide it if the difference stays as it is.", findings[0],
            StringComparison.Ordinal);
        Assert.Contains("not decided, 10 more seeds", Written.Body(report), StringComparison.Ordinal);
        Assert.Contains("Compute at equal loss is not known: it takes runs at a second length or budget",
            Written.Body(report), StringComparison.Ordinal);
        Assert.Single(Lines(report, NoLaw));
    }

    [Fact]
    public void A_pair_that_stands_in_the_way_is_named_by_its_runs_and_one_pair_asks_for_seeds()
    {
        double[] second = [-0.10, -0.11, 0.40, -0.09, -0.10];
        var sweep = Sweep([.. second.SelectMany((difference, i) => Pair(i + 1, 3.5, difference))]);
        var odd = sweep.Runs.Where(r => r.Cell.Spec.Seed == 3).Select(r => r.Cell.Spec.Id.Value).ToList();
        Assert.Contains($"It would be decided without the pair of run {odd[0]} and run {odd[1]} (micro-63k, seed 3)",
            Written.Of(sweep).Findings[0],
            StringComparison.Ordinal);
        var one = Written.Of(Sweep([.. Pair(1, 3.5, -0.1)])).Findings[0];
        Assert.Contains("One pair gives no interval: run at least two further seeds.", one, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_budgets_recipes_and_seeds_are_told_by_recipe_first_and_then_by_law()
    {
        // The second recipe has the losses of the first at 1.3 times the compute, as L ~ C^-0.12 has it, with noise of
        // the seeds of its own.
        var whole = Sweeps.Quickstart();
        var runs = whole.Runs.SelectMany(r => (RunRecord[])[
            Recipe(r, PositionKind.Learned, r.Result!.LossValidation),
                Recipe(r, PositionKind.Rotary, r.Result.LossValidation * Math.Pow(1.3, -0.12))]);
        var (findings, report) = Written.Of(whole with { Runs = [.. runs] });
        Assert.StartsWith("positions: rotary beats learned", findings[0], StringComparison.Ordinal);
        var factor =
            double.Parse(findings[0].Split("is worth x")[1].Split(' ')[0],
                System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(factor, 1.2, 1.45);
        Assert.Contains(findings,
            f => f.StartsWith("positions=rotary: 10x the compute means", StringComparison.Ordinal));
        var body = Written.Body(report);
        Assert.Matches("(?s)## Recipes compared.*## Compute-optimal model and data", body);
        Assert.Contains("## Fits: positions=rotary", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_one_size_the_way_of_the_loss_is_told_and_of_one_budget_the_best_size()
    {
        var whole = Sweeps.Quickstart();
        var (findings, report) =
            Written.Of(whole with { Runs = [.. whole.Runs.Where(r => r.Cell.Spec.Shape.Width == 32)] });
        Assert.Contains("micro-90k: the loss goes from 3.7225 on", Assert.Single(findings), StringComparison.Ordinal);
        Assert.Single(Lines(report, NoLaw));

        var one = Written.Of(whole with { Runs = [.. whole.Runs.Where(r => r.Cell.BudgetFlops == 1e11)] });
        Assert.StartsWith("10¹¹ FLOPs are spent best on N = ", Assert.Single(one.Findings), StringComparison.Ordinal);
        Assert.Single(Lines(one.Report, "What 10x the compute should buy is not known"));

        // The result says it, and what was run not again.
        var four =
            Written.Of(whole with
                { Runs =
                    [.. whole.Runs.Where(r => r.Cell.Spec.Shape.Width is 24 or 32 && r.Cell.BudgetFlops < 3e11)] });
        Assert.StartsWith("What 10x the compute should buy is not known", Assert.Single(four.Findings),
            StringComparison.Ordinal);
        Assert.Single(Lines(four.Report, "What 10x the compute should buy is not known"));
    }

    [Fact]
    public void Flagged_runs_are_told_once_before_the_appendix()
    {
        var runs = Enumerable.Range(1, 4)
            .Select(seed => Sweeps.Completed(Sweeps.Cell(24, null, seed), 3.5 + (0.01 * seed))).ToList();
        for (var i = 0; i < 2; i++) runs[i] = runs[i] with { Result = runs[i].Result! with { LossUnigram = 3.5 } };
        var (_, report) = Written.Of(Sweep(runs));
        Assert.Equal(
            ["- 2 of 4 runs are flagged (undertrained: 2): \"Flagged runs\" below says which, why and what to do."],
            Lines(Written.Body(report), "flagged"));
        Assert.Contains("\n## Flagged runs\n", report, StringComparison.Ordinal);
    }

    private static SweepResults Sweep(IReadOnlyList<RunRecord> runs) =>
        Sweeps.Quickstart() with { Name = "case", Runs = runs };

    private static IReadOnlyList<RunRecord> Pair(int seed, double loss, double difference)
    {
        var run = Sweeps.Completed(Sweeps.Cell(24, null, seed), loss);
        return [Recipe(run, PositionKind.Learned, loss), Recipe(run, PositionKind.Rotary, loss + difference)];
    }

    private static RunRecord Recipe(RunRecord run, PositionKind positions, double loss) => Sweeps.Completed(
        run.Cell with
        {
            Spec = run.Cell.Spec with { Shape = run.Cell.Spec.Shape with { Positions = positions } },
            Varies = [new RecipeChoice("positions", EnumNames.ToName(positions))],
        }, loss);

    private static List<string> Lines(string report, string text) =>
        [.. report.Split('\n').Where(l => l.Contains(text, StringComparison.Ordinal))];
}
