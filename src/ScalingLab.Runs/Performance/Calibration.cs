using System.Text;
using System.Text.Json.Serialization;
using ScalingLab.Runs.Devices;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Performance;

/// <summary>
/// What finished runs on one kind of GPU said of how long runs take and how much they draw, and how far predictions by
/// it are from runs of shapes that it had not seen. Of bf16 by the fused kernels, one GPU a run.
/// </summary>
/// <param name="Device">The GPU's key in <see cref="DeviceTable"/>.</param>
/// <param name="Runs">Runs that it rests on.</param>
/// <param name="Shapes">How many shapes they had (layers and width).</param>
/// <param name="Shares">What a step's parts take.</param>
/// <param name="StartSeconds">What a run takes beside its steps (start, evaluations, checkpoints), seconds.</param>
/// <param name="SecondsPerParameter">The same for each parameter.</param>
/// <param name="PowerShare">Energy of the whole run over what the data sheet's most power would draw in its training
/// steps.</param>
/// <param name="Time">Errors of the time that a run holds its GPU, each shape's by the others.</param>
/// <param name="Energy">Errors of its energy likewise.</param>
/// <param name="Memory">Errors of <see cref="MemoryEstimate"/>, which these runs decided nothing of.</param>
/// <param name="ByShape">Errors of each shape.</param>
public sealed record Calibration(string Device, int Runs, int Shapes, StepShares Shares, double StartSeconds,
    double SecondsPerParameter, double PowerShare, ErrorRange Time, ErrorRange Energy, ErrorRange Memory,
    IReadOnlyList<ShapeError> ByShape)
{
    private static readonly Lazy<Calibration> Read = new(() =>
    {
        using var stream = typeof(Calibration).Assembly.GetManifestResourceStream("calibration.json")!;
        return RunJson.Deserialize<Calibration>(new StreamReader(stream, Encoding.UTF8).ReadToEnd());
    });

    /// <summary>That of the committed runs; <c>lab bench model</c> makes it again.</summary>
    public static Calibration Committed => Read.Value;

    /// <summary>The widths of its runs: "128 to 896".</summary>
    [JsonIgnore]
    public string Widths =>
        FormattableString.Invariant($"{ByShape.Min(one => one.Width)} to {ByShape.Max(one => one.Width)}");

    /// <summary>Whether a shape's width lies among those that it was held against.</summary>
    public bool Covers(ModelShape shape) =>
        shape.Width >= ByShape.Min(one => one.Width) && shape.Width <= ByShape.Max(one => one.Width);

    /// <summary>
    /// What a run takes on a device that it has for itself; null where nothing is known of its number format there.
    /// </summary>
    /// <param name="spec">The run.</param>
    /// <param name="microBatchTokens">Most tokens of a forward and backward pass.</param>
    /// <param name="device">The device.</param>
    public RunCost? Cost(RunSpec spec, long microBatchTokens, DeviceSheet device)
    {
        if (spec.Recipe.Precision != Precision.Bf16 || !device.HasFusedKernels
            || KernelPath.Obstacles(spec.Shape, spec.Recipe).Count > 0) return null;
        var step = Shares.Seconds(StepWork.For(spec, microBatchTokens), device, spec.Recipe.Precision);
        return step is not { } seconds ? null : new RunCost(
            seconds, seconds * spec.Tokens / spec.BatchTokens,
            StartSeconds + (SecondsPerParameter * ParameterCount.For(spec.Shape).Total),
            PowerShare * device.Watts);
    }
}

/// <summary>What a run takes.</summary>
/// <param name="StepSeconds">Seconds of a step at its whole batch.</param>
/// <param name="TrainingSeconds">Seconds in training steps.</param>
/// <param name="BesideSeconds">Seconds beside them.</param>
/// <param name="Watts">The run's energy over the time in its steps; null where the device's most is not known.</param>
public sealed record RunCost(double StepSeconds, double TrainingSeconds, double BesideSeconds, double? Watts)
{
    /// <summary>Seconds for which the run holds its device.</summary>
    public double Seconds => TrainingSeconds + BesideSeconds;

    /// <summary>Energy of the device, joules.</summary>
    public double? Joules => Watts * TrainingSeconds;
}

/// <summary>How far the runs of a shape were from what the others' said.</summary>
/// <param name="Layers">Blocks.</param>
/// <param name="Width">Width of the stream.</param>
/// <param name="Runs">Runs of it.</param>
/// <param name="Time">Mean of time measured over predicted.</param>
/// <param name="Energy">The same of energy; null where none was measured.</param>
/// <param name="Memory">The same of the largest memory.</param>
public sealed record ShapeError(int Layers, int Width, int Runs, double Time, double? Energy, double? Memory);
