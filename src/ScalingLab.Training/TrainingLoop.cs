using System.Diagnostics;
using ScalingLab.Data;
using ScalingLab.Runs;
using ScalingLab.Torch;
using static ScalingLab.Torch.torch;

namespace ScalingLab.Training;

/// <summary>The loss or the gradient stopped being a number.</summary>
public sealed class DivergedException(long step, double loss, double gradientNorm)
    : Exception($"step {step}: the loss is {loss}, the gradient's norm {gradientNorm}; lower the learning rate or raise the warm-up")
{
    /// <summary>The step that diverged, from 1.</summary>
    public long Step => step;
}

/// <summary>One run from its first, or its next, step to its result.</summary>
public sealed class TrainingLoop : IDisposable
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(0.5);

    private readonly RunSpec spec;
    private readonly WorkerSettings settings;
    private readonly PreparedData data;
    private readonly Action<WorkerMessage> say;
    private readonly Device device;
    private readonly TokenShard trainText;
    private readonly TokenShard validationText;
    private readonly BatchReader batches;
    private readonly EvaluationWindows windows;
    private readonly ParameterBuffer parameters;
    private readonly Transformer model;
    private readonly AdamW optimizer;
    private readonly CheckpointFolder checkpoints;
    private readonly IReadOnlyList<Tensor> state;
    private readonly int microSequences;
    private readonly HashSet<long> curveSteps;
    private readonly HashSet<long> evaluationSteps;

    private readonly List<MetricPoint> points = [];
    private long step;
    private double lossSum;
    private long lossCount;
    private double trainSeconds;
    private double wallSecondsBefore;

    /// <summary>Makes model, optimizer and data readers. libtorch's threads are those of the settings from here on.</summary>
    /// <param name="order">The run and its settings.</param>
    /// <param name="data">The prepared text, already checked against the spec.</param>
    /// <param name="say">Where messages go.</param>
    public TrainingLoop(WorkOrder order, PreparedData data, Action<WorkerMessage> say)
    {
        (spec, settings, this.data, this.say) = (order.Spec, order.Settings, data, say);
        set_num_threads(settings.Threads);
        Kernels.set_flush_denormal(true);
        device = torch.device(settings.Device);
        trainText = TokenShard.Open(data.TrainFile);
        validationText = TokenShard.Open(data.ValidationFile);
        batches = new BatchReader(trainText, spec.Shape.Context, unchecked((ulong)spec.Seed));
        windows = new EvaluationWindows(validationText, spec.Shape.Context, spec.Recipe.EvaluationTokens);
        parameters = new ParameterBuffer(ParameterSpec.Of(spec.Shape), spec.Recipe.Precision, device, spec.Seed);
        model = new Transformer(spec.Shape, parameters);
        optimizer = new AdamW(parameters, spec.Recipe);
        checkpoints = new CheckpointFolder(settings.CheckpointFolder);
        state = [parameters.Master, optimizer.FirstMoment, optimizer.SecondMoment];
        microSequences = Math.Clamp(settings.MicroBatchTokens / spec.Shape.Context, 1, spec.Recipe.BatchSequences);
        curveSteps = Spread(settings.CurvePoints, spec.Steps);
        evaluationSteps = Spread(settings.Evaluations, spec.Steps);
    }

    /// <summary>
    /// Trains to the end. Goes on from the newest checkpoint of this run if there is one; on a CPU with the same threads the curve is then
    /// bit for bit that of a run without a break.
    /// </summary>
    /// <param name="stop">Asked to stop: a checkpoint is written, then <see cref="OperationCanceledException"/> thrown.</param>
    /// <exception cref="DivergedException">The loss or the gradient became NaN or infinite.</exception>
    public RunResult Train(CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        Resume();
        say(new WorkerMessage.Started(step, MachineFacts.Device(device, settings.Threads), settings.Threads, parameters.Count, MachineFacts.Engine));
        foreach (var point in points) say(new WorkerMessage.Measured(point));

        var lastSaved = (Step: step, At: clock.Elapsed);
        var lastSaid = clock.Elapsed;
        while (step < spec.Steps)
        {
            var begun = clock.Elapsed;
            var (loss, gradientNorm) = Step();
            trainSeconds += (clock.Elapsed - begun).TotalSeconds;
            if (!double.IsFinite(loss) || !double.IsFinite(gradientNorm)) throw new DivergedException(step + 1, loss, gradientNorm);
            step++;
            (lossSum, lossCount) = (lossSum + loss, lossCount + 1);
            if (curveSteps.Contains(step) || evaluationSteps.Contains(step)) Measure(gradientNorm);

            if (clock.Elapsed - lastSaid >= ProgressEvery)
            {
                say(new WorkerMessage.Progress(step, spec.Steps, loss, step * spec.BatchTokens / trainSeconds));
                lastSaid = clock.Elapsed;
            }

            var due = settings.CheckpointSteps is { } every
                ? step - lastSaved.Step >= every
                : (clock.Elapsed - lastSaved.At).TotalSeconds >= settings.CheckpointSeconds;
            if (due || step == spec.Steps || stop.IsCancellationRequested)
            {
                Save(clock.Elapsed);
                lastSaved = (step, clock.Elapsed);
            }

            if (step < spec.Steps) stop.ThrowIfCancellationRequested();
        }

        return Result(clock.Elapsed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        optimizer.Dispose();
        model.Dispose();
        parameters.Dispose();
        trainText.Dispose();
        validationText.Dispose();
    }

    /// <summary>One optimizer step: gradients of the batch, micro-batch by micro-batch, then the update.</summary>
    private (double Loss, double GradientNorm) Step()
    {
        parameters.ClearGradient();
        double loss = 0;
        var (batch, context) = (spec.Recipe.BatchSequences, spec.Shape.Context);
        for (var done = 0; done < batch; done += microSequences)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(microSequences, batch - done);
            var (inputs, targets) = (new long[count * context], new long[count * context]);
            batches.Read((step * batch) + done, count, inputs, targets);
            var part = model.Loss(tensor(inputs, [count, context], device: device), tensor(targets, [count, context], device: device));
            var share = (double)count / batch;
            (count == batch ? part : part * share).backward();
            parameters.CollectGradient();
            loss += part.item<float>() * share;
        }

        var learningRate = LearningRateSchedule.At(spec.Recipe, step, spec.Steps);
        return (loss, optimizer.Step(step + 1, learningRate));
    }

    /// <summary>Adds a point to the curves: the mean training loss since the last point and, where due, the validation loss.</summary>
    private void Measure(double gradientNorm)
    {
        var point = new MetricPoint(
            step,
            step * spec.BatchTokens,
            LossTrain: lossSum / lossCount,
            LossValidation: evaluationSteps.Contains(step) ? Evaluation.Loss(model, windows, microSequences, device) : null,
            LearningRate: LearningRateSchedule.At(spec.Recipe, step - 1, spec.Steps),
            GradientNorm: gradientNorm);
        (lossSum, lossCount) = (0, 0);
        points.Add(point);
        say(new WorkerMessage.Measured(point));
    }

    private void Resume()
    {
        if (checkpoints.Load(spec.Id.Value, state) is not { } progress) return;
        step = progress.Step;
        (trainSeconds, wallSecondsBefore) = (progress.TrainSeconds, progress.WallSeconds);
        (lossSum, lossCount) = (progress.LossSum, progress.LossCount);
        points.AddRange(progress.Points);
        parameters.PublishWeights();
    }

    private void Save(TimeSpan elapsed)
    {
        checkpoints.Save(
            new TrainingProgress(spec.Id.Value, step, trainSeconds, wallSecondsBefore + elapsed.TotalSeconds, lossSum, lossCount, [.. points]), state);
        say(new WorkerMessage.CheckpointSaved(step));
    }

    private RunResult Result(TimeSpan elapsed)
    {
        var loss = points[^1].LossValidation ?? throw new InvalidOperationException("the last point of a run is an evaluation");
        return new RunResult
        {
            LossValidation = loss,
            BitsPerByte = EvaluationWindows.BitsPerByte(loss, windows.BytesPerToken),
            EvaluationTokens = windows.Tokens,
            Epochs = (double)spec.Tokens / data.TrainTokens,
            WallSeconds = wallSecondsBefore + elapsed.TotalSeconds,
            TokensPerSecond = spec.Tokens / trainSeconds,
            PeakMemoryBytes = MachineFacts.PeakMemoryBytes(device),
            Device = MachineFacts.Device(device, settings.Threads),
            Threads = settings.Threads,
        };
    }

    /// <summary>At most <paramref name="count"/> steps spread evenly over 1..steps, the last step always among them.</summary>
    private static HashSet<long> Spread(int count, long steps)
    {
        var wanted = Math.Clamp(count, 1, steps);
        return [.. Enumerable.Range(1, (int)wanted).Select(i => (long)Math.Round((double)i * steps / wanted))];
    }
}
