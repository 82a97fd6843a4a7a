using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch;

/// <summary>
/// What a device's allocator holds for tensors: now, at most since the last reset, and kept for reuse.
/// </summary>
public sealed record MemoryStatistics(long CurrentBytes, long PeakBytes, long CachedBytes);

/// <summary>What TorchSharp has not: fused operations, memory statistics, raw bytes.</summary>
public static partial class Kernels
{
    /// <summary>What results call this engine.</summary>
    public static string name => "fused";

    /// <summary>The engine and its version.</summary>
    public static string engine => $"libtorch {__version__}";

    /// <summary>Native tensors that managed code holds now; constant from step to step where nothing leaks.</summary>
    public static long LiveTensors => Native.sl_live_tensors();

    /// <summary>Rows of weight [vocabulary, width] at indices [..], as [.., width].</summary>
    public static Tensor embedding(Tensor weight, Tensor indices) =>
        Native.NewTensor(Native.sl_embedding(weight.Raw, indices.Raw, out var y), y);

    /// <summary>
    /// x / sqrt(mean(x^2) + eps) * weight over the last dimension [width] (Zhang and Sennrich 2019, arXiv:1910.07467);
    /// weight [width].
    /// </summary>
    public static Tensor rms_norm(Tensor x, Tensor weight, double eps) => OnHost(x)
        ? Native.NewTensor(Native.sl_rms_norm(x.Raw, weight.Raw, eps, out var y), y)
        : Composites.rms_norm(x, weight, eps);

    /// <summary>
    /// Rotary positions (Su et al. 2021, arXiv:2104.09864), GPT-NeoX's half-split layout: of x [batch, heads, tokens,
    /// head_dim], with cos and sin [tokens, head_dim / 2], first half a*cos - b*sin, second half b*cos + a*sin. The
    /// tables get no gradient.
    /// </summary>
    public static Tensor rotary(Tensor x, Tensor cos, Tensor sin) => OnHost(x)
        ? Native.NewTensor(Native.sl_rotary(x.Raw, cos.Raw, sin.Raw, out var y), y)
        : Composites.rotary(x, cos, sin);

    /// <summary>silu(gate) * up, element by element, of one shape (Shazeer 2020, arXiv:2002.05202).</summary>
    public static Tensor swiglu(Tensor gate, Tensor up) => OnHost(gate)
        ? Native.NewTensor(Native.sl_swiglu(gate.Raw, up.Raw, out var y), y)
        : Composites.swiglu(gate, up);

    /// <summary>x [.., in] weight [out, in]^T + bias [out], as [.., out].</summary>
    public static Tensor linear(Tensor x, Tensor weight, Tensor? bias = null) => nn.functional.linear(x, weight, bias);

    /// <summary>
    /// Causal softmax(query key^T / sqrt(head_dim)) value; all three [batch, heads, tokens, head_dim]. Keys and values
    /// may have fewer heads, each for as many neighbouring heads of queries (Ainslie et al. 2023, arXiv:2305.13245),
    /// and more tokens: the queries are then those of the last tokens. slopes [heads], which get no gradient: by how
    /// much a score falls for each token of distance (Press et al. 2022, arXiv:2108.12409). On the CPU the result lies
    /// in memory as [batch, tokens, heads, head_dim], so that transpose(1, 2).reshape(batch, tokens, width) copies
    /// nothing.
    /// </summary>
    public static Tensor causal_attention(Tensor query, Tensor key, Tensor value, Tensor? slopes = null) =>
        OnHost(query) && query.size(2) == key.size(2)
            ? Native.NewTensor(
                Native.sl_causal_attention(query.Raw, key.Raw, value.Raw, slopes?.Raw ?? TensorHandle.None, out var y),
                y)
            : Composites.causal_attention(query, key, value, slopes);

    /// <summary>
    /// Mean of -log softmax(logits)[target] in nats over the targets that are not ignored; logits [rows, classes],
    /// targets Int64 [rows]. The loss is Float32 (Float64 for Float64 logits). The gradient is made with the loss, so a
    /// backward pass costs nothing more.
    /// </summary>
    /// <exception cref="TorchException">A target is out of bounds.</exception>
    public static Tensor cross_entropy(Tensor logits, Tensor targets, long ignore_index = -100) => OnHost(logits)
        ? Native.NewTensor(Native.sl_cross_entropy_fused(logits.Raw, targets.Raw, ignore_index, out var y), y)
        : Composites.cross_entropy(logits, targets, ignore_index);

