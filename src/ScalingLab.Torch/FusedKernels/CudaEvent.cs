namespace ScalingLab.Torch;

/// <summary>An event in the device's stream that the host can wait for.</summary>
public sealed class CudaEvent : IDisposable
{
    private readonly Native.CudaHandle _handle;

    /// <summary>A mark that is nowhere yet: waiting for it returns at once.</summary>
    /// <exception cref="TorchException">There is no CUDA.</exception>
    public CudaEvent()
    {
        Native.Check(Native.sl_cuda_event_new(out var made));
        _handle = new Native.CudaHandle(made, Native.sl_cuda_event_free);
    }

    /// <summary>Sets the mark behind all that was asked of the device so far.</summary>
    public void Record() => Native.Check(Native.sl_cuda_event_record(_handle));

    /// <summary>Waits until the device has come to the mark.</summary>
    public void Wait() => Native.Check(Native.sl_cuda_event_wait(_handle));

    /// <summary>
    /// Has what is asked of the device from here on wait until it has come to the mark; the host does not. Without a
    /// mark nothing waits.
    /// </summary>
    public void StreamWait() => Native.Check(Native.sl_cuda_event_block(_handle));

    /// <summary>
    /// x as it is; in the backward pass the mark is set behind all that makes its gradient. The event must live as long
    /// as the result.
    /// </summary>
    /// <param name="x">Any tensor of autograd's graph.</param>
    public Tensor RecordInBackward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Native.NewTensor(Native.sl_cuda_marked(x.Raw, _handle, out var y), y);
    }

    internal Native.CudaHandle Handle => _handle;

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}

/// <summary>A stream of work on the device beside what is asked of it otherwise.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "CUDA's word, not .NET's stream")]
public sealed class CudaStream : IDisposable
{
    private readonly Native.CudaHandle _handle;

    /// <summary>An empty one, of high priority.</summary>
    /// <exception cref="TorchException">There is no CUDA.</exception>
    public CudaStream()
    {
        Native.Check(Native.sl_cuda_stream_new(out var made));
        _handle = new Native.CudaHandle(made, Native.sl_cuda_stream_free);
    }

    /// <summary>The driver's, for libraries that put work into it.</summary>
    public nint Pointer
    {
        get
        {
            Native.Check(Native.sl_cuda_stream_pointer(_handle, out var pointer));
            return pointer;
        }
    }

    /// <summary>Has what is put into it from here on wait until the device has come to the mark.</summary>
    public void Wait(CudaEvent mark)
    {
        ArgumentNullException.ThrowIfNull(mark);
        Native.Check(Native.sl_cuda_stream_wait(_handle, mark.Handle));
    }

    /// <summary>Sets the mark behind all that was put into it so far.</summary>
    public void Record(CudaEvent mark)
    {
        ArgumentNullException.ThrowIfNull(mark);
        Native.Check(Native.sl_cuda_stream_record(_handle, mark.Handle));
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}

/// <summary>A captured CUDA graph, on the same memory each time.</summary>
public sealed class CudaGraph : IDisposable
{
    private readonly Native.CudaHandle _handle;

    private CudaGraph(nint made) => _handle = new Native.CudaHandle(made, Native.sl_cuda_graph_free);

    /// <summary>
    /// Records what <paramref name="work"/> asks of the device, without doing it. It must not wait for the device.
    /// </summary>
    /// <exception cref="TorchException">Something in the work cannot be recorded; what it said.</exception>
    public static CudaGraph Capture(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Native.Check(Native.sl_cuda_graph_begin(out var made));
        var graph = new CudaGraph(made);
        try
        {
            work();
        }
        catch
        {
            // the capture must end before the cause can be told; its own words would hide the cause's
            _ = Native.sl_cuda_graph_end(graph._handle);
            graph.Dispose();
            throw;
        }

        Native.Check(Native.sl_cuda_graph_end(graph._handle));
        return graph;
    }

    /// <summary>Asks the device to do the work once more.</summary>
    public void Replay() => Native.Check(Native.sl_cuda_graph_replay(_handle));

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
