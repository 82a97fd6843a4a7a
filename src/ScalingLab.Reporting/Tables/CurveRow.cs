using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tables;

/// <summary>
/// One point of one run's curves as a row of curves.csv. Losses in nats/token; what was not measured at a step is null.
/// </summary>
/// <param name="RunId">The run.</param>
/// <param name="Model">The model's name in the grid.</param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Tokens">Tokens trained on so far.</param>
/// <param name="Flops">Training FLOPs spent so far, counted as in runs.csv.</param>
/// <param name="LossTrain">Mean training loss since the last point.</param>
/// <param name="LossValidation">Loss on the fixed validation set.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="GradientNorm">Norm of the whole gradient before clipping.</param>
public sealed record CurveRow(
    string RunId, string Model, long Step, long Tokens, double Flops, double? LossTrain, double? LossValidation,
    double? LearningRate,
        double? GradientNorm)
{
    /// <summary>What the machine did since the point before; null where nothing of it was measured.</summary>
    public IntervalTelemetry? Telemetry { get; init; }

    /// <summary>The rows of one run's points, by step.</summary>
    public static IEnumerable<CurveRow> From(RunRecord record)
    {
        var (spec, id) = (record.Cell.Spec, record.Cell.Spec.Id.Value);
        var perToken = spec.FlopsPerToken;
        return record.Points.OrderBy(p => p.Step).Select(p => new CurveRow(
            id, record.Cell.Model, p.Step, p.Tokens, perToken * p.Tokens, p.LossTrain, p.LossValidation,
            p.LearningRate, p.GradientNorm)
        {
            Telemetry = p.Telemetry,
        });
    }
}
