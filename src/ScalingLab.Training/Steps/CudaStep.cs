using System.Runtime.InteropServices;
using ScalingLab.Runs;
using ScalingLab.Torch;
using ScalingLab.Training.Models;
using ScalingLab.Training.Optimizers;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Steps;

/// <summary>
/// One optimizer step as work that only the device does: the batch and what changes from step to step go there through
/// pinned memory, loss and norm come back the same way, and the host waits for neither. After two ordinary steps, in
/// which kernels are compiled and matrix products chosen, the step is captured as a graph and replayed. While a batch
/// grows, each step is filled up to one of a few sizes (<see cref="PaddedSequences"/>) by sequences that count for
/// nothing, so that kernels, products and graphs are made for those alone.
/// </summary>
internal sealed class CudaStep : IDisposable
{
    private const int EagerSteps = 2;
    private const int Parts = 8; // of a batch: what is filled up is on average a sixteenth of it
    private const long Ignored = -100;
    private const int MaxInFlight = 3; // batches in flight: one being computed, one waiting, one being filled

    private readonly ForwardBackwardPass _pass;
    private readonly FusedTransformer _model;
    private readonly ParameterBuffer _parameters;
    private readonly Optimizer _optimizer;
    private readonly GradientAllReduce? _sum;
    private readonly bool _captures;
    private readonly int _batch;
    private readonly int _ownSequences; // most sequences of the batch that this process takes
    private readonly int _microSequences;
    private readonly Tensor _inputs;
    private readonly Tensor _targets;
    private readonly Tensor _control;
    private readonly Tensor _share;
    private readonly Tensor _lossAndNorm;
    private readonly Slot[] _slots;
    private readonly Queue<Slot> _pending = new();
    private readonly List<(double, double)> _done = [];
    private (int Sequences, bool Whole) _batchForm;
    private CudaGraph? _graph;
    private long _steps;
    private long _eagerSteps; // steps of this form that were not replayed

    /// <summary>How a step is made.</summary>
    /// <param name="MicroSequences">Sequences in one forward and backward pass.</param>
    /// <param name="Captures">Whether a CUDA graph is made of it.</param>
    /// <param name="Sum">
    /// Adds up the gradients of the GPUs that make each step together; null where this one is alone.
    /// </param>
    internal sealed record StepForm(int MicroSequences, bool Captures, GradientAllReduce? Sum);

    /// <summary>Over a fused model.</summary>
    /// <param name="spec">Its shape and batch.</param>
    /// <param name="pass">Adds a micro-batch's gradient.</param>
    /// <param name="model">The model.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="optimizer">Updates them.</param>
    /// <param name="form">How a step is made.</param>
    public CudaStep(
        RunSpec spec, ForwardBackwardPass pass, FusedTransformer model, ParameterBuffer parameters,
        Optimizer optimizer, StepForm form)
    {
        (_pass, _model, _parameters, _optimizer) = (pass, model, parameters, optimizer);
        (_microSequences, _captures, _sum) = (form.MicroSequences, form.Captures, form.Sum);
        _batch = spec.Recipe.BatchSequences;
        _ownSequences = LargestShare(_batch);
        long[] batch = [_ownSequences, spec.Shape.Context];
        var device = parameters.Master.device;
        _inputs = zeros(batch, ScalarType.Int64, device);
        _targets = zeros(batch, ScalarType.Int64, device);
        _control = zeros(optimizer.ControlCount, ScalarType.Float32, device);
        _share = zeros(1, ScalarType.Float32, device);
        _lossAndNorm = zeros(2, ScalarType.Float32, device);
        _slots = [.. Enumerable.Range(0, MaxInFlight).Select(_ => new Slot(batch, optimizer.ControlCount, device))];
    }

    /// <summary>
    /// The sequences that a step of fewer than the whole batch is filled up to: whole micro-batches, and a part of one
    /// in steps of at least an eighth of the batch, or nothing where a micro-batch is less than that.
    /// </summary>
    /// <param name="sequences">Of the step.</param>
    /// <param name="batch">Of the whole batch.</param>
    /// <param name="micro">In one forward and backward pass.</param>
    internal static int PaddedSequences(int sequences, int batch, int micro)
    {
        var parts = Math.Clamp(Parts * micro / batch, 1, micro);
        var unit = (micro + parts - 1) / parts;
        var rest = sequences % micro;
        return Math.Min(batch, sequences - rest + Math.Min(micro, (rest + unit - 1) / unit * unit));
    }

