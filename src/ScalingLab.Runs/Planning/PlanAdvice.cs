using System.Globalization;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Planning;

/// <summary>
/// What is likely to disappoint in a plan. Rules of thumb, each with its source; none of them stops a sweep.
/// </summary>
internal static class PlanAdvice
{
    /// <summary>
    /// About 20 tokens a parameter spend a budget best at large scale (Hoffmann et al. 2022, arXiv 2203.15556, table
    /// 3).
    /// </summary>
    private const double MaxTokensPerParameter = 20;

    /// <summary>
    /// This project's trial at 28k to 0.5M parameters found the best sizes at 8 to 20 tokens for each parameter of
    /// blocks and head, so the likely range of the optimum is widened down to 8.
    /// </summary>
    private const double MinTokensPerParameter = 8;

    /// <summary>
    /// A power law with an offset has three constants, and a parabola has a minimum between sizes only.
    /// </summary>
    private const int MinSizes = 3;

    /// <summary>
    /// Up to 4 passes over the same text are worth nearly as much as fresh text (Muennighoff et al. 2023, arXiv
    /// 2305.16264).
    /// </summary>
    private const double MaxEpochs = 4;

    public static IReadOnlyList<string> ForRows(IReadOnlyList<PlanRow> rows)
    {
        var warnings = new List<string>();
        var sizes = rows.Select(r => r.ParametersWithHead).Distinct().Count();
        if (sizes < MinSizes)
        {
            warnings.Add(Format(
                $"{sizes} {(sizes == 1 ? "size holds" : "sizes hold")} no law of size: fits of L(N, D) and of IsoFLOP minima need at least {MinSizes} ",
                $"and will come out unidentified; give more models, unless the sweep only compares recipes or lengths"));
        }

        foreach (var budget in rows.Where(r => r.BudgetFlops is not null).GroupBy(r => r.BudgetFlops!.Value)
            .OrderBy(g => g.Key))
            warnings.AddRange(ForBudget(budget.Key, [.. budget], sizes >= MinSizes));

        // Where the text is a mixture, what is repeated is a source: the whole may be fresh while a small part of it is
        // worn.
        foreach (var text
            in rows.SelectMany(r => r.Sources?.Select(s => $"the text of {s.Name}") ?? ["the training text"])
            .Distinct())
        {
            var repeated = rows.Where(r => EpochsOf(r, text) > MaxEpochs).ToList();
            if (repeated.Count == 0) continue;
            warnings.Add(Format(
                $"{repeated.Count} of {rows.Count} rows read {text} more than {MaxEpochs:N0} times (up to {repeated.Max(r => EpochsOf(r, text)):N1}): ",
                $"repeats are worth less than fresh text, so their losses are higher than as much fresh text would give (Muennighoff et al. 2023); {Remedy(repeated)}"));
        }

        return warnings;
    }

    /// <summary>Runs of several lengths that could share a trunk but for how they begin.</summary>
    public static IEnumerable<string> ForTrunks(Sweep sweep)
    {
        var apart = sweep.Cells.Where(c => c.Spec.Recipe.Schedule == ScheduleKind.Wsd)
            .GroupBy(c =>
                (c.Spec.Shape, c.Spec.Seed, Varies: string.Join(' ', c.Varies.Select(v => $"{v.Field}={v.Value}"))),
                c => c.Spec)
            .Where(g => g.Select(s => s.Steps).Distinct().Count() > 1).Select(g => g.ToList())
            .Where(runs => runs.Exists(s => Trunk.KeyOf(s) is null) || runs.Select(Trunk.KeyOf).Distinct().Count() > 1)
            .ToList();
        if (apart.Count == 0) yield break;
        List<string> give = [];
        if (apart.Exists(runs => runs.Exists(s => Trunk.KeyOf(s) is null)))
            give.Add("warmupTokens in place of warmup (and no batchWarmup)");
        Follows("batchTokens", r => r.BatchSequences);
        Follows("learningRate", r => r.LearningRateMax);
        Follows("weightDecay", r => r.WeightDecay);
        yield return "runs of schedule wsd that differ in length only could share one trunk, but something follows "
            + "their length: "
            + $"give {string.Join(", ", give)}, and each trunk is trained once";

        void Follows(string field, Func<TrainingRecipe, double> of)
        {
            if (apart.Exists(runs => runs.Select(s => of(s.Recipe)).Distinct().Count() > 1)) give.Add(field);
        }
    }

    private static double? EpochsOf(PlanRow row, string text) =>
        row.Sources is null ? row.Epochs : row.Sources.FirstOrDefault(s => $"the text of {s.Name}" == text)?.Epochs;

    private static string Remedy(List<PlanRow> repeated) =>
        repeated.Exists(r => r.Varies.Any(v => v.Field == "uniqueTokens"))
        ? "if repetition is not what the sweep asks about, raise uniqueTokens"
        : repeated[0].Sources is null ? "use a larger corpus" : "use more of its text, or a smaller weight";

    private static IEnumerable<string> ForBudget(double flops, IReadOnlyList<PlanRow> rows, bool saysSizes)
    {
        var sizes = rows.Select(r => r.ParametersWithHead).Distinct().Count();
        if (saysSizes && sizes < MinSizes)
        {
            yield return Format(
                $"budget {ShortNumber.Format(flops)} has {sizes} {(sizes == 1 ? "size" : "sizes")}: ",
                $"a parabola needs at least {MinSizes} sizes to have a minimum");
        }

        // C = 6 N D with D = 20 N.
        var likely = Math.Sqrt(flops / (6 * MaxTokensPerParameter));
        var (smallest, largest) = (rows.Max(r => r.TokensPerParameter), rows.Min(r => r.TokensPerParameter));
        const string Rule =
            "by a rule of thumb the optimum is near 20 tokens a parameter (Hoffmann et al. 2022; 8 to 20 in this "
                + "project's micro trial)";
        if (largest > MaxTokensPerParameter)
        {
            yield return Format(
                $"budget {ShortNumber.Format(flops)}: even the largest size gets {largest:N0} tokens a parameter, so the optimum is likely larger than every size given; ",
                $"{Rule}; add a size near {ShortNumber.Format(likely, digits: 2)} parameters of blocks and head");
        }
        else if (smallest < MinTokensPerParameter)
        {
            yield return Format(
                $"budget {ShortNumber.Format(flops)}: even the smallest size gets only {smallest:N1} tokens a parameter, ",
                $"so the optimum is likely smaller than every size given; {Rule}; add a size near {ShortNumber.Format(likely, digits: 2)} parameters of blocks and head");
        }
    }

    private static string Format(FormattableString first, FormattableString second) =>
        first.ToString(CultureInfo.InvariantCulture) + second.ToString(CultureInfo.InvariantCulture);
}
