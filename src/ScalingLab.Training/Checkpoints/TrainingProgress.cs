using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Training.Telemetry;

namespace ScalingLab.Training.Checkpoints;

/// <summary>How far a run has come, apart from the tensors: enough to go on as if nothing had happened.</summary>
/// <param name="Run">The run it belongs to.</param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="TrainSeconds">Wall time in training steps so far.</param>
/// <param name="WallSeconds">Wall time so far, evaluation and checkpoints included.</param>
/// <param name="LossSum">Sum of the training losses since the last point of the curve.</param>
/// <param name="LossCount">Steps in that sum.</param>
/// <param name="Points">The curves so far.</param>
/// <param name="TrunkSteps">Steps taken from a trunk that another run trained; null where there were none.</param>
/// <param name="Telemetry">Sums of what the machine did; a checkpoint from before there was any has none.</param>
/// <param name="Engine">What computed it (<see cref="EngineNames"/>); a checkpoint from before it was said has
/// none.</param>
public sealed record TrainingProgress(
    string Run,
    long Step,
    double TrainSeconds,
    double WallSeconds,
    double LossSum,
    long LossCount,
    IReadOnlyList<MetricPoint> Points,
    long? TrunkSteps = null,
    TelemetryProgress? Telemetry = null,
    string? Engine = null)
{
    /// <summary>
    /// Why no run can resume from this, in words; null where one can. What a file says is not believed because its
    /// checksum fits.
    /// </summary>
    /// <param name="run">The run that would go on.</param>
    /// <param name="step">The step that the file's name gives.</param>
    public string? Problem(string run, long step)
    {
        if (Run != run) return "it is another run's";
        if (Step != step) return FormattableString.Invariant($"its header says step {Step}");
        if (!IsSerializable()) return "its header has a number that is not finite";
        if (TrainSeconds < 0 || WallSeconds < 0) return "its header has a negative time";
        if (Engine is not null && !EngineNames.AreKnown(Engine)) return "its header names an engine that there is not";
        if (TrunkSteps is { } trunk && (trunk < 0 || trunk > Step))
            return FormattableString.Invariant($"its header says {trunk} steps of a trunk");
        return CurveProblem() ?? TelemetryProblem();
    }

    // JSON has no word for infinity, but 1e999 is read as one: what cannot be said again is found by saying it.
    private bool IsSerializable()
    {
        try
        {
            RunJson.Serialize(this);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private string? CurveProblem()
    {
        var (step, tokens) = (0L, 0L);
        foreach (var point in Points)
        {
            if (point is null || point.Step <= step || point.Step > Step || point.Tokens < tokens)
                return FormattableString.Invariant($"its curve is out of order after step {step}");
            (step, tokens) = (point.Step, point.Tokens);
        }

        return LossCount == Step - step
            ? null
            : FormattableString.Invariant(
                $"its header says {LossCount} losses since the curve's last point, {Step - step} steps ago");
    }

    private string? TelemetryProblem() => Telemetry switch
    {
        null => null,
        { Now: var now, AtPoint: var then } when now.HasNegative
            || then.HasNegative => "its header has a negative sum of telemetry",
        { Spikes: { } spikes } when spikes.Recent.Count > SpikeDetector.Window || spikes.Count < 0
            || spikes.FirstStep < 0 =>
            "its header has spikes of the loss that cannot be",
        _ => null,
    };
}
