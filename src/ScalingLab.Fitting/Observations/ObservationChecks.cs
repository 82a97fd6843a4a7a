using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Observations;

/// <summary>A row that no fit used, and why.</summary>
public sealed record ExcludedRow(int Row, string Reason);

/// <summary>The rows that can be fitted (each with its row number) and those that cannot.</summary>
public sealed record CheckedObservations(IReadOnlyList<LossObservation> Usable, IReadOnlyList<ExcludedRow> Excluded);

/// <summary>Input validation: after it every value is finite and positive.</summary>
public static class ObservationChecks
{
    /// <summary>
    /// Separates usable observations from those with a non-positive or non-finite value; every such value is named.
    /// </summary>
    public static CheckedObservations Check(IReadOnlyList<LossObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        var usable = new List<LossObservation>();
        var excluded = new List<ExcludedRow>();
        for (var index = 0; index < observations.Count; index++)
        {
            var observation = observations[index] is { Row: not null } numbered ? numbered
                : observations[index] with { Row = index + 1 };
            var problems = Problems(observation).ToList();
            if (problems.Count == 0)
                usable.Add(observation);
            else
                excluded.Add(new ExcludedRow(observation.Row!.Value, string.Join("; ", problems)));
        }

        return new CheckedObservations(usable, excluded);
    }

    /// <summary>
    /// Keeps the observations whose loss is strictly below the <paramref name="count"/>-th highest, so that ties at the
    /// cut go together (the rule of Besiroglu et al. 2024, who drop the five highest of Hoffmann et al.'s runs).
    /// </summary>
    public static CheckedObservations DropHighest(IReadOnlyList<LossObservation> usable, int count)
    {
        ArgumentNullException.ThrowIfNull(usable);
        if (count <= 0)
            return new CheckedObservations(usable, []);
        if (count >= usable.Count)
            return new CheckedObservations([], [.. usable.Select(one => Dropped(one, count))]);
        var cut = usable.Select(one => one.Loss).OrderDescending().ElementAt(count - 1);
        return new CheckedObservations(
            [.. usable.Where(one => one.Loss < cut)],
            [.. usable.Where(one => one.Loss >= cut).Select(one => Dropped(one, count))]);
    }

    /// <summary>
    /// Rows with flags, rows that say the same as an earlier one (copies, unless two seeds met in every digit), and
    /// rows whose tokens repeat.
    /// </summary>
    internal static IEnumerable<FitWarning> Warnings(IReadOnlyList<LossObservation> points)
    {
        var flagged = points.Where(one => one.Flags is not null).ToList();
        if (flagged.Count > 0)
        {
            var counts = FlagCounts(flagged.Select(one => one.Flags!));
            yield return new FitWarning("flagged-runs", Invariant(
                $"{flagged.Count} of {points.Count} runs fitted {(flagged.Count == 1 ? "is" : "are")} flagged ({counts}): ",
                $"a law through runs that failed is a law of the failure; --exclude-flagged leaves them out."),
                [.. flagged.Select(one => one.Row ?? 0)]);
        }

        var repeating = points.Where(one => one.Tokens > 1.05 * one.UniqueTokens).ToList();
        if (repeating.Count > 0)
        {
            var many = repeating.Count(RepeatedRows.Repeats);
            yield return new FitWarning("repeated-tokens", Invariant(
                $"{repeating.Count} of {points.Count} runs saw tokens more than once (up to {repeating.Max(one => one.Tokens / one.UniqueTokens):F1} passes): ",
                $"every law but the data-constrained one counts repeats like fresh tokens")
                + (many == 0 ? "."
                    : Invariant(
                        $", up to {RepeatedRows.MostFresh} passes; it alone takes the {many} {(many == 1 ? "run" : "runs")} of more.")),
                [.. repeating.Select(one => one.Row ?? 0)]);
        }

        int[] copies =
            [.. points.GroupBy(one => (one.Parameters, one.Tokens, one.Flops, one.Loss, one.UniqueTokens, one.Seed))
            .SelectMany(same => same.Skip(1)).Select(one => one.Row ?? 0).Order()];
        if (copies.Length > 0)
        {
            yield return new FitWarning("duplicate-rows", Invariant(
                $"{copies.Length} of {points.Count} rows repeat an earlier row in every digit and count again: ",
                $"if they are copies, intervals are too narrow."), copies);
        }
    }

    /// <summary>"2 undertrained, 1 unstable": a run with two flags counts for both.</summary>
    internal static string FlagCounts(IEnumerable<string> flags) =>
        string.Join(", ", flags.SelectMany(one => one.Split(';'))
        .GroupBy(word => word).OrderByDescending(word => word.Count()).ThenBy(word => word.Key, StringComparer.Ordinal)
        .Select(word => Invariant($"{word.Count()} {word.Key}")));

    private static ExcludedRow Dropped(LossObservation observation, int count) => new(
        observation.Row ?? 0,
        Invariant($"loss is among the {count} highest, which were dropped on request"));

    private static IEnumerable<string> Problems(LossObservation observation)
    {
        if (Problem("parameters", observation.Parameters) is { } parameters)
            yield return parameters;
        if (Problem("tokens", observation.Tokens) is { } tokens)
            yield return tokens;
        if (Problem("flops", observation.Flops) is { } flops)
            yield return flops;
        if (Problem("loss", observation.Loss) is { } loss)
            yield return loss;
        if (observation.BudgetFlops is { } budget && Problem("budget", budget) is { } budgetProblem)
            yield return budgetProblem;
        if (observation.UniqueTokens is { } unique && Problem("unique tokens", unique) is { } uniqueProblem)
            yield return uniqueProblem;
    }

    private static string? Problem(string name, double value)
    {
        if (!double.IsFinite(value))
            return $"{name} is not a finite number";
        return value > 0 ? null : Invariant($"{name} is {value}, and must be positive");
    }
}
