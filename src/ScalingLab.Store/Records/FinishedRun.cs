using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Store.Records;

/// <summary>A completed run with all that a ledger knows of it: what another ledger needs to have it too.</summary>
public sealed record FinishedRun
{
    /// <summary>The run's name; in a ledger of this program's the hash of <see cref="Spec"/>.</summary>
    public required string Run { get; init; }

    /// <summary>Attempts begun at it, the one that brought the result included.</summary>
    public required int Attempts { get; init; }

    /// <summary>The attempt that brought the result.</summary>
    public required ResultOrigin By { get; init; }

    /// <summary>What was trained.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary>The result that was accepted.</summary>
    public required RunResult Result { get; init; }

    /// <summary>The curves, by step, with their telemetry.</summary>
    public required IReadOnlyList<MetricPoint> Points { get; init; }

    /// <summary>
    /// Every reason why this can be no run that a ledger accepted; empty if it can. Each names the field.
    /// </summary>
    public IEnumerable<(string Field, string Problem)> Problems()
    {
        if (Spec.Id.Value != Run)
        {
            yield return ("run", $"the run is called {Run}, but what it says that it trained hashes to {Spec.Id}: "
                + "the line was changed, or another version of this program wrote it");
        }
        foreach (var (field, problem) in Spec.Shape.Problems()) yield return ($"spec.shape.{field}", problem);
        if (Spec.Steps < 1) yield return ("spec.steps", $"is {Spec.Steps}; a run has at least 1 step");
        if (Spec.Recipe.BatchSequences < 1)
            yield return ("spec.recipe.batchSequences",
                $"is {Spec.Recipe.BatchSequences}; a batch has at least 1 sequence");
        if (Attempts < 1) yield return ("attempts", $"is {Attempts}; a finished run had at least 1 attempt");
        if (!double.IsFinite(Result.LossValidation))
            yield return ("result.lossValidation", "is not finite; such a run did not complete");
        for (var i = 0; i < Points.Count; i++)
        {
            var (point, before) = (Points[i], i == 0 ? null : Points[i - 1]);
            if (point is null)
            {
                yield return ($"points[{i}]", "is null");
                yield break;
            }
            if (point.Step < 0 || point.Step > Spec.Steps)
                yield return ($"points[{i}].step", $"is {point.Step}; the run has {Spec.Steps} steps");
            if (point.Step <= before?.Step)
                yield return ($"points[{i}].step", $"is {point.Step} after "
                    + $"{before.Step}; points come by step, each once");
            if (point.Tokens < 0) yield return ($"points[{i}].tokens", $"is {point.Tokens}");
        }
    }
}

/// <summary>Who brought a result, where and when, by the clock of the ledger that accepted it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Began">When it claimed the run.</param>
/// <param name="Ended">When the result was accepted.</param>
/// <param name="Device">The node's device, e.g. "cuda:1"; null where it is not known.</param>
public sealed record ResultOrigin(string Node, DateTimeOffset Began, DateTimeOffset Ended, string? Device = null);

/// <summary>What became of finished runs that were offered to a ledger.</summary>
public sealed record ImportOutcome
{
    /// <summary>Runs that the ledger did not know, and has now.</summary>
    public int New { get; internal set; }

    /// <summary>Runs that were pending and are completed now.</summary>
    public int Completed { get; internal set; }

    /// <summary>Runs that were completed before, and are as they were.</summary>
    public int Known { get; internal set; }

    /// <summary>
    /// Those among the <see cref="Known"/> whose loss is another one: the same run on other machines, or not the same
    /// numbers.
    /// </summary>
    public IReadOnlyList<LossMismatch> Mismatches => MismatchesFound;

    /// <summary>Runs that were not taken: an attempt holds them, or they ended without a result.</summary>
    public IReadOnlyList<(RunId Run, RunState State)> Refused => RefusedFound;

    internal List<LossMismatch> MismatchesFound { get; } = [];

    internal List<(RunId Run, RunState State)> RefusedFound { get; } = [];
}

/// <summary>A run that has two losses.</summary>
/// <param name="Run">The run.</param>
/// <param name="Kept">The ledger's validation loss, nats/token.</param>
/// <param name="Offered">The one that was offered.</param>
public sealed record LossMismatch(RunId Run, double Kept, double Offered);
