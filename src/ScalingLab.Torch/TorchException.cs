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

/// <summary>The native library or its libtorch is missing, or is another version's; the message says what to install.</summary>
public sealed class TorchLoadException : TorchException
{
    /// <summary>An exception without words.</summary>
    public TorchLoadException() { }

    /// <summary>An exception that says what is missing.</summary>
    public TorchLoadException(string message) : base(message) { }

    /// <summary>An exception with words and a cause.</summary>
    public TorchLoadException(string message, Exception innerException) : base(message, innerException) { }
}
