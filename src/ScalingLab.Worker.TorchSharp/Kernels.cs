namespace ScalingLab.Torch;

// What stands in the place of ScalingLab.Torch where tensors are TorchSharp's (docs/engines.md): what the binding adds
// to TorchSharp's names is here its composite twin, or not there. TorchSharp has no fused blocks, graphs, events,
// pinned tensors to fill, or memory statistics.

/// <summary>A device's memory; TorchSharp cannot say.</summary>
public sealed record MemoryStatistics(long CurrentBytes, long PeakBytes, long CachedBytes);

/// <summary>What TorchSharp has not: fused on a CPU (folder Cpu), else by plain operations.</summary>
public static class Kernels
{
    /// <summary>What results call this engine.</summary>
    public static string name => "torchsharp";

    /// <summary>The engine and its version, e.g. "TorchSharp 0.107.0, libtorch 2.10.0.0".</summary>
    public static string engine =>
        $"TorchSharp {typeof(Tensor).Assembly.GetName().Version?.ToString(3)}, libtorch {__version__}";

    public static Tensor embedding(Tensor weight, Tensor indices) => Composites.embedding(weight, indices);

    public static Tensor rms_norm(Tensor x, Tensor weight, double eps) =>
        RmsNorm.Supports(x, weight) ? RmsNorm.apply(x, weight, eps) : Composites.rms_norm(x, weight, eps);

    public static Tensor rotary(Tensor x, Tensor cos, Tensor sin) =>
        Rotary.Supports(x, cos, sin) ? Rotary.apply(x, cos, sin) : Composites.rotary(x, cos, sin);

    public static Tensor swiglu(Tensor gate, Tensor up) =>
        SwiGlu.Supports(gate, up) ? SwiGlu.apply(gate, up) : Composites.swiglu(gate, up);

    public static Tensor linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (!LinearInFloat.Supports(x, weight)) return nn.functional.linear(x, weight, bias);
        var y = LinearInFloat.apply(x, weight);
        return bias is null ? y : y + bias;
    }

    public static Tensor causal_attention(Tensor query, Tensor key, Tensor value, Tensor? slopes = null) =>
        Attention.Supports(query, key, value)
        ? Attention.apply(query, key, value, slopes is null ? Array.Empty<float>() : slopes.data<float>().ToArray())
        : Composites.causal_attention(query, key, value, slopes);

    public static Tensor cross_entropy(Tensor logits, Tensor targets, long ignore_index = -100) =>
        CrossEntropy.Supports(logits)
        ? CrossEntropy.apply(logits, targets, ignore_index, is_grad_enabled() && logits.requires_grad)
        : Composites.cross_entropy(logits, targets, ignore_index);

    public static double squared_norm(Tensor x) =>
        Host.AreFlat(x) ? FlatBuffer.SquaredNorm(x) : Composites.squared_norm(x);

    public static void adamw_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, double lr, double beta1,
        double beta2, double eps,
        double weightDecay, long step, double gradScale = 1, Tensor? decayMask = null)
    {
        if (decayMask is null && Host.AreFlat(parameter, grad, expAvg, expAvgSq))
            FlatBuffer.AdamW(parameter, grad, expAvg, expAvgSq, lr, beta1, beta2, eps, weightDecay, step, gradScale);
        else Composites.adamw_(parameter, grad, expAvg, expAvgSq, lr, beta1, beta2, eps, weightDecay, step, gradScale,
            decayMask);
    }

    public static void lion_(Tensor parameter, Tensor grad, Tensor expAvg, double lr, double beta1, double beta2,
        double weightDecay, double gradScale = 1)
    {
        if (Host.AreFlat(parameter, grad, expAvg))
            FlatBuffer.Lion(parameter, grad, expAvg, lr, beta1, beta2, weightDecay, gradScale);
        else Composites.lion_(parameter, grad, expAvg, lr, beta1, beta2, weightDecay, gradScale);
    }

    public static void sgd_(Tensor parameter, Tensor grad, Tensor velocity, double lr, double momentum,
        double weightDecay, double gradScale = 1)
    {
        if (Host.AreFlat(parameter, grad, velocity))
            FlatBuffer.Sgd(parameter, grad, velocity, lr, momentum, weightDecay, gradScale);
        else Composites.sgd_(parameter, grad, velocity, lr, momentum, weightDecay, gradScale);
    }

    public static void lamb_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq,
        IReadOnlyList<(long Length, double Decay)> parts, double lr,
        double beta1, double beta2, double eps, long step, double gradScale = 1)
    {
        if (Host.AreFlat(parameter, grad, expAvg, expAvgSq))
            FlatBuffer.Lamb(parameter, grad, expAvg, expAvgSq, parts, lr, beta1, beta2, eps, step, gradScale);
        else Composites.lamb_(parameter, grad, expAvg, expAvgSq, parts, lr, beta1, beta2, eps, step, gradScale);
    }

    public static void nesterov_(Tensor grad, Tensor momentum, Tensor direction, double mu, double gradScale = 1)
    {
        if (Host.AreFlat(grad, momentum, direction)) FlatBuffer.Nesterov(grad, momentum, direction, mu, gradScale);
        else Composites.nesterov_(grad, momentum, direction, mu, gradScale);
    }

    public static Tensor orthogonalize(Tensor x, int iterations = 5) => Composites.orthogonalize(x, iterations);

    /// <summary>See <see cref="Garbage"/>; called between steps, where nothing is under way.</summary>
    public static void collect_garbage() => Garbage.Collect();

    /// <summary>Always null.</summary>
    public static MemoryStatistics? memory(Device? device = null) => null;

    /// <summary>Whether numbers too small for full precision count as zero; false where the CPU cannot.</summary>
    public static bool set_flush_denormal(bool on) => Host.FlushDenormal(on);

    /// <summary>Gives the host memory that was kept for reuse back to the system.</summary>
    public static void release_cached_memory() => Host.Trim();

    /// <exception cref="NotSupportedException">Always.</exception>
    public static void limit_memory(Device device, long bytes) =>
        throw TorchErrors.NotThere("a limit to a GPU's memory");
}
