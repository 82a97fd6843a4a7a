using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

/// <summary>libtorch under TorchSharp's names; what TorchSharp has not is in <see cref="Kernels"/>.</summary>
public static partial class torch
{
    // Short names of the element types, as TorchSharp has them.
    public const ScalarType float16 = ScalarType.Float16;
    public const ScalarType bfloat16 = ScalarType.BFloat16;
    public const ScalarType float32 = ScalarType.Float32;
    public const ScalarType float64 = ScalarType.Float64;
    public const ScalarType int32 = ScalarType.Int32;
    public const ScalarType int64 = ScalarType.Int64;
    public const ScalarType uint8 = ScalarType.Byte;
    public const ScalarType @bool = ScalarType.Bool;

    /// <summary>libtorch's version, as "1.13.0".</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(Native.sl_libtorch_version()) ?? "";

    /// <summary>Opens a scope that disposes the tensors made while it is the innermost.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Autograd follows nothing on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    /// <summary>Autograd follows (or not) on this thread until the result is disposed.</summary>
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    /// <summary>Autograd follows (or not) on this thread until the result is disposed.</summary>
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    /// <summary>Whether autograd follows operations on this thread.</summary>
    public static bool is_grad_enabled() => Native.sl_grad_enabled() != 0;

    /// <summary>How many threads one operation may use.</summary>
    public static void set_num_threads(int num) => Native.Check(Native.sl_set_num_threads(num));

    /// <summary>How many threads one operation may use.</summary>
    public static int get_num_threads() => Native.sl_get_num_threads();

    /// <summary>How many operations may run at once; only before the first parallel work.</summary>
    public static void set_num_interop_threads(int num) => Native.Check(Native.sl_set_num_interop_threads(num));

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);
    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);
    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);
    public static Tensor rsqrt(Tensor input) => input.rsqrt();
    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);
    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);
    public static (Tensor values, Tensor indexes) topk(Tensor tensor, int k, int dim = -1, bool largest = true,
        bool sorted = true) =>
        tensor.topk(k, dim, largest, sorted);
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false,
        Generator? generator = null) =>
        input.multinomial(num_samples, replacement, generator);
    public static Tensor where(Tensor condition, Tensor x, Tensor y) =>
        Native.NewTensor(Native.sl_where(condition.Raw, x.Raw, y.Raw, out var z), z);

    /// <summary>Joins tensors along a dimension that they have.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0)
    {
        var handles = Handles(tensors);
        var joined = Native.NewTensor(Native.sl_cat(handles, handles.Length, dim, out var y), y);
        GC.KeepAlive(tensors);
        return joined;
    }

    /// <summary>Joins tensors of one shape along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0)
    {
        var list = tensors.ToArray();
        var handles = Handles(list);
        var joined = Native.NewTensor(Native.sl_stack(handles, handles.Length, dim, out var y), y);
        GC.KeepAlive(list);
        return joined;
    }

    private static nint[] Handles(IList<Tensor> tensors)
    {
        var handles = new nint[tensors.Count];
        for (var i = 0; i < handles.Length; i++)
        {
            ObjectDisposedException.ThrowIf(tensors[i].IsInvalid, tensors[i]);
            handles[i] = tensors[i].Handle;
        }
        return handles;
    }

    /// <summary>What CUDA there is.</summary>
    public static class cuda
    {
        /// <summary>Whether libtorch has CUDA and finds a GPU.</summary>
        public static bool is_available() => device_count() > 0;

        /// <summary>How many GPUs there are; 0 without CUDA.</summary>
        public static int device_count()
        {
            Native.Check(Native.sl_cuda_device_count(out var count));
            return count;
        }

        /// <summary>Waits until a GPU has done all that was asked of it.</summary>
        /// <exception cref="TorchException">There is no CUDA.</exception>
        public static void synchronize(Device? device = null) =>
            Native.Check(Native.sl_cuda_synchronize(device?.index ?? -1));
    }

    private sealed class GradMode : IDisposable
    {
        private readonly int _before = Native.sl_grad_enabled();

        public GradMode(bool enabled) => Native.sl_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => Native.sl_set_grad_enabled(_before);
    }
}