    /// <summary>
    /// One AdamW step (Loshchilov and Hutter 2019, arXiv:1711.05101) over flat float32 buffers of one length, in one
    /// pass; the gradient may be bfloat16. Steps count from 1; gradScale multiplies the gradient first (clipping,
    /// averaging); decayMask multiplies weightDecay, element by element.
    /// </summary>
    /// <exception cref="TorchException">Buffers differ in length, or are not float32 in order.</exception>
    public static void adamw_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, double lr, double beta1,
        double beta2,
        double eps, double weightDecay, long step, double gradScale = 1, Tensor? decayMask = null)
    {
        if (!OnHost(parameter))
        {
            Composites.adamw_(parameter, grad, expAvg, expAvgSq, lr, beta1, beta2, eps, weightDecay, step, gradScale,
                decayMask);
            return;
        }
        Native.Check(
            Native.sl_adamw_(parameter.Raw, grad.Raw, expAvg.Raw, expAvgSq.Raw, decayMask?.Raw ?? TensorHandle.None,
            lr, beta1, beta2, eps, weightDecay, step, gradScale));
    }

    /// <summary>Sum of the squares of all elements, summed in double; waits for the device.</summary>
    public static double squared_norm(Tensor x)
    {
        if (!OnHost(x))
            return Composites.squared_norm(x);
        Native.Check(Native.sl_squared_norm(x.Raw, out var sum));
        return sum;
    }

    /// <summary>A tensor of the given shape and type, made of raw bytes in the host's order.</summary>
    /// <exception cref="TorchException">The bytes are not exactly as many as the tensor holds.</exception>
    public static Tensor from_bytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> size, ScalarType dtype,
        Device? device = null) =>
        Native.NewTensor(
            Native.sl_from_bytes(bytes, bytes.Length, size, size.Length, new NativeOptions(dtype, device), out var y),
            y);

    /// <summary>
    /// Between steps, for an engine that must not be collected under its calls: this one holds what it passes.
    /// </summary>
    public static void collect_garbage()
    {
    }

    /// <summary>Whether numbers too small for full precision count as zero; false where the CPU cannot.</summary>
    public static bool set_flush_denormal(bool on)
    {
        Native.Check(Native.sl_set_flush_denormal(on ? 1 : 0, out var supported));
        return supported != 0;
    }

    /// <summary>Memory of a device: of the host, what libtorch's tensors take there.</summary>
    public static MemoryStatistics memory(Device? device = null)
    {
        NativeMemory memory;
        if (device is null || device.type == DeviceType.CPU)
            Native.Check(Native.sl_cpu_memory(out memory));
        else
            Native.Check(Native.sl_cuda_memory(Math.Max(device.index, 0), out memory));
        return new MemoryStatistics(memory.CurrentBytes, memory.PeakBytes, memory.CachedBytes);
    }

    /// <summary>Starts a device's peak again from what it holds now.</summary>
    public static void reset_peak_memory(Device? device = null) =>
        Native.Check(device is null || device.type == DeviceType.CPU
        ? Native.sl_cpu_memory_reset_peak()
        : Native.sl_cuda_memory_reset_peak(Math.Max(device.index, 0)));

    /// <summary>
    /// The most that libtorch's allocator may take of a GPU; beyond it a tensor is out of memory, as it would be on a
    /// smaller card. The process's context and libraries come on top.
    /// </summary>
    public static void limit_memory(Device device, long bytes)
    {
        ArgumentNullException.ThrowIfNull(device);
        Native.Check(Native.sl_cuda_limit_memory(Math.Max(device.index, 0), bytes));
    }

    /// <summary>Gives the host memory that was kept for reuse back to the system.</summary>
    public static void release_cached_memory() => Native.Check(Native.sl_cpu_memory_release_cached());

    private static bool OnHost(Tensor x) => x.device_type == DeviceType.CPU;
}
