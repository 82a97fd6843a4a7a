using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Dashboard.Curves;

/// <summary>Curves of several runs.</summary>
/// <param name="Runs">A run each; those without a point are left out.</param>
internal sealed record CurvePieces(IReadOnlyList<RunPoints> Runs);

/// <summary>
/// A piece of a run's curve as columns of one length, by step. A number that is missing or not finite is null.
/// </summary>
/// <param name="Id">The run.</param>
/// <param name="From">
/// The first step that the piece replaces: what was told of that step and of later ones is void. 0 is the whole curve.
/// </param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Tokens">Tokens trained on so far.</param>
/// <param name="Flops">Exact training FLOPs spent so far.</param>
/// <param name="Seconds">Time in training steps so far; null from where the speed was not recorded.</param>
/// <param name="LossTrain">Mean training loss since the point before, nats/token.</param>
/// <param name="LossValidation">Loss on the fixed validation set, nats/token.</param>
internal sealed record RunPoints(
    string Id, long From, IReadOnlyList<long> Step, IReadOnlyList<long> Tokens, IReadOnlyList<double> Flops,
        IReadOnlyList<double?> Seconds,
    IReadOnlyList<double?> LossTrain, IReadOnlyList<double?> LossValidation)
{
    private const int Digits = 3; // of a second

    public static RunPoints Create(RunId run, double flopsPerToken, long from, IReadOnlyList<PlotPoint> dots) => new(
        run.Value, from, [.. dots.Select(d => d.Step)], [.. dots.Select(d => d.Tokens)],
            [.. dots.Select(d => flopsPerToken * d.Tokens)],
        [.. dots.Select(d => Finite(Math.Round(d.Seconds, Digits)))], [.. dots.Select(d => Finite(d.LossTrain))],
        [.. dots.Select(d => Finite(d.LossValidation))]);

    /// <summary>A run's whole curve, thinned to so many points.</summary>
    public static RunPoints Create(RunId run, RunSpec spec, IReadOnlyList<CurveRow> rows, int most)
    {
        var curve = new ThinnedCurve(most);
        curve.Replace(rows);
        return Create(run, spec.FlopsPerToken, 0, curve.Points);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
