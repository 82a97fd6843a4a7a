using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Dashboard;

/// <summary>A sweep in one line.</summary>
/// <param name="Name">The sweep.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Paused">Whether a person paused it.</param>
/// <param name="Runs">All its runs.</param>
/// <param name="States">Runs in each state, by its word; states without runs are 0.</param>
internal sealed record SweepLine(string Name, string? Question, bool Paused, int Runs, IReadOnlyDictionary<string, int> States)
{
    /// <summary>Higher first.</summary>
    public int Priority { get; init; }

    /// <summary>When it may run, e.g. "20:00-08:00"; absent is always.</summary>
    public string? Window { get; init; }

    /// <summary>When it has to be done; absent where it has time.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Its devices were asked for until then; may have passed.</summary>
    public DateTimeOffset? YieldedUntil { get; init; }

    /// <summary>When fit and report were last made.</summary>
    public DateTimeOffset? Reported { get; init; }

    public static SweepLine Of(SweepSummary sweep) => new(
        sweep.Name, sweep.Question, sweep.Paused, sweep.Total, Enum.GetValues<RunState>().ToDictionary(RunLifecycle.Word, sweep.In))
    {
        Priority = sweep.Priority,
        Window = sweep.Window,
        Deadline = sweep.Deadline,
        YieldedUntil = sweep.YieldedUntil,
        Reported = sweep.Reported,
    };
}

/// <summary>A sweep with its runs, as they stand.</summary>
/// <param name="Sweep">The sweep in one line.</param>
/// <param name="Runs">Its runs, in its order.</param>
internal sealed record SweepSnapshot(SweepLine Sweep, IReadOnlyList<RunLine> Runs)
{
    public static SweepSnapshot Of(SweepSummary sweep, IReadOnlyList<RunRecord> records) =>
        new(SweepLine.Of(sweep), [.. records.Select(RunLine.Of)]);
}

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
    public required RunState State { get; init; }

    /// <summary>Attempts begun.</summary>
    public required int Attempts { get; init; }

    /// <summary>Why its last attempt ended badly; absent where it did not.</summary>
    public required RunFailure? Failure { get; init; }

    /// <summary>The last step that the curves know.</summary>
    public required long? Step { get; init; }

    /// <summary>The last training loss, nats/token.</summary>
    public required double? LossTrain { get; init; }

    /// <summary>The last validation loss, nats/token; of a completed run its result's.</summary>
    public required double? LossValidation { get; init; }

    /// <summary>The accepted result.</summary>
    public required RunResult? Result { get; init; }

    public static RunLine Of(RunRecord run)
    {
        var spec = run.Cell.Spec;
        return new RunLine
        {
            Id = spec.Id.Value,
            Model = run.Cell.Model,
            ParametersWithHead = ParameterCount.Of(spec.Shape).WithHead,
            BudgetFlops = run.Cell.BudgetFlops,
            Flops = spec.Flops,
            Tokens = spec.Tokens,
            Steps = spec.Steps,
            Seed = spec.Seed,
            Varies = run.Cell.Varies,
            State = run.State,
            Attempts = run.Attempts,
            Failure = run.Failure is { } kind ? new RunFailure(kind, run.FailureMessage) : null,
            Step = run.Points.Count > 0 ? run.Points[^1].Step : null,
            LossTrain = run.Points.Select(p => p.LossTrain).LastOrDefault(l => l is { } x && double.IsFinite(x)),
            LossValidation = run.Result?.LossValidation
                ?? run.Points.Select(p => p.LossValidation).LastOrDefault(l => l is { } x && double.IsFinite(x)),
            Result = run.Result,
        };
    }
}

/// <summary>One point of a curve; a loss that is missing or not finite is absent.</summary>
/// <param name="Flops">Training FLOPs spent so far.</param>
/// <param name="Tokens">Tokens trained on so far.</param>
/// <param name="LossTrain">Mean training loss since the point before, nats/token.</param>
/// <param name="LossValidation">Loss on the fixed validation set, nats/token.</param>
internal sealed record CurvePoint(double Flops, long Tokens, double? LossTrain, double? LossValidation);

/// <summary>A run's curves so far.</summary>
/// <param name="Id">The run.</param>
/// <param name="Model">What the sweep calls the shape.</param>
/// <param name="ParametersWithHead">N, blocks and head.</param>
/// <param name="Points">By step.</param>
internal sealed record RunCurve(string Id, string Model, long ParametersWithHead, IReadOnlyList<CurvePoint> Points)
{
    public static RunCurve Of(RunRecord run)
    {
        var spec = run.Cell.Spec;
        var flopsPerToken = Compute.Of(spec.Shape).PerToken;
        return new RunCurve(spec.Id.Value, run.Cell.Model, ParameterCount.Of(spec.Shape).WithHead,
            [.. run.Points.Select(p => new CurvePoint(flopsPerToken * p.Tokens, p.Tokens, Finite(p.LossTrain), Finite(p.LossValidation)))]);
    }

    private static double? Finite(double? value) => value is { } x && double.IsFinite(x) ? x : null;
}
