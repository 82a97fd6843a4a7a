using System.ComponentModel;
using ScalingLab.Runs.Devices;

namespace ScalingLab.Runs.Performance;

/// <summary>
/// How many times longer each kind of work takes than a device's peak or bandwidth would have it (a roofline, Williams
/// et al. 2009, whose parts follow one another), and what beginning a layer and a pass costs. The same factors on
/// another GPU are a guess: its kernels attain other shares. A processor has factors of its own.
/// </summary>
/// <param name="Matrix">Of matrix products, by the peak.</param>
/// <param name="Attention">Of attention, by the peak.</param>
/// <param name="Activation">Of norms, rotation and activation, by the bandwidth.</param>
/// <param name="Logits">Of the loss, by the bandwidth.</param>
/// <param name="Parameters">Of the optimizer, by the bandwidth.</param>
/// <param name="LayerMicroseconds">Beside these, for each layer of a pass.</param>
/// <param name="PassMicroseconds">Beside these, for each pass.</param>
/// <param name="Scores">Of attention's scores, by the bandwidth; none on a GPU.</param>
public sealed record StepShares(double Matrix, double Attention, double Activation, double Logits, double Parameters,
    double LayerMicroseconds, double PassMicroseconds, [property: DefaultValue(0.0)] double Scores = 0)
{
    private const double Microsecond = 1e-6;

    /// <summary>
    /// Where a calibration begins and what it is held to where the runs do not tell parts apart: the kernel times of 12
    /// x 768 on an H200 in docs/benchmarks.md over what the data sheet would have.
    /// </summary>
    public static StepShares Profiled { get; } = new(1.33, 4.73, 1.29, 0.73, 1.2, 0, 0);

    /// <summary>Seconds of a step on the device; null where it has not that number format.</summary>
    public double? Seconds(StepWork work, DeviceSheet device, Precision precision) =>
        device.Peak(precision) is { } peak ? Seconds(work, peak, device.BytesPerSecond) : null;

    /// <summary>Seconds of a step on what makes so many FLOPs, and moves so many bytes, a second.</summary>
    public double Seconds(StepWork work, double peak, double bytesPerSecond) =>
        Terms(work, peak, bytesPerSecond).Zip(Values, (term, share) => term * share).Sum();

    /// <summary>The seconds that each number here multiplies, in their order.</summary>
    internal static double[] Terms(StepWork work, double peak, double bytesPerSecond) =>
    [
        work.MatrixFlops / peak, work.AttentionFlops / peak, work.ActivationBytes / bytesPerSecond,
        work.LogitBytes / bytesPerSecond, work.ParameterBytes / bytesPerSecond, work.LayerPasses * Microsecond,
        work.Passes * Microsecond, work.ScoreBytes / bytesPerSecond,
    ];

    /// <summary>The numbers in their order.</summary>
    internal double[] Values =>
        [Matrix, Attention, Activation, Logits, Parameters, LayerMicroseconds, PassMicroseconds, Scores];

    internal static StepShares From(double[] values) =>
        new(values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7]);
}
