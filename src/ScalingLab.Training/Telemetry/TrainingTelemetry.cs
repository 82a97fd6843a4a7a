using System.Diagnostics;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Telemetry;

/// <summary>
/// Sums over a run, its earlier attempts included. What any part of the run could not measure is null.
/// </summary>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="TrainSeconds">Time in training steps.</param>
/// <param name="MeterSeconds">Time in which the device was watched.</param>
/// <param name="WaitSeconds">Of the training time, that in which the host waited for batches.</param>
/// <param name="EnergyJoules">Energy in the time watched.</param>
/// <param name="BusySeconds">Utilisation times that time.</param>
public sealed record TelemetrySums(
    long Tokens, double TrainSeconds, double MeterSeconds, double? WaitSeconds = null, double? EnergyJoules = null,
    double? BusySeconds = null)
{
    internal bool HasNegative =>
        Tokens < 0 || TrainSeconds < 0 || MeterSeconds < 0 || WaitSeconds < 0 || EnergyJoules < 0 || BusySeconds < 0;
}

/// <summary>
/// What a checkpoint keeps of the telemetry: the sums at the checkpoint and at the last point of the curves, and the
/// spikes.
/// </summary>
public sealed record TelemetryProgress(TelemetrySums Now, TelemetrySums AtPoint, SpikeProgress? Spikes = null)
{
    /// <summary>
    /// What a run that branches off here takes over: the spikes of the curve, nothing of the time and the energy, which
    /// are the other run's.
    /// </summary>
    public TelemetryProgress ForBranch()
    {
        var begun = new TelemetrySums(Now.Tokens, 0, 0, 0, 0, 0);
        return new TelemetryProgress(begun, begun, Spikes);
    }
}

/// <summary>
/// What the machine does while one run trains, by interval and in all. It watches: no number of training depends on it.
/// </summary>
public sealed class TrainingTelemetry : IDisposable
{
    private readonly RunSpec _spec;
    private readonly WorkerSettings _settings;
    private readonly torch.Device _device;
    private readonly DeviceMeter? _meter;
    private readonly double? _peak; // FLOPs a second of all devices
    private readonly double _flopsPerToken;

    private SpikeDetector? _spikes = new();
    private TelemetrySums _before = Zero;
    private TelemetrySums _atPoint = Zero;
    private long _waited;

    /// <summary>Finds the device's peak and its instruments and begins to watch.</summary>
    /// <param name="order">The run; its settings say where measured peaks are kept.</param>
    /// <param name="device">Where it trains, with the worker's threads set.</param>
    /// <param name="watch">Opens the device's meter, once its peak is known; closed with this.</param>
    public TrainingTelemetry(WorkOrder order, torch.Device device, Func<DeviceMeter?> watch)
    {
        (_spec, _settings, _device) = (order.Spec, order.Settings, device);
        _flopsPerToken = _spec.Flops / _spec.Tokens;
        _peak = _settings.Gpus
            * DevicePeak.Find(device, MachineInfo.Device(device, _settings.Threads), _spec.Recipe.Precision,
                _settings.PeaksFile)?.FlopsPerSecond;
        _meter = watch();
    }

