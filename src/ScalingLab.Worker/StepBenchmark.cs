using System.Diagnostics;
using ScalingLab.Runs;
using ScalingLab.Torch;
using ScalingLab.Training;

namespace ScalingLab.Worker;

/// <summary>Times training steps on random tokens: forward, backward, clipping and update, nothing else.</summary>
internal static class StepBenchmark
{
    private const int WarmUpSteps = 3;

    /// <summary>Reads a work order whose steps are the steps to time (data and checkpoints are not touched) and prints tokens a second.</summary>
    public static int Run(TextReader input, Protocol protocol)
    {
        var order = RunJson.Deserialize<WorkOrder>(input.ReadLine() ?? throw new System.Text.Json.JsonException("no work order on standard input"));
        var (spec, settings) = (order.Spec, order.Settings);
        using var training = new TrainingStep(spec, settings);
        var random = new Random(spec.Seed);
        void Read(long first, int sequences, Span<long> inputs, Span<long> targets)
        {
            for (var i = 0; i < inputs.Length; i++) (inputs[i], targets[i]) = (random.Next(spec.Shape.Vocabulary), random.Next(spec.Shape.Vocabulary));
        }

        for (var step = 0; step < WarmUpSteps; step++) training.Run(step, Read);
        var seconds = new List<double>();
        for (long step = WarmUpSteps; step < WarmUpSteps + spec.Steps; step++)
        {
            var begun = Stopwatch.GetTimestamp();
            training.Run(step, Read);
            seconds.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }

        seconds.Sort();
        var median = seconds[seconds.Count / 2];
        protocol.WriteLine(RunJson.Serialize(new StepTiming(
            spec.BatchTokens / median,
            Compute.Of(spec.Shape).PerToken * spec.BatchTokens / median,
            median,
            seconds[0],
            spec.Steps,
            MachineFacts.PeakMemoryBytes(training.Device),
            MachineFacts.Device(training.Device, settings.Threads),
            MachineFacts.Engine)));
        return 0;
    }
}
