using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Tables;

namespace ScalingLab.Reporting.Figures.Performance;

/// <summary>A point of a run's loss curve as it is drawn.</summary>
/// <param name="X">What was spent so far, as the axis counts it.</param>
/// <param name="Train">Training loss, nats/token; null where there is none that an axis can hold.</param>
/// <param name="Validation">Validation loss, likewise.</param>
/// <param name="Over">What the axis counts.</param>
/// <param name="Row">The point as curves.csv has it.</param>
internal sealed record CurvePoint(double X, double? Train, double? Validation, CurveAxis Over, CurveRow Row)
{
    /// <summary>
    /// What a tooltip says beside both; put into words when asked for, for most of a million points never are.
    /// </summary>
    public IReadOnlyList<Fact> Facts =>
        Over == CurveAxis.Tokens ? [RunFacts.Compute(Row.Flops)] : [RunFacts.Tokens(Row.Tokens)];

    /// <summary>A run's points over an axis, by step; none where the axis is time and no speed was measured.</summary>
    public static IEnumerable<CurvePoint> FromRun(CurveAxis over, RunRow run, IEnumerable<CurveRow> points)
    {
        var (tokens, seconds) = (0L, 0.0);
        foreach (var point in points)
        {
            // From point to point by the speed there, else by that of the whole run.
            var speed = point.Telemetry?.TokensPerSecond ?? run.TokensPerSecond;
            if (over == CurveAxis.Time && speed is not > 0) yield break;
            seconds += (point.Tokens - tokens) / (speed ?? 1);
            tokens = point.Tokens;
            var x = over switch { CurveAxis.Tokens => tokens, CurveAxis.Time => seconds, _ => point.Flops };
            yield return new CurvePoint(x, Loss(point.LossTrain), Loss(point.LossValidation), over, point);
        }
    }

    private static double? Loss(double? loss) => loss is > 0 and < double.PositiveInfinity ? loss : null;
}