    private static TelemetrySums Zero { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>
    /// Goes on from a checkpoint; one without telemetry leaves absent whatever is a sum over the whole run.
    /// </summary>
    public void Resume(TelemetryProgress? progress, long tokens, double trainSeconds)
    {
        if (progress is null)
        {
            _before = _atPoint = new TelemetrySums(tokens, trainSeconds, 0);
            _spikes = null;
            return;
        }

        (_before, _atPoint) = (progress.Now, progress.AtPoint);
        _spikes = progress.Spikes is { } spikes ? new SpikeDetector(spikes) : null;
    }

    /// <summary>The reader, its time counted.</summary>
    public ReadBatch TimeReads(ReadBatch read) => (first, sequences, inputs, targets) =>
    {
        var begun = Stopwatch.GetTimestamp();
        read(first, sequences, inputs, targets);
        _waited += Stopwatch.GetTimestamp() - begun;
    };

    /// <summary>Takes in a step's loss.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="loss">Finite.</param>
    public void Observe(long step, double loss) => _spikes?.Observe(step, loss);

    /// <summary>What happened since the last interval.</summary>
    /// <param name="tokens">Tokens trained on.</param>
    /// <param name="trainSeconds">Time in training steps, earlier attempts included.</param>
    public IntervalTelemetry Interval(long tokens, double trainSeconds)
    {
        var (last, now) = (_atPoint, Sums(tokens, trainSeconds));
        _atPoint = now;
        var seconds = now.TrainSeconds - last.TrainSeconds;
        var speed = Share(now.Tokens - last.Tokens, seconds);
        var metered = now.MeterSeconds - last.MeterSeconds;
        return new IntervalTelemetry
        {
            TokensPerSecond = speed,
            FlopsPerSecond = speed * _flopsPerToken,
            Mfu = Utilisation(speed),
            DataWaitShare = Share(now.WaitSeconds - last.WaitSeconds, seconds),
            DeviceUtilisation = AtMostOne(Share(now.BusySeconds - last.BusySeconds, metered)),
            EnergyJoules = metered > 0 ? now.EnergyJoules - last.EnergyJoules : null,
            PowerWatts = Share(now.EnergyJoules - last.EnergyJoules, metered),
            PeakMemoryBytes = MachineInfo.PeakMemoryBytes(_device),
        };
    }

    /// <summary>What a checkpoint keeps.</summary>
    /// <param name="tokens">Tokens trained on.</param>
    /// <param name="trainSeconds">Time in training steps, earlier attempts included.</param>
    public TelemetryProgress Progress(long tokens, double trainSeconds) =>
        new(Sums(tokens, trainSeconds), _atPoint, _spikes?.Progress);

    /// <summary>The result with what was seen over the whole run.</summary>
    public RunResult AddTo(RunResult result, double trainSeconds)
    {
        var (sums, mfu) = (Sums(_spec.Tokens, trainSeconds), Utilisation(result.TokensPerSecond));
        return result with
        {
            Mfu = mfu,
            PeakFlopsPerSecond = mfu is null ? null : _peak,
            DataWaitShare = Share(sums.WaitSeconds, sums.TrainSeconds),
            DeviceUtilisation = AtMostOne(Share(sums.BusySeconds, sums.MeterSeconds)),
            EnergyJoules = sums.EnergyJoules,
            EnergySource = sums.EnergyJoules is null ? null : _meter?.Source,
            PowerWattsMean = Share(sums.EnergyJoules, sums.MeterSeconds),
            GridIntensity = _settings.GridIntensity,
            LossSpikes = _spikes?.Count,
            FirstSpikeStep = _spikes?.FirstStep,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _meter?.Dispose();

    // Nothing trains faster than its devices' peak: one that seems to was measured while others had the device.
    private double? Utilisation(double? tokensPerSecond) =>
        tokensPerSecond * _flopsPerToken / _peak is { } share and <= 1 ? share : null;

    private static double? Share(double? part, double whole) => whole > 0 ? part / whole : null;

    // A difference of sums is rounded: a device that never rested came to 1.0000000000000002.
    private static double? AtMostOne(double? share) => share is { } s ? Math.Min(s, 1) : null;

    private TelemetrySums Sums(long tokens, double trainSeconds)
    {
        var meter = _meter?.Totals();
        return new TelemetrySums(
            tokens,
            trainSeconds,
            _before.MeterSeconds + (meter?.Seconds ?? 0),
            _before.WaitSeconds + ((double)_waited / Stopwatch.Frequency),
            _before.EnergyJoules + meter?.Joules,
            _before.BusySeconds + meter?.BusySeconds);
    }
}
