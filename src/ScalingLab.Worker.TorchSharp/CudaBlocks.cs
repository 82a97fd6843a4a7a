namespace ScalingLab.Torch;

/// <summary>
/// The fused blocks, which are never on: the model then takes its plain path and asks for nothing else here.
/// </summary>
public static class CudaBlocks
{
    public static bool AreSupported(Device device) => false;

    public static bool SupportFloat8(Device device) => false;

    public static Tensor embedding(Weight table, Tensor tokens) => throw NotThere;

    public static (Tensor Query, Tensor Key, Tensor Value, Tensor X) attention_in(Tensor x, NormWeights norm,
        LinearWeights qkv, AttentionHeads heads) =>
        throw NotThere;

    public static Tensor attention(Tensor query, Tensor key, Tensor value) => throw NotThere;

    public static Tensor attention_out(Tensor x, Tensor mixed, LinearWeights linear) => throw NotThere;

    public static Tensor mlp(Tensor x, NormWeights norm, LinearWeights up, LinearWeights down,
        MlpActivation activation) => throw NotThere;

    public static Tensor normed(Tensor x, NormWeights norm) => throw NotThere;

    public static Tensor linear(Tensor x, NormWeights norm, LinearWeights linear) => throw NotThere;

    public static Tensor head_loss(Tensor x, NormWeights norm, Weight head, Tensor targets, double share,
        double softCap = 0, double zLoss = 0,
        bool inFloat8 = false) => throw NotThere;

    public static void norm(Tensor x, Tensor norm) => throw NotThere;

    public static void adamw_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, Tensor? copy,
        Tensor control, Tensor norm, double clip,
        double beta1, double beta2, double eps, double weightDecay) => throw NotThere;

    public static void lion_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor? copy, Tensor control, Tensor norm,
        double clip, double beta1,
        double beta2, double weightDecay) => throw NotThere;

    public static void sgd_(Tensor parameter, Tensor grad, Tensor velocity, Tensor? copy, Tensor control, Tensor norm,
        double clip, double momentum,
        double weightDecay) => throw NotThere;

    public static void lamb_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, Tensor? copy,
        LambTables parts, Tensor control,
        Tensor norm, double clip, double beta1, double beta2, double eps) => throw NotThere;

    public static void nesterov_(Tensor grad, Tensor momentum, Tensor direction, Tensor norm, double clip,
        double mu) => throw NotThere;

    public static Tensor orthogonalize(Tensor x, int iterations = 5) => throw NotThere;

    public static void muon_(Tensor parameter, Tensor direction, Tensor? copy, Tensor control, Tensor norm,
        double factor, double weightDecay) =>
        throw NotThere;

    public static Tensor pinned(ReadOnlySpan<long> size, ScalarType dtype, Device device) => throw NotThere;

    public static nint address(Tensor tensor) => throw NotThere;

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

    public void StreamWait() => throw CudaBlocks.NotThere;

    public Tensor RecordInBackward(Tensor x) => throw CudaBlocks.NotThere;

    public void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>Not there.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "CUDA's word, not .NET's stream")]
public sealed class CudaStream : IDisposable
{
    public CudaStream() => throw CudaBlocks.NotThere;

    public nint Pointer => throw CudaBlocks.NotThere;

    public void Wait(CudaEvent mark) => throw CudaBlocks.NotThere;

    public void Record(CudaEvent mark) => throw CudaBlocks.NotThere;

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
public sealed record KernelError(string Kernel, ScalarType Type, string Shape, string Result, double Error,
    double Allowed)
{
    public bool Passes => Error <= Allowed;
}

/// <summary>There is nothing to check.</summary>
public static class KernelCheck
{
    public static IEnumerable<KernelError> Run(Device device, long seed) => throw CudaBlocks.NotThere;
}
