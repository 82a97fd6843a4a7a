using System.Diagnostics;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Parsing;
using ScalingLab.Training.Checkpoints;
using ScalingLab.Training.Steps;
using ScalingLab.Training.Telemetry;
using ScalingLab.Worker.Attempts;

namespace ScalingLab.Worker.Diagnostics;

/// <summary>
/// Times what runs on a processor are made of (steps, evaluation, checkpoint, making of a model), order after order in
/// one process, for a model of their times.
/// </summary>
internal static class PartsBenchmark
{
    private const int LeastSteps = 3;
    private const int Passes = 3;
    private static readonly TimeSpan Stepping = TimeSpan.FromSeconds(0.8);

    /// <summary>
    /// Reads work orders, a line each (data is not touched; a checkpoint is written into the order's folder), and
    /// prints a <see cref="ShapeTiming"/> for each.
    /// </summary>
    public static int Run(TextReader input, MessageChannel protocol)
    {
        var rates = new Dictionary<Precision, ProcessorRates>();
        while (BoundedLines.ReadLine(input, Order.MaxLength) is { } line)
        {
            var order = Order.Parse<WorkOrder>(line);
            Attempt.Check(order.Spec);
            Attempt.Check(order.Settings);
            protocol.WriteLine(RunJson.Serialize(Measure(order, rates)));
            MachineInfo.ResetForNextRun();
        }

        return 0;
    }

    private static ShapeTiming Measure(WorkOrder order, Dictionary<Precision, ProcessorRates> rates)
    {
        var (spec, settings) = (order.Spec, order.Settings);
        var read = StepBenchmark.RandomTokens(spec);
        var begun = Stopwatch.GetTimestamp();
        using var training = new TrainingStep(spec, settings);
        if (training.Device.type != DeviceType.CPU)
            throw new InputException("settings.device", $"is {settings.Device}; parts are timed on a processor");
        training.Run(0, read);
        var (first, since) = (Stopwatch.GetElapsedTime(begun).TotalSeconds, SinceStart());
        var precision = spec.Recipe.Precision;
        if (!rates.TryGetValue(precision, out var attained))
        {
            rates[precision] = attained = DevicePeak.Rates(training.Device, precision);
            MachineInfo.ResetForNextRun();
        }

        var step = StepSeconds(training, read, spec.Steps);
        var (pass, tokens) = (EvaluationSeconds(training, spec), (long)training.MicroSequences * spec.Shape.Context);
        var checkpoint = CheckpointSeconds(training, order);
        return new ShapeTiming(step, pass, tokens, Math.Max(0, first - step), checkpoint, since,
            MachineInfo.PeakMemoryBytes(training.Device), attained,
            MachineInfo.Device(training.Device, settings.Threads), MachineInfo.Engine, MachineInfo.EngineVersion);
    }

    private static double StepSeconds(TrainingStep training, ReadBatch read, long most)
    {
        training.Run(1, read);
        var (seconds, whole) = (new List<double>(), Stopwatch.StartNew());
        for (long step = 2; step < most && (seconds.Count < LeastSteps || whole.Elapsed < Stepping); step++)
        {
            var begun = Stopwatch.GetTimestamp();
            training.Run(step, read);
            seconds.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }

        return Median(seconds);
    }

    private static double EvaluationSeconds(TrainingStep training, RunSpec spec)
    {
        using var quiet = no_grad();
        var (sequences, context) = (training.MicroSequences, spec.Shape.Context);
        var (inputs, targets) = (new long[sequences * context], new long[sequences * context]);
        StepBenchmark.RandomTokens(spec)(0, sequences, inputs, targets);
        return MedianOf(() =>
        {
            using var scope = NewDisposeScope();
            _ = training.Model.Loss(tensor(inputs, [sequences, context]), tensor(targets, [sequences, context]))
                .item<float>();
        });
    }

    private static double? CheckpointSeconds(TrainingStep training, WorkOrder order)
    {
        if (order.Settings.CheckpointFolder is not { Length: > 0 } folder) return null;
        var checkpoints = new CheckpointFolder(folder);
        var step = 0;
        return MedianOf(() => checkpoints.Save(
            new TrainingProgress(order.Spec.Id.Value, ++step, 0, 0, 0, step, []), training.State));
    }

    private static double MedianOf(Action act)
    {
        var seconds = new List<double>();
        for (var i = 0; i < Passes; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            act();
            seconds.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }

        return Median(seconds);
    }

    private static double Median(List<double> seconds) => seconds.Order().ElementAt(seconds.Count / 2);

    private static double SinceStart()
    {
        using var itself = Process.GetCurrentProcess();
        return (TimeProvider.System.GetLocalNow() - itself.StartTime).TotalSeconds;
    }
}
