using ScalingLab.Fitting.Observations;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Analysis;

/// <summary>What a fit takes of a row of runs.csv.</summary>
public static class RunObservations
{
    /// <summary>
    /// The run as an observation: N counts blocks and head, D every token seen, C the exact FLOPs, L nats/token. Null
    /// where it has no validation loss.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="row">Its number in the table, for what a fit says of single rows.</param>
    public static LossObservation? ToObservation(this RunRow run, int? row = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.LossValidation is not { } loss ? null : new LossObservation(
            run.ParametersWithHead, run.Tokens, run.Flops, loss, run.BudgetFlops, run.Model, row, DistinctTokens(run),
            FormattableString.Invariant($"{run.Seed}"),
            new ModelCounts(run.ParametersTotal, run.ParametersNonEmbedding, run.ParametersWithHead, run.Flops),
            run.Flags == RunDefects.None ? null : RunDefectNames.Join(run.Flags)) { Scores = Shares(run) };
    }

    // A law of scores is one of shares of right answers.
    private static List<TaskObservation>? Shares(RunRow run)
    {
        List<TaskObservation> shares =
        [
            .. from score in run.Scores
               let share = score.Main
               where share?.Name is "acc" or "exact_match"
               select new TaskObservation(score.Name, share.Name, share.Value, score.Documents, share.Guess ?? 0),
        ];
        return shares.Count > 0 ? shares : null;
    }

    /// <summary>
    /// Distinct training tokens: as the recipe has them, else all over the passes; null where neither is known.
    /// </summary>
    internal static double? DistinctTokens(RunRow run) =>
        run.UniqueTokens ?? (run.Epochs is { } epochs ? run.Tokens / Math.Max(epochs, 1) : null);
}
