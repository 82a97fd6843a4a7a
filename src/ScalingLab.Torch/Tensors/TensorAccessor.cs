using System.Collections;
using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

/// <summary>
/// A tensor's elements seen from .NET. Reading from another device, or out of order in memory, reads a copy.
/// </summary>
public sealed class TensorAccessor<T> : IEnumerable<T> where T : unmanaged
{
    private readonly torch.Tensor _tensor;

    internal TensorAccessor(torch.Tensor tensor) => _tensor = tensor;

    /// <summary>How many elements there are.</summary>
    public long Count => _tensor.numel();

    /// <summary>The elements in memory itself: writing changes the tensor. Good while the tensor lives.</summary>
    /// <exception cref="TorchException">The tensor is on another device, or its elements do not stand in
    /// order.</exception>
    public Span<T> Span => MemoryMarshal.Cast<byte, T>(_tensor.bytes);

    /// <summary>One element of a tensor of one dimension, in memory itself.</summary>
    public T this[long index]
    {
        get => Span[checked((int)index)];
        set => Span[checked((int)index)] = value;
    }

    /// <summary>A copy of the elements, in the order of their indices.</summary>
    public T[] ToArray()
    {
        if (_tensor.device_type == DeviceType.CPU && _tensor.is_contiguous())
            return Span.ToArray();
        using var host = _tensor.cpu();
        using var ordered = host.contiguous();
        return MemoryMarshal.Cast<byte, T>(ordered.bytes).ToArray();
    }

    /// <summary>Copies the elements, in the order of their indices.</summary>
    public void CopyTo(Span<T> target) => ToArray().CopyTo(target);

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
