using System.Diagnostics;
using ScalingLab.Data;
using ScalingLab.Data.Batches;
using ScalingLab.Data.Datasets;
using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Training.Checkpoints;
using ScalingLab.Training.Inference;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Steps;
using ScalingLab.Training.Telemetry;

namespace ScalingLab.Training;

/// <summary>One run from its first, or its next, step to its result.</summary>
public sealed class TrainingLoop : IDisposable
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(0.5);

    private readonly RunSpec _spec;
    private readonly WorkerSettings _settings;
    private readonly Action<WorkerMessage> _send;
    private readonly RunText _text;
    private readonly TrainingStep _training;
    private readonly CheckpointFolder _checkpoints;
    private readonly CheckpointFolder? _trunk;
    private readonly CheckpointWriter _writer;
    private readonly TrainingTelemetry _telemetry;
    private readonly HashSet<long> _curveSteps;
    private readonly HashSet<long> _evaluationSteps;

    private readonly List<MetricPoint> _points = [];
    private long _step;
    private double _lossSum;
    private long _lossCount;
    private (double Loss, double GradientNorm) _last;
    private MixtureLoss? _lossValidation;
    private double _trainSeconds;
    private double _wallSecondsBefore;
    private long? _trunkSteps;
    private string _engine = EngineNames.With(null, MachineInfo.Engine);

    /// <summary>Makes model, optimizer and data readers.</summary>
    /// <param name="order">The run and its settings.</param>
    /// <param name="data">The prepared text, already checked against the spec.</param>
    /// <param name="say">Where messages go.</param>
    /// <param name="group">The processes that train it together, of which this is rank 0; null where it is
    /// alone.</param>
    public TrainingLoop(WorkOrder order, PreparedData data, Action<WorkerMessage> say, ProcessGroup? group = null)
    {
        (_spec, _settings, _send) = (order.Spec, order.Settings, say);
        _text = OpenText(_spec, data);
        _training = new TrainingStep(_spec, _settings, group);
        _checkpoints = new CheckpointFolder(_settings.CheckpointFolder);
        _writer = new CheckpointWriter(_training.State, beside: _training.RunsAhead);
        if (_settings.TrunkFolder is { } trunk) _trunk = new CheckpointFolder(trunk, kept: int.MaxValue);
        _telemetry =
            new TrainingTelemetry(order, _training.Device, () => DeviceMeter.Open(_training.Device, _settings));
        _curveSteps = EvenlySpacedSteps(_settings.CurvePoints, _spec.Steps);
        _evaluationSteps = EvenlySpacedSteps(_settings.Evaluations, _spec.Steps);
    }

    /// <summary>
    /// Trains to the end. Goes on from the newest checkpoint of this run if there is one, else from the end of its
    /// trunk where another run has left one; on a CPU with the same threads the end is then bit for bit that of a run
    /// without a break.
    /// </summary>
    /// <param name="stop">Asked to stop: a checkpoint is written, then <see cref="OperationCanceledException"/>
    /// thrown.</param>
    /// <exception cref="DivergedException">The loss or the gradient became NaN or infinite.</exception>
    public RunResult Train(CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        Resume();
        _training.SynchronizeStart(_step);
        var where = MachineInfo.Device(_training.Device, _settings.Threads);
        _send(new WorkerMessage.Started(_step, where, _settings.Threads, _training.ParameterCount,
            MachineInfo.EngineVersion, RejectedCheckpoints()));
        foreach (var point in _points) _send(new WorkerMessage.Measured(point));

        using var batches = new BatchPrefetcher(_text.Read, _training.Reads(_step), _spec.Shape.Context);
        var read = _telemetry.TimeReads(batches.Read);
        var lastSaved = (Step: _step, At: clock.Elapsed);
        var lastSaid = clock.Elapsed;
        while (_step < _spec.Steps)
        {
            var begun = clock.Elapsed;
            _training.Enqueue(_step, read);
            _step++;
            var measured = _curveSteps.Contains(_step) || _evaluationSteps.Contains(_step);
            var said = clock.Elapsed - lastSaid >= ProgressEvery;
            var due = _settings.CheckpointSteps is { } every
                ? _step - lastSaved.Step >= every
                : !_writer.IsBusy
                && IsDue((clock.Elapsed - lastSaved.At).TotalSeconds, _settings.CheckpointSeconds, _writer.LastSeconds,
                    SecondsLeft());
            due |= _settings.TrunkSteps.Contains(_step);
            var stopping = stop.IsCancellationRequested;
            if (measured || said || due || stopping || _step == _spec.Steps || !_training.RunsAhead) DrainSteps();
            _trainSeconds += (clock.Elapsed - begun).TotalSeconds;
            if (measured) Measure(_last.GradientNorm);

            if (said)
            {
                _send(new WorkerMessage.Progress(_step, _spec.Steps, _last.Loss, Speed()));
                lastSaid = clock.Elapsed;
            }

            if (due || stopping || _step == _spec.Steps)
            {
                Save(clock.Elapsed);
                lastSaved = (_step, clock.Elapsed);
            }

            if (lastSaved.Step != _step || !stop.IsCancellationRequested) continue;
            ReportSaved(_writer.Wait());
            if (_step < _spec.Steps) stop.ThrowIfCancellationRequested(); // what is done is saved
        }

        ReportSaved(_writer.Wait());
        return Result(clock.Elapsed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _telemetry.Dispose();
        _writer.Dispose();
        _training.Dispose();
        _text.Dispose();
    }

    /// <summary>Waits for the steps under way and takes in their numbers.</summary>
    private void DrainSteps()
    {
        var settled = _training.Drain();
        for (var i = 0; i < settled.Count; i++)
        {
            _last = settled[i];
            if (!double.IsFinite(_last.Loss) || (!double.IsFinite(_last.GradientNorm) && !_training.SkipsOverflow))
                throw new DivergedException(_step - settled.Count + i + 1, _last.Loss, _last.GradientNorm);
            (_lossSum, _lossCount) = (_lossSum + _last.Loss, _lossCount + 1);
            _telemetry.Observe(_step - settled.Count + i + 1, _last.Loss);
        }
    }

    /// <summary>
    /// Adds a point to the curves: the mean training loss since the last point and, where due, the validation loss.
    /// </summary>
    private void Measure(double gradientNorm)
    {
        var point = new MetricPoint(
            _step,
            _spec.TokensAfter(_step),
            LossTrain: _lossSum / _lossCount,
            LossValidation: _evaluationSteps.Contains(_step) ? (_lossValidation = Evaluate()).Mean : null,
            LearningRate: LearningRateSchedule.At(_spec.Recipe, _step - 1, _spec.Steps),
            GradientNorm: double.IsFinite(gradientNorm) ? gradientNorm : null,
            Telemetry: _telemetry.Interval(_spec.TokensAfter(_step), _trainSeconds));
        (_lossSum, _lossCount) = (0, 0);
        _points.Add(point);
        _send(new WorkerMessage.Measured(point));
    }

    /// <summary>Tokens a second of training steps, by this run's own.</summary>
    private double Speed() => (_spec.TokensAfter(_step) - _spec.TokensAfter(_trunkSteps ?? 0)) / _trainSeconds;

    /// <summary>Time to the end of the run at its speed so far; no number before there is one.</summary>
    private double SecondsLeft() => (_spec.Tokens - _spec.TokensAfter(_step)) / Speed();

    /// <summary>
    /// Whether a checkpoint is begun: when the last is old enough, unless it could not be whole before the run ends,
    /// which writes one anyway. All in seconds.
    /// </summary>
    /// <param name="age">Since the last was begun.</param>
    /// <param name="interval">What age is enough.</param>
    /// <param name="took">How long the last took to write.</param>
    /// <param name="left">To the end of the run; may be no number.</param>
    internal static bool IsDue(double age, double interval, double took, double left) =>
        age >= interval && !(left < took);

    /// <summary>The text of a run, for training and evaluation.</summary>
    internal static RunText OpenText(RunSpec spec, PreparedData data) =>
        RunText.Open(data, new(spec.Shape.Context, unchecked((ulong)spec.Seed), spec.Recipe.EvaluationTokens)
        {
            Mixture = spec.Data.Sources?.Select(source => (source.Name, source.Weight)).ToList(),
            UniqueTokens = spec.Data.UniqueTokens,
            Packing = spec.Data.Packing,
        });

    private MixtureLoss Evaluate() =>
        Validation.Loss(_training.Model, _text, _training.MicroSequences, _training.Device);

    private void Resume()
    {
        _checkpoints.RemoveAbandoned();
        var progress = _checkpoints.Load(_spec.Id.Value, _training.State, _spec.Steps, problem: Problem);
        if (progress is null && Trunk.KeyOf(_spec) is { } trunk)
            progress = _trunk?.Load(trunk, _training.State, Trunk.StepsOf(_spec), problem: Problem);
        if (progress is null) return;
        (_step, _trunkSteps, _engine) =
            (progress.Step, progress.TrunkSteps, EngineNames.With(progress.Engine, MachineInfo.Engine));
        (_trainSeconds, _wallSecondsBefore) = (progress.TrainSeconds, progress.WallSeconds);
        (_lossSum, _lossCount) = (progress.LossSum, progress.LossCount);
        _points.AddRange(progress.Points);
        _telemetry.Resume(progress.Telemetry, _spec.TokensAfter(_step), _trainSeconds);
        _training.OnStateLoaded();
    }

    /// <summary>What this run's lengths say against a checkpoint.</summary>
    private string? Problem(TrainingProgress progress)
    {
        if (progress.Points.Any(point => point.Tokens != _spec.TokensAfter(point.Step)))
            return "its curve is of another batch";
        return progress.Step == _spec.Steps && progress.Points is not [.., { LossValidation: not null }]
            ? "it is at the end without the last loss" : null;
    }

    private List<string>? RejectedCheckpoints()
    {
        List<string> files = [.. _checkpoints.Rejected, .. _trunk?.Rejected ?? []];
        return files.Count > 0 ? files : null;
    }

    private void Save(TimeSpan elapsed)
    {
        var progress = new TrainingProgress(
            _spec.Id.Value, _step, _trainSeconds, _wallSecondsBefore + elapsed.TotalSeconds, _lossSum, _lossCount,
            [.. _points], _trunkSteps,
            _telemetry.Progress(_spec.TokensAfter(_step), _trainSeconds), _engine);
        var trunk = _settings.TrunkSteps.Contains(_step) && _trunk?.Has(_step) == false ? _trunk : null;
        ReportSaved(_writer.Save(_step, state =>
        {
            trunk?.Save(AsTrunkProgress(progress), state);
            _checkpoints.Save(progress, state);
        }));
    }

    private void ReportSaved(IReadOnlyList<long> saved)
    {
        foreach (var step in saved) _send(new WorkerMessage.CheckpointSaved(step));
    }

    /// <summary>What a branch goes on from: another run's name, time and energy are not its own.</summary>
    private TrainingProgress AsTrunkProgress(TrainingProgress progress) => progress with
    {
        Run = Trunk.KeyOf(_spec)!, TrainSeconds = 0, WallSeconds = 0, TrunkSteps = progress.Step,
            Telemetry = progress.Telemetry?.ForBranch(),
    };

    private RunResult Result(TimeSpan elapsed)
    {
        var loss = _points[^1].LossValidation
            ?? throw new InvalidOperationException("the last point of a run is an evaluation");
        var result = new RunResult
        {
            LossValidation = loss,
            BitsPerByte = _text.BytesPerToken is { } bytes ? LossUnits.BitsPerByte(loss, bytes) : null,
            LossUnigram = _text.UnigramLoss(),
            Entropy = _text.Entropy(),
            EvaluationTokens = _text.Sources.Sum(source => source.Validation.Tokens),
            // Without end each token is new.
            Epochs = _text.UniqueTokens is { } unique ? _text.TextShare * _spec.Tokens / unique : 1,
            Sources = _spec.Data.Sources is null ? null : SourceResults(),
            WallSeconds = _wallSecondsBefore + elapsed.TotalSeconds,
            TokensPerSecond = Speed(),
            TrunkSteps = _trunkSteps,
            PeakMemoryBytes = MachineInfo.PeakMemoryBytes(_training.Device),
            PredictedPeakBytes = MemoryEstimate.For(_spec, _settings).Peak,
            Recompute = _settings.Recompute,
            MicroBatchTokens = _training.MicroSequences * _spec.Shape.Context,
            Device = MachineInfo.Device(_training.Device, _settings.Threads),
            Engine = _engine,
            Threads = _settings.Threads,
            Gpus = _settings.Gpus > 1 ? _settings.Gpus : null,
        };
        return _telemetry.AddTo(result, _trainSeconds);
    }

    /// <summary>
    /// A run that was resumed behind its last evaluation is measured again: the checkpoint knows the mean alone.
    /// </summary>
    private List<SourceResult> SourceResults() =>
        [.. (_lossValidation ?? Evaluate()).Losses.Select((loss, i) => new SourceResult(
        _text.Sources[i].Name,
        loss,
        LossUnits.BitsPerByte(loss, _text.Sources[i].Validation.BytesPerToken!.Value),
        _text.Epochs(i, _spec.Tokens / _spec.Shape.Context)))];

    /// <summary>
    /// At most <paramref name="count"/> steps spread evenly over 1..steps, the last step always among them.
    /// </summary>
    private static HashSet<long> EvenlySpacedSteps(int count, long steps)
    {
        var wanted = Math.Clamp(count, 1, steps);
        return [.. Enumerable.Range(1, (int)wanted).Select(i => (long)Math.Round((double)i * steps / wanted))];
    }
}
