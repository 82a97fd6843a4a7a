using System.Text.Json;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;

namespace ScalingLab.Worker.Diagnostics;

/// <summary>Where a step's time goes on a CUDA device, by libtorch's profiler.</summary>
internal static class StepProfile
{
    private const int Steps = 5;

    // The first name that a kernel's contains decides; what none fits stands under its own.
    private static readonly (string Part, string Class)[] Classes =
    [
        ("cross_entropy", "cross-entropy"), ("rms_forward", "norm, forward"), ("rms_backward", "norm, backward"),
            ("layer_forward", "norm, forward"),
        ("layer_backward", "norm, backward"), ("add_partials", "norm, backward"), ("column_sums", "biases, backward"),
        ("relu2_forward", "activation, forward"), ("relu2_backward", "activation, backward"),
        ("gelu_forward", "activation, forward"), ("swiglu_forward", "activation, forward"),
            ("gelu_backward", "activation, backward"),
        ("swiglu_backward", "activation, backward"), ("rotate", "rotary, forward"),
            ("pack_gradient", "rotary, backward"), ("adamw", "AdamW"),
        ("lamb_", "LAMB"), ("nesterov", "Muon"), ("muon_apply", "Muon"),
        ("squares", "gradient norm"), ("root_of_sum", "gradient norm"), ("scatter_add", "embedding"),
            ("embedding", "embedding"),
        ("index", "embedding"), ("flash", "attention"), ("fmha", "attention"), ("sdpa", "attention"),
            ("cudnn", "attention"),
        ("gemm", "matrix products"), ("nvjet", "matrix products"), ("cutlass", "matrix products"),
            ("splitK", "matrix products"),
        ("Memset", "memory set and copied"), ("Memcpy", "memory set and copied"),
            ("FillFunctor", "memory set and copied"),
        ("lion", "Lion"), ("sgd", "SGD"),
    ];

    /// <summary>
    /// Runs steps of a training that is warm and gives the time of each class of kernel, milliseconds a step, longest
    /// first.
    /// </summary>
    public static IReadOnlyList<KernelTime> Measure(Action<int> steps)
    {
        var path = Path.Combine(Path.GetTempPath(), $"profile-{Environment.ProcessId}.json");
        CudaBlocks.profile(path, () => steps(Steps));
        using var trace = JsonDocument.Parse(File.ReadAllBytes(path));
        File.Delete(path);
        return [.. trace.RootElement.GetProperty("traceEvents").EnumerateArray()
            .Where(e => e.TryGetProperty("cat", out var kind)
                && kind.GetString() is "kernel" or "gpu_memcpy" or "gpu_memset")
            .Select(e =>
                (Class: ClassOf(e.GetProperty("name").GetString()!), Microseconds: e.GetProperty("dur").GetDouble()))
            .GroupBy(e => e.Class)
            .Select(g => new KernelTime(g.Key, g.Sum(e => e.Microseconds) / 1e3 / Steps, (double)g.Count() / Steps))
            .OrderByDescending(t => t.Milliseconds)];
    }

    private static string ClassOf(string kernel) =>
        Classes.FirstOrDefault(c => kernel.Contains(c.Part, StringComparison.OrdinalIgnoreCase)).Class ?? kernel;
}
