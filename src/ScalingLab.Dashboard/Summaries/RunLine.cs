using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store;

namespace ScalingLab.Dashboard.Summaries;

/// <summary>A sweep with its runs, as they stand.</summary>
/// <param name="Sweep">The sweep in one line.</param>
/// <param name="Runs">Its runs, in its order; in an event called changed those alone that have changed.</param>
internal sealed record SweepSnapshot(SweepLine Sweep, IReadOnlyList<RunLine> Runs);

/// <summary>Why the run's last attempt ended badly.</summary>
/// <param name="Kind">The class of failure.</param>
/// <param name="Message">The failure in words.</param>
internal sealed record RunFailure(FailureKind Kind, string? Message);

/// <summary>A run as it stands. What is not known yet is absent.</summary>
internal sealed record RunLine
{
    /// <summary>16 hexadecimal digits: the hash of all that decides the result.</summary>
    public required string Id { get; init; }

    /// <summary>What the sweep calls the shape.</summary>
    public required string Model { get; init; }

    /// <summary>N, blocks and head.</summary>
    public required long ParametersWithHead { get; init; }

    /// <summary>The budget that the cell spends; absent where its length was given in tokens.</summary>
    public required double? BudgetFlops { get; init; }

    /// <summary>Exact training FLOPs of the whole run.</summary>
    public required double Flops { get; init; }

    /// <summary>Training tokens of the whole run.</summary>
    public required long Tokens { get; init; }

    /// <summary>Optimizer steps of the whole run.</summary>
    public required long Steps { get; init; }

    /// <summary>Decides weights and order of the data.</summary>
    public required int Seed { get; init; }

    /// <summary>Recipe fields that the sweep varies.</summary>
    public required IReadOnlyList<RecipeChoice> Varies { get; init; }

    /// <summary>Where the run stands.</summary>
    public RunState State { get; init; }

    /// <summary>Attempts begun.</summary>
    public int Attempts { get; init; }

    /// <summary>Why its last attempt ended badly; absent where it did not.</summary>
    public RunFailure? Failure { get; init; }

    /// <summary>The last step that the curves know.</summary>
    public long? Step { get; init; }

    /// <summary>The last training loss, nats/token.</summary>
    public double? LossTrain { get; init; }

    /// <summary>The last validation loss, nats/token; of a completed run its result's.</summary>
    public double? LossValidation { get; init; }

    /// <summary>The accepted result.</summary>
    public RunResult? Result { get; init; }

    /// <summary>Node of the latest attempt.</summary>
    public string? Node { get; init; }

    /// <summary>Its device there, e.g. "cpu" or "cuda:1".</summary>
    public string? Device { get; init; }

    /// <summary>When the latest attempt began.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>When it ended; absent while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>
    /// When its next attempt is predicted to begin, as the queue stands; absent where nobody can tell, and of what runs
    /// or has ended.
    /// </summary>
    public DateTimeOffset? Begins { get; init; }

    /// <summary>When it is predicted to end; absent where nobody can tell, and of what has ended.</summary>
    public DateTimeOffset? Ends { get; init; }

    /// <summary>
    /// What its sweep's report flags it as, e.g. "undertrained"; absent where it does not, and before a report.
    /// </summary>
    public IReadOnlyList<string>? Flags { get; init; }

    /// <summary>A run as its sweep has it, before anything of how it stands.</summary>
    public static RunLine From(RunId run, SweepCell cell) => new()
    {
        Id = run.Value,
        Model = cell.Model,
        ParametersWithHead = ParameterCount.For(cell.Spec.Shape).WithHead,
        BudgetFlops = cell.BudgetFlops,
        Flops = cell.Spec.Flops,
        Tokens = cell.Spec.Tokens,
        Steps = cell.Spec.Steps,
        Seed = cell.Spec.Seed,
        Varies = cell.Varies,
    };

    /// <summary>The run as it stands now.</summary>
    public RunLine With(RunStatus now) => this with
    {
        State = now.State,
        Attempts = now.Attempts,
        Failure = now.Failure is { } kind ? new RunFailure(kind, now.FailureMessage) : null,
        Step = now.Step,
        LossTrain = now.LossTrain,
        LossValidation = now.Result?.LossValidation ?? now.LossValidation,
        Result = now.Result,
        Node = now.Node,
        Device = now.Device,
        Began = now.Began,
        Ended = now.Ended,
    };

    /// <summary>
    /// The run with when it is predicted to begin and to end; the same line where that says nothing else.
    /// </summary>
    public RunLine With(PredictedRun? foreseen)
    {
        var (begins, ends) = RunLifecycle.IsEnded(State) ? (null, null)
            : (State == RunState.Pending ? SweepLine.ToWholeSeconds(foreseen?.Begins)
                : null, SweepLine.ToWholeSeconds(foreseen?.Ends));
        return (begins, ends) == (Begins, Ends) ? this : this with { Begins = begins, Ends = ends };
    }
}
