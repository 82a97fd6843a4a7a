using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

/// <summary>
/// Tensors in the host's memory as pointers, by functions that libtorch exports with C linkage: what TorchSharp has no
/// name for. A tensor's handle is TorchSharp's own, and as long as the tensor is held its memory stays.
/// </summary>
internal static unsafe partial class Host
{
    /// <summary>The first number of a tensor.</summary>
    public static T* Data<T>(Tensor x)
        where T : unmanaged => aoti_torch_get_data_ptr(x.Handle, out var data) == 0 ? (T*)data
        : throw new InvalidOperationException("a tensor without memory");

    /// <summary>
    /// Whether a tensor lies on the host in a type that the operations here take, with the numbers of its last
    /// dimension in order.
    /// </summary>
    public static bool Supports(Tensor x) =>
        x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16
        && (x.dim() == 0 || x.stride(-1) == 1);

    /// <summary>Whether they are float32 on the host, of one length, and lie in order, as flat buffers do.</summary>
    public static bool AreFlat(params ReadOnlySpan<Tensor> all)
    {
        foreach (var x in all)
        {
            if (x.dtype != ScalarType.Float32 || x.device_type != DeviceType.CPU || !x.is_contiguous()
                || x.numel() != all[0].numel()) return false;
        }

        return true;
    }

    /// <summary>
    /// Room for a tensor [batch, heads, tokens, head_dim] like that one: a token's heads side by side, or head by head.
    /// </summary>
    public static Tensor EmptyWithLayoutOf(Tensor x) => x.stride(1) < x.stride(2)
        ? empty([x.size(0), x.size(2), x.size(1), x.size(3)], x.dtype).transpose(1, 2)
        : empty(x.shape, x.dtype);

    /// <summary>Freed memory goes back to the system, where the allocator is glibc's.</summary>
    public static void Trim()
    {
        try
        {
            _ = malloc_trim(0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another system's allocator.
        }
    }

    /// <summary>
    /// Whether numbers too small for full precision count as zero from here on, and cost no more than others; false
    /// where the CPU cannot.
    /// </summary>
    public static bool FlushDenormal(bool on)
    {
        try
        {
            return SetFlushDenormal(GlobalContext(), on ? (byte)1 : (byte)0) != 0 && on;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // another compiler's name for it
        }
    }

    /// <summary>
    /// On how many threads work is done: as many as libtorch has, unless there is too little for each.
    /// </summary>
    /// <param name="count">Places.</param>
    /// <param name="grain">Fewer than these are not worth a thread.</param>
    public static int ThreadCount(long count, long grain) =>
        (int)Math.Clamp(count / Math.Max(1, grain), 1, get_num_threads());

    /// <summary>Does work over 0 .. count in parts, each on a thread of its own.</summary>
    /// <param name="count">Places.</param>
    /// <param name="parts">As <see cref="ThreadCount"/> has it.</param>
    /// <param name="work">Which part, from a place, up to another.</param>
    public static void ParallelFor(long count, int parts, Action<int, long, long> work)
    {
        if (parts == 1)
        {
            work(0, 0, count);
            return;
        }

        var each = (count + parts - 1) / parts;
        Parallel.For(0, parts, i => work(i, Math.Min(count, i * each), Math.Min(count, (i + 1) * each)));
    }

    [DllImport("torch_cpu")]
    private static extern int aoti_torch_get_data_ptr(nint tensor, out nint data);

    // at::globalContext() and at::Context::setFlushDenormal(bool), as GCC and Clang name them.
    [DllImport("torch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static extern nint GlobalContext();

    [DllImport("torch_cpu", EntryPoint = "_ZN2at7Context16setFlushDenormalEb")]
    private static extern byte SetFlushDenormal(nint context, byte on);

    [DllImport("libc")]
    private static extern int malloc_trim(nuint keep);
}
