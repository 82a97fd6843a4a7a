using ScalingLab.Dashboard.Curves;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Summaries;

/// <summary>All that is known of one run.</summary>
/// <param name="Run">How it stands.</param>
/// <param name="Sweep">The sweep that it was asked for of.</param>
/// <param name="Title">What it is called: model, budget or tokens, what the sweep varies, seed.</param>
/// <param name="Spec">All that decides its result.</param>
/// <param name="Attempts">Its attempts, first to last.</param>
/// <param name="Curve">Its curve, at most 1,000 points; absent before the first.</param>
internal sealed record RunPage(
    RunLine Run, string Sweep, string Title, RunSpec Spec, IReadOnlyList<AttemptLine> Attempts, RunCurve? Curve)
{
    /// <summary>What the machine did, as last measured; absent before.</summary>
    public RunTelemetry? Telemetry { get; init; }

    /// <summary>
    /// The command that has its model write text, for a shell of this machine; absent where the run has not completed
    /// or its checkpoint is not here.
    /// </summary>
    public string? SampleCommand { get; init; }
}

/// <summary>One attempt at a run.</summary>
/// <param name="Number">Which attempt, from 1.</param>
/// <param name="Fence">Its fencing number.</param>
/// <param name="Node">The node that made it.</param>
/// <param name="Device">The device there; absent where it is not known.</param>
/// <param name="Began">When the run was claimed for it.</param>
/// <param name="Ended">When it ended; absent while it runs.</param>
/// <param name="Outcome">What its end meant for the run; absent while it runs.</param>
/// <param name="FailureKind">The class of failure; absent where it did not fail.</param>
/// <param name="Message">The failure in words.</param>
/// <param name="Log">Whether its log is on this machine.</param>
internal sealed record AttemptLine(
    int Number, long Fence, string Node, string? Device, DateTimeOffset Began, DateTimeOffset? Ended,
        RunEvent? Outcome, FailureKind? FailureKind,
    string? Message, bool Log)
{
    public static AttemptLine From(AttemptRecord attempt, StateFiles files) => new(
        attempt.Number, attempt.Fence, attempt.Node, attempt.Device, attempt.Began, attempt.Ended, attempt.Outcome,
            attempt.Failure, attempt.Message,
        files.HasLog(attempt.Run, attempt.Number));
}

/// <summary>What the machine did up to the newest point that says so. What could not be measured is absent.</summary>
internal sealed record RunTelemetry
{
    /// <summary>The step of that point.</summary>
    public required long Step { get; init; }

    /// <summary>Learning rate of the step.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Norm of the whole gradient before clipping.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Training tokens a second of time in training steps.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Exact training FLOPs a second of time in training steps.</summary>
    public double? FlopsPerSecond { get; init; }

    /// <summary>Model FLOPs utilisation, 0 to 1.</summary>
    public double? Mfu { get; init; }

    /// <summary>Share of the time in which the host waited for batches, 0 to 1.</summary>
    public double? DataWaitShare { get; init; }

    /// <summary>Share of the time in which the device was busy, 0 to 1.</summary>
    public double? DeviceUtilisation { get; init; }

    /// <summary>Mean power, watts.</summary>
    public double? PowerWatts { get; init; }

    /// <summary>Energy so far, joules.</summary>
    public double? EnergyJoules { get; init; }

    /// <summary>Largest memory so far, bytes.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>That of the points; null where none says anything.</summary>
    public static RunTelemetry? Latest(IReadOnlyList<MetricPoint> points)
    {
        if (points.LastOrDefault(p => p.Telemetry is not null) is not { Telemetry: { } newest } point) return null;
        var joules = points.Select(p => p.Telemetry?.EnergyJoules).OfType<double>().ToList();
        return new RunTelemetry
        {
            Step = point.Step,
            LearningRate = point.LearningRate,
            GradientNorm = point.GradientNorm,
            TokensPerSecond = newest.TokensPerSecond,
            FlopsPerSecond = newest.FlopsPerSecond,
            Mfu = newest.Mfu,
            DataWaitShare = newest.DataWaitShare,
            DeviceUtilisation = newest.DeviceUtilisation,
            PowerWatts = newest.PowerWatts,
            EnergyJoules = joules.Count > 0 ? joules.Sum() : null,
            MemoryBytes = newest.PeakMemoryBytes,
        };
    }
}

/// <summary>
/// A run's curve as columns of one length, by step, with what else its points say. A number that is missing or not
/// finite is null.
/// </summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Tokens">Tokens trained on so far.</param>
/// <param name="Flops">Exact training FLOPs spent so far.</param>
/// <param name="Seconds">Time in training steps so far; null from where the speed was not recorded.</param>
/// <param name="LossTrain">Mean training loss since the point before, nats/token.</param>
/// <param name="LossValidation">Loss on the fixed validation set, nats/token.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="GradientNorm">Norm of the whole gradient before clipping.</param>
/// <param name="TokensPerSecond">Training tokens a second since the point before.</param>
/// <param name="PowerWatts">Mean power since the point before, watts.</param>
internal sealed record RunCurve(
    IReadOnlyList<long> Step, IReadOnlyList<long> Tokens, IReadOnlyList<double> Flops, IReadOnlyList<double?> Seconds,
        IReadOnlyList<double?> LossTrain,
    IReadOnlyList<double?> LossValidation, IReadOnlyList<double?> LearningRate, IReadOnlyList<double?> GradientNorm,
    IReadOnlyList<double?> TokensPerSecond, IReadOnlyList<double?> PowerWatts)
{
    private const int MaxPoints = 1000;

    /// <summary>The points as columns, thinned; null where there are none.</summary>
    public static RunCurve? From(RunId run, RunSpec spec, IReadOnlyList<MetricPoint> points)
    {
        if (points.Count == 0) return null;
        var held = new ThinnedCurve(MaxPoints);
        held.Replace([.. points.Select(p =>
            new CurveRow(p.Step, p.Tokens, p.LossTrain, p.LossValidation, p.Telemetry?.TokensPerSecond))]);
        var curve = RunPoints.Create(run, spec.FlopsPerToken, 0, held.Points);
        var kept = curve.Step.ToHashSet();
        var there = points.Where(p => kept.Contains(p.Step)).ToList();
        return new RunCurve(
            curve.Step, curve.Tokens, curve.Flops, curve.Seconds, curve.LossTrain, curve.LossValidation,
                Column(p => p.LearningRate),
            Column(p => p.GradientNorm), Column(p => p.Telemetry?.TokensPerSecond),
                Column(p => p.Telemetry?.PowerWatts));

        List<double?> Column(Func<MetricPoint, double?> value) =>
            there.ConvertAll(p => value(p) is { } v && double.IsFinite(v) ? v : (double?)null);
    }
}
