using ScalingLab.Runs.Devices;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Performance;

/// <summary>A finished run with what it took.</summary>
/// <param name="Spec">The run.</param>
/// <param name="Result">What it said of itself.</param>
/// <param name="HeldSeconds">Seconds for which one attempt held the device; null where it took several.</param>
public sealed record MeasuredRun(RunSpec Spec, RunResult Result, double? HeldSeconds)
{
    /// <summary>Shapes that are alike in cost: those of one depth and width.</summary>
    internal (int Layers, int Width) Size => (Spec.Shape.Layers, Spec.Shape.Width);

    /// <summary>Seconds of a step at the whole batch.</summary>
    internal double StepSeconds => Spec.BatchTokens / Result.TokensPerSecond;

    internal double BesideSeconds => HeldSeconds!.Value - (Spec.Tokens / Result.TokensPerSecond);

    internal double? PowerShare(DeviceSheet device) =>
        Result.EnergyJoules / (Spec.Tokens / Result.TokensPerSecond) / device.Watts;
}

/// <summary>
/// Makes a <see cref="Calibration"/> from finished runs: shares by least squares of relative errors, each shape with
/// the same weight, drawn to <see cref="StepShares.Profiled"/> where runs do not tell parts apart; errors by leaving
/// each shape out.
/// </summary>
public static class Calibrator
{
    /// <summary>
    /// How strongly shares are drawn to where they begin. Of 10^-6 to 10^-2 this one errs least on left-out shapes of
    /// the committed runs.
    /// </summary>
    public const double Pull = 1e-4;

    private const int LeastShapes = 3;

    private static readonly string Fused = EnumNames.ToName(TensorEngine.Fused);

    private static readonly double[] Scale = [1.33, 4.73, 1.29, 0.73, 1.2, 10, 100, 1];
    private static readonly double[] BesideGuess = [2, 3e-8]; // seconds; seconds a parameter

    /// <summary>
    /// Whether a run can tell of it: one GPU, bf16 by the fused kernels, every step trained in one attempt that
    /// computed nothing again.
    /// </summary>
    public static bool IsUsable(MeasuredRun run) =>
        run is { HeldSeconds: not null, Result: { TokensPerSecond: > 0, MicroBatchTokens: not null, TrunkSteps: null } }
        && run.Result.Recompute is null or RecomputeMode.None && run.Result.Gpus is null or 1
        && (run.Result.Engine ?? Fused) == Fused
        && run.Spec.Recipe is { Precision: Precision.Bf16, BatchWarmupFraction: 0 } && run.BesideSeconds > 0
        && DeviceTable.Named(run.Result.Device ?? "") is { HasFusedKernels: true };

    /// <summary>The calibration of usable runs on one device.</summary>
    /// <exception cref="InputException">They are of several devices, or of too few shapes.</exception>
    public static Calibration Calibrate(IReadOnlyList<MeasuredRun> runs)
    {
        var devices = runs.Select(run => DeviceTable.Named(run.Result.Device!)!).Distinct().ToList();
        var sizes = runs.Select(run => run.Size).Distinct().OrderBy(size => size).ToList();
        if (devices is not [var device])
        {
            throw new InputException("runs", devices.Count == 0 ? "none can tell how long runs take: bf16 by the fused "
                + "kernels on one GPU of the table is wanted"
                : $"are of several devices ({string.Join(", ", devices.Select(d => d.Key))}): give those of one");
        }

        if (sizes.Count < LeastShapes)
            throw new InputException("runs", $"have {sizes.Count} shapes; at least {LeastShapes} are needed to leave "
                + "one out");
        var whole = Fit(runs, device);
        var errors = sizes.SelectMany(size =>
        {
            var (unseen, seen) = (runs.Where(run => run.Size == size).ToList(), runs.Where(run => run.Size != size));
            var others = Fit([.. seen], device);
            return unseen.Select(run => Errors(run, others, device) with { Weight = 1.0 / unseen.Count });
        }).ToList();
        return whole with
        {
            Time = ErrorRange.Of([.. errors.Select(one => (one.Time, one.Weight))])!,
            Energy = Range(errors, one => one.Energy),
            Memory = Range(errors, one => one.Memory),
            ByShape = [.. errors.GroupBy(one => one.Run.Size).Select(g => new ShapeError(
                g.Key.Layers, g.Key.Width, g.Count(), g.Average(one => one.Time), g.Average(one => one.Energy),
                g.Average(one => one.Memory)))],
        };
    }

    private static Calibration Fit(IReadOnlyList<MeasuredRun> runs, DeviceSheet device)
    {
        var sizes = runs.GroupBy(run => run.Size).ToDictionary(g => g.Key, g => g.Count());
        List<double> weights = [.. runs.Select(run => 1.0 / sizes.Count / sizes[run.Size])];
        var peak = device.Peak(Precision.Bf16)!.Value;
        var steps = runs.Select(run => Divide(
            StepShares.Terms(StepWork.For(run.Spec, run.Result.MicroBatchTokens!.Value), peak, device.BytesPerSecond),
            run.StepSeconds));
        var beside = runs.Select(run =>
            Divide([1, ParameterCount.For(run.Spec.Shape).Total], run.BesideSeconds));
        var start = RidgeFit.Solve([.. beside], weights, BesideGuess, BesideGuess, Pull);
        var power = runs.Select((run, at) => (Share: run.PowerShare(device), Weight: weights[at]))
            .Where(one => one.Share is not null).Select(one => (one.Share!.Value, one.Weight)).ToList();
        var none = new ErrorRange(1, 1, 0, 0);
        return new Calibration(device.Key, runs.Count, sizes.Count,
            StepShares.From(RidgeFit.Solve([.. steps], weights, StepShares.Profiled.Values, Scale, Pull)),
            start[0], start[1], power.Count == 0 ? 1 : ErrorRange.Quantile(power, 0.5), none, none, none, []);
    }

    private static RunError Errors(MeasuredRun run, Calibration by, DeviceSheet device)
    {
        var cost = by.Cost(run.Spec, run.Result.MicroBatchTokens!.Value, device)!;
        return new RunError(run, run.HeldSeconds!.Value / cost.Seconds, run.Result.EnergyJoules / cost.Joules,
            (double?)run.Result.PeakMemoryBytes / run.Result.PredictedPeakBytes, 1);
    }

    private static ErrorRange Range(List<RunError> errors, Func<RunError, double?> ratio) =>
        ErrorRange.Of([.. errors.Where(one => ratio(one) is not null)
            .Select(one => (ratio(one)!.Value, one.Weight))]) ?? new ErrorRange(1, 1, 0, 0);

    private static double[] Divide(double[] terms, double by) => [.. terms.Select(term => term / by)];

    private sealed record RunError(MeasuredRun Run, double Time, double? Energy, double? Memory, double Weight);
}
