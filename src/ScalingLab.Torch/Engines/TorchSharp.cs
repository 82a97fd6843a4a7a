using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

// All that differs where tensors are TorchSharp's (-p:TorchEngine=TorchSharp, docs/torchsharp.md): what the binding adds to TorchSharp's names is
// here its composite twin, or not there. TorchSharp has no fused blocks, graphs, events, page-locked tensors to fill, or memory statistics.

/// <summary>A device's memory; TorchSharp cannot say.</summary>
public sealed record MemoryStatistics(long CurrentBytes, long PeakBytes, long CachedBytes);

/// <summary>What TorchSharp has not, by plain operations.</summary>
public static class Kernels
{
    /// <summary>The engine and its version, e.g. "TorchSharp 0.107.0, libtorch 2.10.0.0".</summary>
    public static string engine => $"TorchSharp {typeof(Tensor).Assembly.GetName().Version?.ToString(3)}, libtorch {__version__}";

    public static Tensor embedding(Tensor weight, Tensor indices) => Composites.embedding(weight, indices);

    public static Tensor rms_norm(Tensor x, Tensor weight, double eps) => Composites.rms_norm(x, weight, eps);

    public static Tensor rotary(Tensor x, Tensor cos, Tensor sin) => Composites.rotary(x, cos, sin);

    public static Tensor swiglu(Tensor gate, Tensor up) => Composites.swiglu(gate, up);

    public static Tensor causal_attention(Tensor query, Tensor key, Tensor value, Tensor? slopes = null) =>
        Composites.causal_attention(query, key, value, slopes);

    public static Tensor cross_entropy(Tensor logits, Tensor targets, long ignore_index = -100) => Composites.cross_entropy(logits, targets, ignore_index);

    public static double squared_norm(Tensor x) => Composites.squared_norm(x);

    public static void adamw_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, double lr, double beta1, double beta2, double eps,
        double weightDecay, long step, double gradScale = 1, Tensor? decayMask = null) =>
        Composites.adamw_(parameter, grad, expAvg, expAvgSq, lr, beta1, beta2, eps, weightDecay, step, gradScale, decayMask);

    public static void lion_(Tensor parameter, Tensor grad, Tensor expAvg, double lr, double beta1, double beta2, double weightDecay, double gradScale = 1) =>
        Composites.lion_(parameter, grad, expAvg, lr, beta1, beta2, weightDecay, gradScale);

    public static void sgd_(Tensor parameter, Tensor grad, Tensor velocity, double lr, double momentum, double weightDecay, double gradScale = 1) =>
        Composites.sgd_(parameter, grad, velocity, lr, momentum, weightDecay, gradScale);

    public static void lamb_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, IReadOnlyList<(long Length, double Decay)> parts, double lr,
        double beta1, double beta2, double eps, long step, double gradScale = 1) =>
        Composites.lamb_(parameter, grad, expAvg, expAvgSq, parts, lr, beta1, beta2, eps, step, gradScale);

    public static void nesterov_(Tensor grad, Tensor momentum, Tensor direction, double mu, double gradScale = 1) =>
        Composites.nesterov_(grad, momentum, direction, mu, gradScale);

    public static Tensor orthogonalize(Tensor x, int iterations = 5) => Composites.orthogonalize(x, iterations);

    /// <summary>Always null.</summary>
    public static MemoryStatistics? memory(Device? device = null) => null;

    /// <summary>Always false: numbers too small for full precision keep their value, and their cost.</summary>
    public static bool set_flush_denormal(bool on) => false;

    /// <summary>TorchSharp keeps none.</summary>
    public static void release_cached_memory()
    {
    }

    /// <exception cref="NotSupportedException">Always.</exception>
    public static void limit_memory(Device device, long bytes) => throw TorchErrors.NotThere("a limit to a GPU's memory");
}

/// <summary>What an exception says of the engine: TorchSharp throws one kind for all that libtorch refuses, with libtorch's words.</summary>
public static class TorchErrors
{
    public static bool IsAny(Exception error) => error is ExternalException || IsMissing(error);

