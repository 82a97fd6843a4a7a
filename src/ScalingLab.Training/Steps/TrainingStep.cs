using System.Runtime.InteropServices;
using ScalingLab.Data;
using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;
using ScalingLab.Training.Models;
using ScalingLab.Training.Optimizers;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Steps;

/// <summary>
/// Fills a batch: token ids and the tokens that follow, [sequences, context] each, from the given sequence of the run
/// on.
/// </summary>
public delegate void ReadBatch(long firstSequence, int sequences, Span<long> inputs, Span<long> targets);

/// <summary>The model in training: parameters, optimizer, and one step of gradient descent.</summary>
public sealed class TrainingStep : IDisposable
{
    private readonly RunSpec _spec;
    private readonly ParameterBuffer _parameters;
    private readonly Optimizer _optimizer;
    private readonly ForwardBackwardPass _pass;
    private readonly Teacher? _teacher;
    private readonly LossScaler? _scaler;
    private readonly Tensor? _scalerState;
    private readonly CudaStep? _onDevice;
    private readonly ProcessGroup? _group;
    private readonly GradientAllReduce? _sum;
    private readonly List<(double, double)> _done = [];
    private (long Step, long Sequence) _next;

    /// <summary>
    /// A model at its beginning: random weights, or another's. libtorch's threads are those of the settings from here
    /// on.</summary>
    /// <param name="spec">Shape, recipe, seed and number of steps.</param>
    /// <param name="settings">Threads, device, most tokens in one forward and backward pass, what is computed
    /// again.</param>
    /// <param name="group">The processes that make each step together; null where this one is alone.</param>
    /// <exception cref="InputException">fp16 on a device that has no arithmetic for it.</exception>
    /// <exception cref="DataException">A folder that the run begins with or learns from was not named, or holds
    /// another model.</exception>
    /// <exception cref="NcclException">GPUs that do not find each other.</exception>
    public TrainingStep(RunSpec spec, WorkerSettings settings, ProcessGroup? group = null)
    {
        (_spec, _group) = (spec, group);
        Kernels.collect_garbage();
        set_num_threads(settings.Threads);
        Kernels.set_flush_denormal(true);
        Device = torch.device(settings.Device);
        if (spec.Recipe.Precision == Precision.Fp16 && Device.type == DeviceType.CPU)
            throw new InputException("recipe.precision", "fp16 needs a GPU: libtorch multiplies no matrices in half "
                + "precision on a CPU; use bf16 or fp32");
        // a GPU takes its time to begin: meanwhile weights are drawn
        var awake = Task.Run(() => InitializeDevice(settings));
        _parameters = StartingWeights.Create(spec, settings.StartFolder, Device, awake);
        Model = new Transformer(spec.Shape, _parameters);
        _optimizer = Optimizer.Create(_parameters, spec.Shape, spec.Recipe);
        MicroSequences =
            Math.Clamp(settings.MicroBatchTokens / spec.Shape.Context, 1,
                settings.MaxSequencesPerGpu(spec.Recipe.BatchSequences));
        if (spec.DistilledFrom is not null)
            _teacher = new Teacher(spec, settings.DistillFolder
                ?? throw new DataException("the run is distilled from a model, and its folder was not named"), Device);
        _pass = new ForwardBackwardPass(spec, Model, _parameters, settings.Recompute, _teacher);
        if (group is not null && Device.type == DeviceType.CUDA)
            _sum = new GradientAllReduce(group, _parameters, spec.Shape, settings.BucketBytes);
        if (_parameters.Fused)
            _onDevice =
                new CudaStep(
                    spec, _pass, Model.Fused!, _parameters, _optimizer,
                    new CudaStep.StepForm(MicroSequences, settings.Cuda == CudaStepMode.Graph, _sum));
        State = [_parameters.Master, .. _optimizer.State];
        if (spec.Recipe.Precision != Precision.Fp16) return;
        _scaler = new LossScaler();
        _scalerState = tensor(_scaler.State, [2]);
        State = [.. State, _scalerState];
    }

    /// <summary>Where it trains.</summary>
    public Device Device { get; }

    /// <summary>The model.</summary>
    public Transformer Model { get; }

    /// <summary>Sequences in one forward and backward pass.</summary>
    public int MicroSequences { get; }

    /// <summary>
    /// Whether steps may be under way after <see cref="Enqueue"/> returns; then asking for their numbers each time
    /// costs speed.
    /// </summary>
    public bool RunsAhead => _onDevice is not null;

    /// <summary>
    /// Whether a gradient that is no number means a step left out (<see cref="LossScaler"/>), not a run that diverged.
    /// </summary>
    public bool SkipsOverflow => _scaler is not null;

    /// <summary>
    /// All that a checkpoint must hold, flat fp32 tensors: weights, what the optimizer keeps, in fp16 the loss scale.
    /// </summary>
    public IReadOnlyList<Tensor> State { get; }

    /// <summary>Number of parameters.</summary>
    public long ParameterCount => _parameters.Count;

    /// <summary>
    /// Has every process of the run begin where rank 0 does, after whose <see cref="OnStateLoaded"/> this comes; alone
    /// it does nothing.
    /// </summary>
    /// <param name="step">Steps done; what other ranks say is not read.</param>
    /// <returns>Steps done, as rank 0 has them.</returns>
    /// <exception cref="PeerLostException">A process is gone.</exception>
    public long SynchronizeStart(long step)
    {
        if (_group is null) return step;
        step = _group.Broadcast(step);
        if (step == 0) return step; // weights are drawn alike everywhere
        foreach (var tensor in State) _group.Broadcast(tensor);
        if (_group.Rank > 0) OnStateLoaded();
        return step;
    }

