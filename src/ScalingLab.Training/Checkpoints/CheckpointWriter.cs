using System.Diagnostics;
using ScalingLab.Torch;

namespace ScalingLab.Training.Checkpoints;

/// <summary>
/// Writes checkpoints: at once, or beside the training, where a device does that without the host. Then the state is
/// copied into pinned memory, and written from there by another thread.
/// </summary>
/// <param name="state">What a checkpoint holds: flat tensors.</param>
/// <param name="beside">Whether training goes on meanwhile.</param>
internal sealed class CheckpointWriter(IReadOnlyList<Tensor> state, bool beside) : IDisposable
{
    // page-locking a gigabyte takes a second
    private readonly Task<Tensor[]>? _copies = beside ? Task.Run(() => AllocateCopies(state)) : null;
    private (long Step, Task Done)? _writing;

    /// <summary>Whether a checkpoint is being written.</summary>
    public bool IsBusy => _writing is { Done.IsCompleted: false };

    /// <summary>How long the last one took to write, seconds; 0 before there was one.</summary>
    public double LastSeconds { get; private set; }

    /// <summary>Takes the state as it is now and has it written; first waits for the one before.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="write">Writes the tensors that it is given.</param>
    /// <returns>The steps of the checkpoints that are written now.</returns>
    /// <exception cref="IOException">One could not be written.</exception>
    public IReadOnlyList<long> Save(long step, Action<IReadOnlyList<Tensor>> write)
    {
        var written = Wait();
        if (_copies is null)
        {
            Timed(() => write(state));
            return [step];
        }

        var copies = _copies.GetAwaiter().GetResult();
        using (no_grad())
        {
            foreach (var (copy, tensor) in copies.Zip(state)) copy.copy_(tensor);
        }

        _writing = (step, Task.Run(() => Timed(() => write(copies))));
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
        // Their memory goes; what they failed of was, or is being, said.
        Task.WhenAll(_writing?.Done ?? Task.CompletedTask, _copies ?? Task.CompletedTask)
            .ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        foreach (var copy in _copies is { IsCompletedSuccessfully: true } made ? made.Result : []) copy.Dispose();
    }

    private void Timed(Action write)
    {
        var begun = Stopwatch.GetTimestamp();
        write();
        LastSeconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static Tensor[] AllocateCopies(IReadOnlyList<Tensor> state) =>
        [.. state.Select(t => t.device.type == DeviceType.CUDA ? CudaBlocks.pinned(t.shape, t.dtype, t.device)
            : empty_like(t))];
}
