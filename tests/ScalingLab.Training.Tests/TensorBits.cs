using ScalingLab.Torch;

namespace ScalingLab.Training.Tests;

internal static class TensorBits
{
    /// <summary>Whether two tensors hold the same numbers, bit for bit.</summary>
    public static bool HasBitsOf(this Tensor one, Tensor other) => one.cpu().bytes.SequenceEqual(other.cpu().bytes);
}