    /// <summary>Asks the device for a step; returns once the batch is read.</summary>
    /// <param name="firstSequence">The first of the step's, in the run.</param>
    /// <param name="sequences">How many it has, at most the batch.</param>
    /// <param name="control"><see cref="Optimizer.Control"/>.</param>
    /// <param name="read">Where they come from.</param>
    public void Enqueue(long firstSequence, int sequences, float[] control, ReadBatch read)
    {
        var slot = _slots[_steps % MaxInFlight];
        if (_pending.Count == MaxInFlight) CompleteOldest();
        // The same form on every GPU: they make their graphs, with the sum in them, at the same step.
        var (first, own) = _sum?.Group.ShareOf(sequences) ?? (0, sequences);
        var form =
            (Sequences: PaddedSequences(LargestShare(sequences), _ownSequences, _microSequences),
                Whole: sequences == _batch && _batch == _ownSequences * Gpus);
        if (form != _batchForm) ResetGraph(form);
        Fill(slot, firstSequence + first, own, read);
        Values<float>(slot.Share)[0] = (float)form.Sequences / sequences;
        control.CopyTo(Values<float>(slot.Control));
        using (no_grad())
        using (NewDisposeScope())
        {
            _inputs.narrow(0, 0, form.Sequences).copy_(slot.Inputs.narrow(0, 0, form.Sequences), nonBlocking: true);
            _targets.narrow(0, 0, form.Sequences).copy_(slot.Targets.narrow(0, 0, form.Sequences), nonBlocking: true);
            _control.copy_(slot.Control, nonBlocking: true);
            if (!form.Whole) _share.copy_(slot.Share, nonBlocking: true);
        }

        if (_captures && _graph is null && _eagerSteps == EagerSteps) _graph = CudaGraph.Capture(Step);
        if (_graph is not null) _graph.Replay();
        else
        {
            Step();
            _eagerSteps++;
        }

        using (no_grad()) slot.LossAndNorm.copy_(_lossAndNorm, nonBlocking: true);
        slot.Done.Record();
        _pending.Enqueue(slot);
        _steps++;
    }

    /// <summary>Loss and gradient norm of every step since the last call, in order; waits for the device.</summary>
    public IReadOnlyList<(double Loss, double GradientNorm)> Drain()
    {
        while (_pending.Count > 0) CompleteOldest();
        (double, double)[] done = [.. _done];
        _done.Clear();
        return done;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ResetGraph(default);
        foreach (var slot in _slots) slot.Dispose();
        foreach (var tensor in (Tensor[])[_inputs, _targets, _control, _share, _lossAndNorm]) tensor.Dispose();
    }

    /// <summary>Lets the graph of another form go: none needs the memory of two.</summary>
    private void ResetGraph((int Sequences, bool Whole) form)
    {
        while (_pending.Count > 0) CompleteOldest(); // it may be at work
        _graph?.Dispose();
        (_graph, _eagerSteps, _batchForm) = (null, 0, form);
    }

    private int Gpus => _sum?.Group.Size ?? 1;

    private int LargestShare(int sequences) => (sequences + Gpus - 1) / Gpus;

    /// <summary>
    /// Reads this process's sequences of the step; those beside them have targets that count for nothing.
    /// </summary>
    private static void Fill(Slot slot, long firstSequence, int sequences, ReadBatch read)
    {
        var tokens = sequences * (int)slot.Inputs.shape[1];
        var inputs = Values<long>(slot.Inputs);
        var targets = Values<long>(slot.Targets);
        if (sequences > 0) read(firstSequence, sequences, inputs[..tokens], targets[..tokens]);
        inputs[tokens..].Clear();
        targets[tokens..].Fill(Ignored);
    }

    private void CompleteOldest()
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
        long own = _batchForm.Sequences;
        var marked = false;
        for (long done = 0; done < own; done += _microSequences)
        {
            using var part = NewDisposeScope();
            var count = Math.Min(_microSequences, own - done);
            // what is scaled after the backward pass is added up after that
            var marks = done + count == own && _batchForm.Whole && _pass.IsOneGraph ? _sum : null;
            marked = marks is not null;
            using var loss = _pass.RunFused(
                _model, _inputs.narrow(0, done, count), _targets.narrow(0, done, count),
                (double)count / (_batchForm.Whole ? _batch : own), marks);
            using (no_grad()) _lossAndNorm.narrow(0, 0, 1).add_(loss);
        }

        if (!_batchForm.Whole)
        {
            using var quiet = no_grad();
            _parameters.Gradient.mul_(_share); // a mean over what was filled up becomes one over what counts
            _lossAndNorm.narrow(0, 0, 1).mul_(_share);
        }

        _sum?.Run(marked, _lossAndNorm.narrow(0, 0, 1));
        using (no_grad()) _optimizer.StepOnDevice(_control, _lossAndNorm.narrow(0, 1, 1));
    }

    /// <summary>Page-locked memory of one step in flight.</summary>
    private sealed class Slot(long[] batch, int controls, Device device) : IDisposable
    {
        public Tensor Inputs { get; } = CudaBlocks.pinned(batch, ScalarType.Int64, device);

        public Tensor Targets { get; } = CudaBlocks.pinned(batch, ScalarType.Int64, device);

        public Tensor Control { get; } = CudaBlocks.pinned([controls], ScalarType.Float32, device);

        public Tensor Share { get; } = CudaBlocks.pinned([1], ScalarType.Float32, device);

        public Tensor LossAndNorm { get; } = CudaBlocks.pinned([2], ScalarType.Float32, device);

        public CudaEvent Done { get; } = new();

        public void Dispose()
        {
            foreach (var tensor in (Tensor[])[Inputs, Targets, Control, Share, LossAndNorm]) tensor.Dispose();
            Done.Dispose();
        }
    }
}
