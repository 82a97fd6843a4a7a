using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using static System.FormattableString;

namespace ScalingLab.Scheduling.Attempts;

/// <summary>
/// What a person looks for in an attempt's log, from what its worker says by messages: what is trained where and by
/// what, from which step, its evaluations, and how it ended. Some hundred lines at most.
/// </summary>
/// <param name="attempt">The attempt.</param>
/// <param name="queued">The run as it was queued.</param>
/// <param name="node">Where it is made.</param>
/// <param name="device">The device there.</param>
internal sealed class AttemptMessages(Attempt attempt, QueuedRun queued, string node, string device)
{
    private const int MaxEvaluations = 100;

    private readonly RunSpec _spec = attempt.Spec;
    private long _lastStep; // the step of the last evaluation that was told, or that the worker went on from

    /// <summary>What is to be done, before the worker has said anything.</summary>
    public string DescribeOrder()
    {
        var (shape, recipe) = (_spec.Shape, _spec.Recipe);
        string[] words =
        [
            Invariant(
                $"{queued.Sweep} {queued.Model} seed {_spec.Seed}, attempt {attempt.Number}, fence {attempt.Fence}"),
            Invariant($", on {node} {device}: {shape.Layers} layers of width {shape.Width}, {shape.Heads} heads"),
            Invariant($", vocabulary {shape.Vocabulary}, context {shape.Context}"),
            Invariant($"; {_spec.Steps} steps, {_spec.Tokens} tokens, {EnumNames.ToName(recipe.Precision)}"),
        ];
        return string.Concat(words);
    }

    /// <summary>A message in words; null where there is nothing to say of it.</summary>
    public string? Describe(WorkerMessage message)
    {
        switch (message)
        {
            case WorkerMessage.Started started:
                _lastStep = started.Step;
                return Format(started);
            case WorkerMessage.Measured { Point: { LossValidation: not null } point } when IsWorthLogging(point.Step):
                _lastStep = point.Step;
                return Format(point);
            case WorkerMessage.Completed done:
                return Format(done.Result);
            case WorkerMessage.Failed failed:
                var at = failed.Step is { } step ? Invariant($" at step {step}") : "";
                return $"ended without a result{at} ({EnumNames.ToName(failed.Kind)}): {failed.Message}";
            default:
                return null;
        }
    }

    // A worker that goes on from a checkpoint says the earlier points again; a run may be evaluated ten thousand times.
    private bool IsWorthLogging(long step) => step > _lastStep
        && (step == _spec.Steps || (step - _lastStep) * MaxEvaluations >= _spec.Steps);

    private string Format(WorkerMessage.Started started)
    {
        var from = started.Step == 0 ? "begins"
            : Invariant($"goes on from step {started.Step} of {_spec.Steps}");
        return Invariant($"{from}: {started.Engine}, {started.Device}, {started.Parameters} parameters");
    }

    private string Format(MetricPoint point)
    {
        var train = point.LossTrain is { } loss ? Invariant($", training loss {loss:F4}") : "";
        var speed = point.Telemetry?.TokensPerSecond is { } tokens
            ? Invariant($", {tokens:F0} tokens/s") : "";
        return Invariant($"step {point.Step} of {_spec.Steps}: validation loss {point.LossValidation:F4}")
            + train + speed;
    }

    private static string Format(RunResult result)
    {
        var memory = result.PeakMemoryBytes is { } bytes
            ? Invariant($", peak memory {bytes / 1e6:F0} MB") : "";
        var bits = result.BitsPerByte is { } perByte ? Invariant($"{perByte:F4} bits/byte, ") : "";
        return Invariant($"completed: validation loss {result.LossValidation:F4} nats/token, {bits}")
            + Invariant($"in {result.WallSeconds:F1} s, ")
            + Invariant($"{result.TokensPerSecond:F0} tokens/s{memory}")
            + string.Concat((result.Scores ?? []).Where(score => score.Main is not null).Select(score =>
                Invariant($", {score.Name} {score.Main!.Name} {score.Main.Value:F3}")));
    }
}
