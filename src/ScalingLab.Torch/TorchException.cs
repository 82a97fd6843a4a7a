namespace ScalingLab.Torch;

/// <summary>libtorch refused or failed; the message is libtorch's own.</summary>
public class TorchException : Exception
{
    /// <summary>An exception without words.</summary>
    public TorchException() { }

    /// <summary>An exception with libtorch's words.</summary>
    public TorchException(string message) : base(message) { }

    /// <summary>An exception with words and a cause.</summary>
    public TorchException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>The device (or the host) has not the memory that an operation asked for.</summary>
public sealed class TorchOutOfMemoryException : TorchException
{
    /// <summary>An exception without words.</summary>
    public TorchOutOfMemoryException() { }

    /// <summary>An exception with libtorch's words.</summary>
    public TorchOutOfMemoryException(string message) : base(message) { }

    /// <summary>An exception with words and a cause.</summary>
    public TorchOutOfMemoryException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>
/// The native library or its libtorch is missing, or is another version's; the message says what to install.
/// </summary>
public sealed class TorchLoadException : TorchException
{
    /// <summary>An exception without words.</summary>
    public TorchLoadException() { }

    /// <summary>An exception that says what is missing.</summary>
    public TorchLoadException(string message) : base(message) { }

    /// <summary>An exception with words and a cause.</summary>
    public TorchLoadException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>What an exception says of the engine; each engine has its own exceptions.</summary>
public static class TorchErrors
{
    /// <summary>Whether the engine refused, failed or is not there.</summary>
    public static bool IsAny(Exception error) => error is TorchException;

    /// <summary>Whether the device or the host has not the memory that was asked for.</summary>
    public static bool IsOutOfMemory(Exception error) => error is TorchOutOfMemoryException or OutOfMemoryException;

    /// <summary>Whether the engine's native part is missing or another version's.</summary>
    public static bool IsMissing(Exception error) => error is TorchLoadException;
}
