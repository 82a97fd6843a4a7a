using ScalingLab.Torch;

namespace ScalingLab.Training;

/// <summary>
/// Writes checkpoints: at once, or beside the training, where a device does that without the host. Then the state is copied into page-locked memory, and
/// written from there by another thread.
/// </summary>
/// <param name="state">What a checkpoint holds: flat tensors.</param>
/// <param name="beside">Whether training goes on meanwhile.</param>
internal sealed class CheckpointWriter(IReadOnlyList<Tensor> state, bool beside) : IDisposable
{
    private IReadOnlyList<Tensor>? _copies;
    private (long Step, Task Done)? _writing;

    /// <summary>Whether a checkpoint is being written.</summary>
    public bool IsBusy => _writing is { Done.IsCompleted: false };

    /// <summary>Takes the state as it is now and has it written; first waits for the one before.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="write">Writes the tensors that it is given.</param>
    /// <returns>The steps of the checkpoints that are written now.</returns>
    /// <exception cref="IOException">One could not be written.</exception>
    public IReadOnlyList<long> Save(long step, Action<IReadOnlyList<Tensor>> write)
    {
        var written = Wait();
        if (!beside)
        {
            write(state);
            return [step];
        }

        var copies = Copied();
        _writing = (step, Task.Run(() => write(copies)));
        return written;
    }

    /// <summary>Waits for what is being written.</summary>
    /// <returns>The steps of the checkpoints that were.</returns>
    /// <exception cref="IOException">It could not be written.</exception>
    public IReadOnlyList<long> Wait()
    {
        if (_writing is not var (step, done)) return [];
        _writing = null;
        done.GetAwaiter().GetResult();
        return [step];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writing?.Done.ContinueWith(_ => { }, TaskScheduler.Default).Wait(); // its memory goes; what it failed of was, or is being, said
        foreach (var copy in _copies ?? []) copy.Dispose();
    }

    private IReadOnlyList<Tensor> Copied()
    {
        using var quiet = no_grad();
        _copies ??= [.. state.Select(t => t.device.type == DeviceType.CUDA ? CudaBlocks.pinned(t.shape, t.dtype).DetachFromDisposeScope() : t.clone())];
        foreach (var (copy, tensor) in _copies.Zip(state)) copy.copy_(tensor);
        return _copies;
    }
}
