using System.Diagnostics;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Training;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Steps;
using ScalingLab.Training.Telemetry;
using ScalingLab.Worker.Attempts;

namespace ScalingLab.Worker.Diagnostics;

/// <summary>Times training steps on random tokens: forward, backward, clipping and update, nothing else.</summary>
internal static class StepBenchmark
{
    private const int WarmUpSteps = 5;
    private const int GroupSteps = 10; // where steps run ahead of the host, their numbers are asked for after so many

    /// <summary>
    /// Reads a work order whose steps are the steps to time (data and checkpoints are not touched) and prints tokens a
    /// second; on a GPU, where asked, the time of each class of kernel too.
    /// </summary>
    /// <param name="input">Holds the order.</param>
    /// <param name="protocol">Gets the answer.</param>
    /// <param name="profile">Whether kernels are timed too.</param>
    /// <param name="warmUp">Steps before those that are timed.</param>
    public static int Run(TextReader input, MessageChannel protocol, bool profile = false, int warmUp = WarmUpSteps)
    {
        var order = Order.Read<WorkOrder>(input);
        var (spec, settings) = (order.Spec, order.Settings);
        Attempt.Check(settings);
        using var ranks = RankProcesses.Start(order, benchmark: true, lost => Console.Error.WriteLine(lost.Message));
        using var training = new TrainingStep(spec, settings, ranks.Group);
        training.SynchronizeStart(0);
        var read = RandomTokens(spec);
        long step = 0;
        void Steps(long count)
        {
            for (var end = step + count; step < end; step++) training.Enqueue(step, read);
            _ = training.Drain();
        }

        Steps(Math.Min(1, warmUp));
        double? first = warmUp > 0
            ? (TimeProvider.System.GetLocalNow() - Process.GetCurrentProcess().StartTime).TotalSeconds : null;
        Steps(warmUp - Math.Min(1, warmUp));
        var used = Environment.CpuUsage.TotalTime;
        var timed = new List<(double Seconds, double TokensPerSecond)>();
        var group = training.RunsAhead ? Math.Min(spec.Steps, GroupSteps) : 1;
        for (long done = 0; done < spec.Steps; done += group)
        {
            var begun = Stopwatch.GetTimestamp();
            var before = spec.TokensAfter(step);
            Steps(group);
            var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            timed.Add((seconds / group, (spec.TokensAfter(step) - before) / seconds)); // a batch may grow
        }

        var processor = Environment.CpuUsage.TotalTime - used;
        var speed = timed.OrderByDescending(t => t.TokensPerSecond).ElementAt(timed.Count / 2).TokensPerSecond;
        var median = timed.OrderBy(t => t.Seconds).ElementAt(timed.Count / 2).Seconds;
        var (memory, device) =
            (MachineInfo.PeakMemoryBytes(training.Device), MachineInfo.Device(training.Device, settings.Threads));
        protocol.WriteLine(RunJson.Serialize(new StepTiming(
            speed,
            FlopCount.For(spec.Shape).PerToken * speed,
            median,
            timed.Min(t => t.Seconds),
            spec.Steps,
            memory,
            device,
            MachineInfo.Engine,
            MachineInfo.EngineVersion,
            settings.Gpus
            * DevicePeak.Find(training.Device, device, spec.Recipe.Precision, settings.PeaksFile)?.FlopsPerSecond,
            ProcessorSeconds: processor.TotalSeconds / spec.Steps,
            FirstStepSeconds: first,
            Gpus: settings.Gpus)));
        if (profile) protocol.WriteLine(RunJson.Serialize(StepProfile.Measure(count => Steps(count))));
        return 0;
    }

    /// <summary>Makes the steps of another rank for as long as they are wanted.</summary>
    /// <param name="order">As rank 0 has it.</param>
    /// <param name="group">The processes that step together.</param>
    public static void RunAsFollower(WorkOrder order, ProcessGroup group)
    {
        using var training = new TrainingStep(order.Spec, order.Settings, group);
        FollowerLoop.Run(training, long.MaxValue, RandomTokens(order.Spec));
    }

    /// <summary>Batches of tokens that are drawn evenly, the same for the same seed.</summary>
    public static ReadBatch RandomTokens(RunSpec spec)
    {
        var random = new Random(spec.Seed);
        return (_, _, inputs, targets) =>
        {
            for (var i = 0; i < inputs.Length; i++)
                (inputs[i], targets[i]) = (random.Next(spec.Shape.Vocabulary), random.Next(spec.Shape.Vocabulary));
        };
    }
}