    /// <summary>One optimizer step, and its numbers at once.</summary>
    /// <param name="step">0 for the first.</param>
    /// <param name="read">Where the batch comes from.</param>
    /// <returns>Mean loss of the batch (nats/token) and the gradient's norm before clipping.</returns>
    public (double Loss, double GradientNorm) Run(long step, ReadBatch read)
    {
        Enqueue(step, read);
        return Drain()[^1];
    }

    /// <summary>
    /// One optimizer step. On a GPU it may still be under way when this returns; the order of all work is kept.
    /// </summary>
    /// <param name="step">0 for the first.</param>
    /// <param name="read">Where the batch comes from.</param>
    public void Enqueue(long step, ReadBatch read)
    {
        var learningRate = LearningRateSchedule.At(_spec.Recipe, step, _spec.Steps);
        if (_next.Step != step) _next = (step, BatchSchedule.SequencesAfter(_spec.Recipe, step, _spec.Steps));
        var sequences = BatchSchedule.SequencesAt(_spec.Recipe, step, _spec.Steps);
        if (_onDevice is not null)
            _onDevice.Enqueue(_next.Sequence, sequences, _optimizer.Control(step + 1, learningRate), read);
        else _done.Add(RunOnHost(step, sequences, learningRate, read));
        Kernels.collect_garbage();
        _next = (step + 1, _next.Sequence + sequences);
    }

    /// <summary>What the steps from one on to the run's end read, in their order.</summary>
    /// <param name="step">0 for the first.</param>
    /// <returns>First sequence and number of sequences of each <see cref="ReadBatch"/>.</returns>
    internal IEnumerable<(long First, int Sequences)> Reads(long step)
    {
        var sequence = BatchSchedule.SequencesAfter(_spec.Recipe, step, _spec.Steps);
        for (; step < _spec.Steps; step++)
        {
            var batch = BatchSchedule.SequencesAt(_spec.Recipe, step, _spec.Steps);
            var (first, own) = _group?.ShareOf(batch) ?? (0, batch);
            var most = _onDevice is null ? MicroSequences : own;
            for (var done = 0; done < own; done += most)
                yield return (sequence + first + done, Math.Min(most, own - done));
            sequence += batch;
        }
    }

    /// <summary>Loss and gradient norm of every step enqueued since the last call, in order; waits for them.</summary>
    public IReadOnlyList<(double Loss, double GradientNorm)> Drain()
    {
        if (_onDevice is not null) return _onDevice.Drain();
        (double, double)[] done = [.. _done];
        _done.Clear();
        return done;
    }

    /// <summary>Shows the model the weights after <see cref="State"/> was filled from a checkpoint.</summary>
    public void OnStateLoaded()
    {
        _parameters.SyncModelWeights();
        if (_scalerState is not null) _scaler!.Resume(MemoryMarshal.Cast<byte, float>(_scalerState.bytes));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _onDevice?.Dispose();
        _sum?.Dispose();
        _optimizer.Dispose();
        Model.Dispose();
        _parameters.Dispose();
        _teacher?.Dispose();
        _scalerState?.Dispose();
    }

    /// <summary>Has the device begin.</summary>
    /// <returns>Whether it makes the model's steps by fused blocks.</returns>
    private bool InitializeDevice(WorkerSettings settings)
    {
        if (Device.type != DeviceType.CUDA) return false;
        if (settings.MemoryBytes is { } most) Kernels.limit_memory(Device, most);
        empty(1, device: Device).Dispose();
        return KernelPath.IsFused(_spec.Shape, _spec.Recipe, settings, CudaBlocks.AreSupported(Device),
            CudaBlocks.SupportFloat8(Device));
    }

    /// <summary>
    /// Gradients of this rank's share of the batch, micro-batch by micro-batch, the sum over the ranks, then the
    /// update, each waited for.
    /// </summary>
    private (double Loss, double GradientNorm) RunOnHost(long step, int batch, double learningRate, ReadBatch read)
    {
        _parameters.ClearGradient();
        double loss = 0;
        var context = _spec.Shape.Context;
        var (first, own) = _group?.ShareOf(batch) ?? (0, batch);
        for (var done = 0; done < own; done += MicroSequences)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(MicroSequences, own - done);
            var (inputs, targets) = (new long[count * context], new long[count * context]);
            read(_next.Sequence + first + done, count, inputs, targets);
            var share = (double)count / batch;
            loss += share * _pass.Run(
                tensor(inputs, [count, context], device: Device), tensor(targets, [count, context], device: Device),
                share, _scaler?.Scale ?? 1);
            _parameters.AccumulateGradient();
        }

        if (_sum is not null) _sum.Run();
        else _group?.AllReduce(MemoryMarshal.Cast<byte, float>(_parameters.Gradient.bytes));
        if (_group is not null) loss = _group.AllReduce(loss);
        if (_scaler is null) return (loss, _optimizer.Step(step + 1, learningRate));
        _parameters.Gradient.mul_(1 / _scaler.Scale);
        var norm = _optimizer.Step(step + 1, learningRate);
        if (!_scaler.Update(overflowed: !double.IsFinite(norm))) throw new DivergedException(step + 1, loss, norm);
        _scaler.State.CopyTo(MemoryMarshal.Cast<byte, float>(_scalerState!.bytes));
        return (loss, norm);
    }
}
