using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

/// <summary>
/// What an exception says of the engine: TorchSharp throws one kind for all that libtorch refuses, with libtorch's
/// words.
/// </summary>
public static class TorchErrors
{
    public static bool IsAny(Exception error) => error is ExternalException || IsMissing(error);

    public static bool IsOutOfMemory(Exception error) =>
        error is OutOfMemoryException || (error is ExternalException && (
        error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || error.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)));

    // It loads libtorch in its first call, often inside a static constructor.
    public static bool IsMissing(Exception error) =>
        error is DllNotFoundException or TypeInitializationException { InnerException: not null }
        || (error is NotSupportedException && error.Message.Contains("libtorch", StringComparison.OrdinalIgnoreCase));

    internal static NotSupportedException NotThere(string what) =>
        new($"TorchSharp has not {what}: --engine fused has");
}
