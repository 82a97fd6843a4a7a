namespace ScalingLab.Runs.Messages;

/// <summary>
/// What computes with tensors in a worker. One and the same training code runs on either; no run is named by it, and
/// every result says it.
/// </summary>
public enum TensorEngine
{
    /// <summary>The TorchSharp package with operations fused in C#: needs the .NET SDK alone.</summary>
    Torchsharp,

    /// <summary>
    /// This project's own binding with kernels fused in C++ and CUDA: needs a compiler and a libtorch with headers.
    /// </summary>
    Fused,
}

/// <summary>
/// The engines that had a part in a run, in words: "fused", or "torchsharp+fused" where one went on from the other's
/// checkpoint.
/// </summary>
public static class EngineNames
{
    private const char And = '+';

    /// <summary>The words before with that of an engine that goes on.</summary>
    /// <param name="before">Null where it is not known.</param>
    /// <param name="engine">The one that goes on.</param>
    public static string With(string? before, TensorEngine engine)
    {
        var word = EnumNames.ToName(engine);
        return before is null ? word : before.Split(And).Contains(word) ? before : $"{before}{And}{word}";
    }

    /// <summary>Whether these are words that <see cref="With"/> makes.</summary>
    public static bool AreKnown(string words) => words.Split(And) is var each && each.Distinct().Count() == each.Length
        && each.All(word => EnumNames.Find<TensorEngine>(word) is not null);
}