    public static bool IsOutOfMemory(Exception error) => error is OutOfMemoryException || (error is ExternalException && (
        error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || error.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)));

    // It loads libtorch in its first call, often inside a static constructor.
    public static bool IsMissing(Exception error) => error is DllNotFoundException or TypeInitializationException { InnerException: not null }
        || (error is NotSupportedException && error.Message.Contains("libtorch", StringComparison.OrdinalIgnoreCase));

    internal static NotSupportedException NotThere(string what) => new($"TorchSharp has not {what}: build without -p:TorchEngine=TorchSharp");
}

/// <summary>The fused blocks, which are never on: the model then takes its plain path and asks for nothing else here.</summary>
public static class CudaBlocks
{
    public static bool AreOn(Device device) => false;

    public static bool HaveFloat8(Device device) => false;

    public static Tensor embedding(Weight table, Tensor tokens) => throw NotThere;

    public static (Tensor Query, Tensor Key, Tensor Value, Tensor X) attention_in(Tensor x, NormWeights norm, LinearWeights qkv, AttentionHeads heads) =>
        throw NotThere;

    public static Tensor attention(Tensor query, Tensor key, Tensor value) => throw NotThere;

    public static Tensor attention_out(Tensor x, Tensor mixed, LinearWeights linear) => throw NotThere;

    public static Tensor mlp(Tensor x, NormWeights norm, LinearWeights up, LinearWeights down, MlpActivation activation) => throw NotThere;

    public static Tensor normed(Tensor x, NormWeights norm) => throw NotThere;

    public static Tensor linear(Tensor x, NormWeights norm, LinearWeights linear) => throw NotThere;

    public static Tensor head_loss(Tensor x, NormWeights norm, Weight head, Tensor targets, double share, double softCap = 0, double zLoss = 0,
        bool inFloat8 = false) => throw NotThere;

    public static void norm(Tensor x, Tensor norm) => throw NotThere;

    public static void adamw_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, Tensor? copy, Tensor control, Tensor norm, double clip,
        double beta1, double beta2, double eps, double weightDecay) => throw NotThere;

    public static void lion_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor? copy, Tensor control, Tensor norm, double clip, double beta1,
        double beta2, double weightDecay) => throw NotThere;

    public static void sgd_(Tensor parameter, Tensor grad, Tensor velocity, Tensor? copy, Tensor control, Tensor norm, double clip, double momentum,
        double weightDecay) => throw NotThere;

    public static void lamb_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, Tensor? copy, LambTables parts, Tensor control,
        Tensor norm, double clip, double beta1, double beta2, double eps) => throw NotThere;

    public static void nesterov_(Tensor grad, Tensor momentum, Tensor direction, Tensor norm, double clip, double mu) => throw NotThere;

    public static Tensor orthogonalize(Tensor x, int iterations = 5) => throw NotThere;

    public static void muon_(Tensor parameter, Tensor direction, Tensor? copy, Tensor control, Tensor norm, double factor, double weightDecay) =>
        throw NotThere;

    public static Tensor pinned(ReadOnlySpan<long> size, ScalarType dtype, Device device) => throw NotThere;

    public static void profile(string path, Action work) => throw TorchErrors.NotThere("a profiler");

    internal static NotSupportedException NotThere => TorchErrors.NotThere("fused blocks");
}

/// <summary>Not there.</summary>
public sealed class LambTables : IDisposable
{
    public LambTables(IReadOnlyList<(long Length, double Decay)> parts, Device device) => throw CudaBlocks.NotThere;

    public void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>Not there.</summary>
public sealed class CudaEvent : IDisposable
{
    public CudaEvent() => throw CudaBlocks.NotThere;

    public void Record() => throw CudaBlocks.NotThere;

    public void Wait() => throw CudaBlocks.NotThere;

    public void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>Not there.</summary>
public sealed class CudaGraph : IDisposable
{
    public static CudaGraph Capture(Action work) => throw CudaBlocks.NotThere;

    public void Replay() => throw CudaBlocks.NotThere;

    public void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>One result of a check that is never made.</summary>
public sealed record KernelError(string Kernel, ScalarType Type, string Shape, string Result, double Error, double Allowed)
{
    public bool Passes => Error <= Allowed;
}

/// <summary>There is nothing to check.</summary>
public static class KernelCheck
{
    public static IEnumerable<KernelError> Run(Device device, long seed) => throw CudaBlocks.NotThere;
}
