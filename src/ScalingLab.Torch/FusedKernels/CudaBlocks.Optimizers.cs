using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch;

// Updates without a word to the host, so that a captured graph can be replayed. All buffers are fp32, in order, of one
// length. control, fp32 [3], is learning rate, 1 / (1 - beta1^t) and 1 / (1 - beta2^t); the gradient is scaled down to
// clip (0: never) by its norm [1], and nothing is updated where that is not finite. copy, where there is one, gets the
// new weights, bfloat16 or float.
public static partial class CudaBlocks
{
    /// <summary>Writes sqrt(sum x^2) to norm [1]; both fp32. Does not wait for the device.</summary>
    public static void norm(Tensor x, Tensor norm) => Native.Check(Native.sl_cuda_norm(x.Raw, norm.Raw));

    /// <summary><see cref="Kernels.adamw_"/> with what changes from step to step on the device.</summary>
    public static void adamw_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, Tensor? copy,
        Tensor control, Tensor norm, double clip,
        double beta1, double beta2, double eps, double weightDecay) =>
        Native.Check(
            Native.sl_cuda_adamw_(parameter.Raw, grad.Raw, expAvg.Raw, expAvgSq.Raw, Or(copy), control.Raw, norm.Raw,
                clip, beta1, beta2, eps,
            weightDecay));

    /// <summary><see cref="Kernels.lion_"/>, likewise.</summary>
    public static void lion_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor? copy, Tensor control, Tensor norm,
        double clip, double beta1,
        double beta2, double weightDecay) =>
        Native.Check(
            Native.sl_cuda_lion_(parameter.Raw, grad.Raw, expAvg.Raw, Or(copy), control.Raw, norm.Raw, clip, beta1,
                beta2, weightDecay));

    /// <summary><see cref="Kernels.sgd_"/>, likewise.</summary>
    public static void sgd_(Tensor parameter, Tensor grad, Tensor velocity, Tensor? copy, Tensor control, Tensor norm,
        double clip, double momentum,
        double weightDecay) =>
        Native.Check(
            Native.sl_cuda_sgd_(parameter.Raw, grad.Raw, velocity.Raw, Or(copy), control.Raw, norm.Raw, clip, momentum,
                weightDecay));

    /// <summary><see cref="Kernels.lamb_"/>, likewise.</summary>
    public static void lamb_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, Tensor? copy,
        LambTables parts, Tensor control,
        Tensor norm, double clip, double beta1, double beta2, double eps)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Native.Check(
            Native.sl_cuda_lamb_(parameter.Raw, grad.Raw, expAvg.Raw, expAvgSq.Raw, Or(copy), parts.Chunks.Raw,
                parts.Tensors.Raw,
            parts.Decays.Raw, control.Raw, norm.Raw, clip, beta1, beta2, eps));
    }

    /// <summary><see cref="Kernels.nesterov_"/>, likewise; the direction may be bfloat16.</summary>
    public static void nesterov_(Tensor grad, Tensor momentum, Tensor direction, Tensor norm, double clip, double mu) =>
        Native.Check(Native.sl_cuda_nesterov_(grad.Raw, momentum.Raw, direction.Raw, norm.Raw, clip, mu));

    /// <summary>
    /// <see cref="Kernels.orthogonalize"/> of [matrices, rows, columns], bfloat16 or fp32, by products in that type.
    /// </summary>
    public static Tensor orthogonalize(Tensor x, int iterations = 5) =>
        Native.NewTensor(Native.sl_cuda_orthogonalize(x.Raw, iterations, out var y), y);

    /// <summary>
    /// parameter -= learning rate (factor direction + weightDecay parameter); the direction is of the copy's type.
    /// </summary>
    public static void muon_(Tensor parameter, Tensor direction, Tensor? copy, Tensor control, Tensor norm,
        double factor, double weightDecay) =>
        Native.Check(
            Native.sl_cuda_muon_(parameter.Raw, direction.Raw, Or(copy), control.Raw, norm.Raw, factor, weightDecay));
}

/// <summary>
/// How tensors lie one after another in flat buffers, on the device: each is cut into chunks, so that large ones have
/// many blocks.
/// </summary>
public sealed class LambTables : IDisposable
{
    private const long ChunkLength = 8192;

    /// <summary>Tables of tensors with those lengths and weight decays.</summary>
    public LambTables(IReadOnlyList<(long Length, double Decay)> parts, Device device)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var (chunks, tensors, first) = (new List<long>(), new List<long>(), 0L);
        for (var part = 0; part < parts.Count; part++)
        {
            var count = (parts[part].Length + ChunkLength - 1) / ChunkLength;
            tensors.AddRange([chunks.Count / 3, count]);
            for (long chunk = 0; chunk < count; chunk++)
                chunks.AddRange(
                    [first + (chunk * ChunkLength), Math.Min(ChunkLength, parts[part].Length - (chunk * ChunkLength)),
                        part]);
            first += parts[part].Length;
        }

        Chunks = tensor(chunks.ToArray(), [chunks.Count / 3, 3], device: device);
        Tensors = tensor(tensors.ToArray(), [parts.Count, 2], device: device);
        Decays = tensor(parts.Select(p => (float)p.Decay).ToArray(), [parts.Count], device: device);
    }

    /// <summary>First value, number of values and tensor of each chunk, int64 [.., 3].</summary>
    internal Tensor Chunks { get; }

    /// <summary>First chunk and number of chunks of each tensor, int64 [.., 2].</summary>
    internal Tensor Tensors { get; }

    /// <summary>Weight decay of each tensor, fp32.</summary>
    internal Tensor Decays { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var table in (Tensor[])[Chunks, Tensors, Decays]) table.Dispose();
    }
}
