using System.Runtime.InteropServices;
using ScalingLab.Runs;
using ScalingLab.Torch;

namespace ScalingLab.Training;

/// <summary>
/// One optimizer step as work that only the device does: the batch and what changes from step to step go there through page-locked memory, loss and norm come
/// back the same way, and the host waits for neither. After two ordinary steps, in which kernels are compiled and matrix products chosen, the step
/// is captured as a graph and replayed.
/// </summary>
internal sealed class CudaStep : IDisposable
{
    private const int OrdinarySteps = 2;
    private const int Ahead = 3; // batches in flight: one being computed, one waiting, one being filled

    private readonly GradientPass _pass;
    private readonly FusedTransformer _model;
    private readonly ParameterBuffer _parameters;
    private readonly Optimizer _optimizer;
    private readonly bool _captures;
    private readonly int _microSequences;
    private readonly Tensor _inputs;
    private readonly Tensor _targets;
    private readonly Tensor _control;
    private readonly Tensor _lossAndNorm;
    private readonly Slot[] _slots;
    private readonly Queue<Slot> _pending = new();
    private readonly List<(double, double)> _done = [];
    private CudaGraph? _graph;
    private long _steps;

    /// <summary>Over a fused model.</summary>
    /// <param name="spec">Its shape and batch.</param>
    /// <param name="pass">Adds a micro-batch's gradient.</param>
    /// <param name="model">The model.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="optimizer">Updates them.</param>
    /// <param name="microSequences">Sequences in one forward and backward pass.</param>
    /// <param name="captures">Whether a graph is made.</param>
    public CudaStep(
        RunSpec spec, GradientPass pass, FusedTransformer model, ParameterBuffer parameters, Optimizer optimizer, int microSequences, bool captures)
    {
        (_pass, _model, _parameters, _optimizer, _microSequences, _captures) = (pass, model, parameters, optimizer, microSequences, captures);
        long[] batch = [spec.Recipe.BatchSequences, spec.Shape.Context];
        var device = parameters.Master.device;
        _inputs = zeros(batch, ScalarType.Int64, device);
        _targets = zeros(batch, ScalarType.Int64, device);
        _control = zeros(optimizer.ControlCount, ScalarType.Float32, device);
        _lossAndNorm = zeros(2, ScalarType.Float32, device);
        _slots = [.. Enumerable.Range(0, Ahead).Select(_ => new Slot(batch, optimizer.ControlCount, device))];
    }

    /// <summary>Whether this can train the recipe: its graph has one size of batch, its loss is plain cross-entropy.</summary>
    public static bool Takes(TrainingRecipe recipe) => recipe is
    {
        BatchWarmupFraction: 0, ZLoss: 0, Precision: Precision.Fp32 or Precision.Bf16 or Precision.Fp8Head,
    };

    /// <summary>Asks the device for a step; returns once the batch is read.</summary>
    public void Enqueue(long firstSequence, float[] control, ReadBatch read)
    {
        var slot = _slots[_steps % Ahead];
        if (_pending.Count == Ahead) Take();
        read(firstSequence, (int)slot.Inputs.shape[0], Values<long>(slot.Inputs), Values<long>(slot.Targets));
        control.CopyTo(Values<float>(slot.Control));
        using (no_grad())
        {
            _inputs.copy_(slot.Inputs, nonBlocking: true);
            _targets.copy_(slot.Targets, nonBlocking: true);
            _control.copy_(slot.Control, nonBlocking: true);
        }

        if (_captures && _steps == OrdinarySteps) _graph = CudaGraph.Capture(Step);
        if (_graph is null) Step();
        else _graph.Replay();
        using (no_grad()) slot.LossAndNorm.copy_(_lossAndNorm, nonBlocking: true);
        slot.Done.Record();
        _pending.Enqueue(slot);
        _steps++;
    }

    /// <summary>Loss and gradient norm of every step since the last call, in order; waits for the device.</summary>
    public IReadOnlyList<(double Loss, double GradientNorm)> Drain()
    {
        while (_pending.Count > 0) Take();
        (double, double)[] done = [.. _done];
        _done.Clear();
        return done;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_pending.Count > 0) Take();
        _graph?.Dispose();
        foreach (var slot in _slots) slot.Dispose();
        foreach (var tensor in (Tensor[])[_inputs, _targets, _control, _lossAndNorm]) tensor.Dispose();
    }

    private void Take()
    {
        var slot = _pending.Dequeue();
        slot.Done.Wait();
        var values = Values<float>(slot.LossAndNorm);
        _done.Add((values[0], values[1]));
    }

    /// <summary>A host tensor's values in memory itself.</summary>
    private static Span<T> Values<T>(Tensor tensor) where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.bytes);

    private void Step()
    {
        using var scope = NewDisposeScope();
        _parameters.ClearGradient();
        using (no_grad()) _lossAndNorm.zero_();
        var batch = _inputs.shape[0];
        for (long done = 0; done < batch; done += _microSequences)
        {
            using var part = NewDisposeScope();
            var count = Math.Min(_microSequences, batch - done);
            using var loss = _pass.RunFused(_model, _inputs.narrow(0, done, count), _targets.narrow(0, done, count), (double)count / batch);
            using (no_grad()) _lossAndNorm.narrow(0, 0, 1).add_(loss);
        }

        using (no_grad()) _optimizer.StepOnDevice(_control, _lossAndNorm.narrow(0, 1, 1));
    }

    /// <summary>Page-locked memory of one step in flight.</summary>
    private sealed class Slot(long[] batch, int controls, Device device) : IDisposable
    {
        public Tensor Inputs { get; } = CudaBlocks.pinned(batch, ScalarType.Int64, device);

        public Tensor Targets { get; } = CudaBlocks.pinned(batch, ScalarType.Int64, device);

        public Tensor Control { get; } = CudaBlocks.pinned([controls], ScalarType.Float32, device);

        public Tensor LossAndNorm { get; } = CudaBlocks.pinned([2], ScalarType.Float32, device);

        public CudaEvent Done { get; } = new();

        public void Dispose()
        {
            foreach (var tensor in (Tensor[])[Inputs, Targets, Control, LossAndNorm]) tensor.Dispose();
            Done.Dispose();
        }
    }
}
