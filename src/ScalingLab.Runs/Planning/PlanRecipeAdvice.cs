using System.Globalization;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Planning;

/// <summary>
/// What in a plan's recipes is likely to disappoint: runs of few steps, and learning rates and batches far from those
/// that were measured to be good. None of it stops a sweep.</summary>
internal static class PlanRecipeAdvice
{
    /// <summary>
    /// A batch far above the optimum costs loss that no learning rate makes good: 23m with a tied head on 60M tokens of
    /// source code ended at 2.28 nats/token with 117,760 tokens a step (9 times the rule's) where 32,768 (2.5 times)
    /// gave 1.97, each at the best rate tried. Below the optimum the valley is flat.
    /// </summary>
    private const double MaxBatchOverRule = 3;

    /// <summary>
    /// Four times the best learning rate, or a quarter of it, lies at the foot of the valley's walls: 0.1 to 0.5
    /// nats/token there.
    /// </summary>
    private const double MaxRateOverRule = 4;

    // Names of rows in one sentence; the table above it has them all.
    private const int MaxNamed = 6;

    public static IEnumerable<string> ForRows(IReadOnlyList<PlanRow> rows)
    {
        var few = rows.Where(r => r.Steps < Plan.FewSteps).OrderBy(r => r.Steps).ToList();
        if (few.Count > 0)
        {
            yield return $"{Count(few, rows)} fewer than {Plan.FewSteps} steps: "
                + $"{Names(few, r => $"{Whole(r.Steps)} steps")}. "
                + "So few decide the loss by themselves, and it falls off the valley that a law is fitted to; "
                + "give a smaller batchTokens or batchScale, or more tokens, or leave them out";
        }

        foreach (var warning in Outside(rows).Concat(FarBatches(rows)).Concat(FarRates(rows))) yield return warning;
    }

    private static IEnumerable<string> Outside(IReadOnlyList<PlanRow> rows)
    {
        var outside = rows.Where(r => r.Rule is { IsGuess: true } use && (use.GivesRate || use.GivesBatch));
        foreach (var group in outside.GroupBy(r => r.Rule!.Rule.Name))
        {
            var (some, region) = (group.ToList(), group.First().Rule!.Rule.Region!);
            var what = Values(some.Exists(r => r.Rule!.GivesRate), some.Exists(r => r.Rule!.GivesBatch));
            yield return $"{Count(some, rows)} {what} from size rule {group.Key} where it was not measured "
                + $"({Short(region.ParametersLeast)} to {Short(region.ParametersMost)} parameters, "
                    + $"{Short(region.TokensLeast)} to {Short(region.TokensMost)} "
                + $"tokens): {Names(some, r => $"{Short(r.ParametersWithHead)}, {Short(r.Tokens)} tokens{Given(r)}")}. There it "
                    + "is a guess; try a few values "
                + "round it (learningRateScale, batchScale) on the smallest of them first";
        }
    }

    // What a law says far outside may be no rate at all.
    private static string Given(PlanRow row) => row.Rule!.GivesRate
        ? $", rate {row.LearningRateMax.ToString("G3", CultureInfo.InvariantCulture)}" : "";

    private static IEnumerable<string> FarBatches(IReadOnlyList<PlanRow> rows)
    {
        var far =
            rows.Where(r => r.Rule is { } use && use.BatchOverRule > MaxBatchOverRule
                && !Asks(r, "batchTokens", "batchScale"))
            .OrderByDescending(r => r.Rule!.BatchOverRule).ToList();
        if (far.Count > 0)
        {
            yield return $"{Count(far, rows)} a batch more than {MaxBatchOverRule} times what size rule {Rules(far)} "
                + "gives for their tokens: "
                + $"{Names(far, r => $"{Whole(r.BatchTokens)} tokens, {Times(r.Rule!.BatchOverRule)}, {Whole(r.Steps)} steps")}. "
                + "Beyond the optimum a batch takes steps away and gives nothing for them; lower batchTokens or leave "
                    + "it to the rule";
        }
    }

    private static IEnumerable<string> FarRates(IReadOnlyList<PlanRow> rows)
    {
        var far =
            rows.Where(r => r.Rule is { } use && Math.Max(use.RateOverRule, 1 / use.RateOverRule) > MaxRateOverRule
            && !Asks(r, "learningRate", "learningRateScale"))
            .OrderByDescending(r => Math.Abs(Math.Log(r.Rule!.RateOverRule))).ToList();
        if (far.Count > 0)
        {
            yield return $"{Count(far, rows)} a learning rate more than {MaxRateOverRule} times off what size rule "
                + $"{Rules(far)} gives: "
                + $"{Names(far, r => $"{r.LearningRateMax.ToString("G3", CultureInfo.InvariantCulture)}, {Times(r.Rule!.RateOverRule)}")}. "
                + "Give learningRateScale values between, or leave the rate to the rule";
        }
    }

    /// <summary>Whether the sweep asks which value is best, and so must leave the good ones behind.</summary>
    private static bool Asks(PlanRow row, params string[] fields) => row.Varies.Any(v => fields.Contains(v.Field));

    private static string Rules(IEnumerable<PlanRow> rows) =>
        string.Join(" or ", rows.Select(r => r.Rule!.Measured!.Name).Distinct());

    private static string Values(bool rate, bool batch) => (rate, batch) switch
    {
        (true, true) => "learning rate and batch",
        (true, false) => "the learning rate",
        _ => "the batch",
    };

    private static string Count(List<PlanRow> some, IReadOnlyList<PlanRow> all) =>
        string.Create(CultureInfo.InvariantCulture, $"{some.Count} of {all.Count} rows "
            + $"{(some.Count == 1 ? "has" : "have")}");

    private static string Names(List<PlanRow> rows, Func<PlanRow, string> facts)
    {
        var names = rows.Take(MaxNamed).Select(r =>
        {
            var length = r.BudgetFlops is { } budget ? $"{ShortNumber.Format(budget, digits: 3)} FLOPs" : $"{Short(r.Tokens)} tokens";
            return $"{r.Model} at {length}{string.Concat(r.Varies.Select(v => $" {v.Field}={v.Value}"))} ({facts(r)})";
        });
        var more = rows.Count - MaxNamed;
        return string.Join("; ", names)
            + (more > 0 ? string.Create(CultureInfo.InvariantCulture, $"; and {more} more") : "");
    }

    private static string Whole(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Times(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:G2} times it");

    // What three digits round up to the next unit is said in it.
    private static string Short(double number) => number switch
    {
        >= 999.5e9 => number.ToString("0.##e0", CultureInfo.InvariantCulture),
        >= 999.5e6 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e9:G3}B"),
        >= 999.5e3 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:G3}M"),
        >= 999.5 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e3:G3}k"),
        _ => number.ToString("G3", CultureInfo.InvariantCulture),
    };
}
