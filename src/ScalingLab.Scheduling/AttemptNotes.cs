using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling;

/// <summary>
/// What a person looks for in an attempt's log, from what its worker says by messages: what is trained where and by
/// what, from which step, its evaluations, and how it ended. Some hundred lines at most.
/// </summary>
/// <param name="attempt">The attempt.</param>
/// <param name="queued">The run as it was queued.</param>
/// <param name="node">Where it is made.</param>
/// <param name="device">The device there.</param>
internal sealed class AttemptNotes(Attempt attempt, QueuedRun queued, string node, string device)
{
    private const int MostEvaluations = 100;

    private readonly RunSpec _spec = attempt.Spec;
    private long _said; // the step of the last evaluation that was told, or that the worker went on from

    /// <summary>What is to be done, before the worker has said anything.</summary>
    public string Order()
    {
        var (shape, recipe) = (_spec.Shape, _spec.Recipe);
        string[] words =
        [
            Text($"{queued.Sweep} {queued.Model} seed {_spec.Seed}, attempt {attempt.Number}, fence {attempt.Fence}"),
            Text($", on {node} {device}: {shape.Layers} layers of width {shape.Width}, {shape.Heads} heads"),
            Text($", vocabulary {shape.Vocabulary}, context {shape.Context}"),
            Text($"; {_spec.Steps} steps, {_spec.Tokens} tokens, {EnumWords.Of(recipe.Precision)}"),
        ];
        return string.Concat(words);
    }

    /// <summary>A message in words; null where there is nothing to say of it.</summary>
    public string? Of(WorkerMessage message)
    {
        switch (message)
        {
            case WorkerMessage.Started started:
                _said = started.Step;
                return Words(started);
            case WorkerMessage.Measured { Point: { LossValidation: not null } point } when IsNews(point.Step):
                _said = point.Step;
                return Words(point);
            case WorkerMessage.Completed done:
                return Words(done.Result);
            case WorkerMessage.Failed failed:
                var at = failed.Step is { } step ? Text($" at step {step}") : "";
                return $"ended without a result{at} ({EnumWords.Of(failed.Kind)}): {failed.Message}";
            default:
                return null;
        }
    }

    // A worker that goes on from a checkpoint says the earlier points again; a run may be evaluated ten thousand times.
    private bool IsNews(long step) => step > _said
        && (step == _spec.Steps || (step - _said) * MostEvaluations >= _spec.Steps);

    private string Words(WorkerMessage.Started started)
    {
        var from = started.Step == 0 ? "begins"
            : Text($"goes on from step {started.Step} of {_spec.Steps}");
        return Text($"{from}: {started.Engine}, {started.Device}, {started.Parameters} parameters");
    }

    private string Words(MetricPoint point)
    {
        var train = point.LossTrain is { } loss ? Text($", training loss {loss:F4}") : "";
        var speed = point.Telemetry?.TokensPerSecond is { } tokens
            ? Text($", {tokens:F0} tokens/s") : "";
        return Text($"step {point.Step} of {_spec.Steps}: validation loss {point.LossValidation:F4}")
            + train + speed;
    }

    private static string Words(RunResult result)
    {
        var memory = result.PeakMemoryBytes is { } bytes
            ? Text($", peak memory {bytes / 1e6:F0} MB") : "";
        return Text($"completed: validation loss {result.LossValidation:F4} nats/token, ")
            + Text($"{result.BitsPerByte:F4} bits/byte, in {result.WallSeconds:F1} s, ")
            + Text($"{result.TokensPerSecond:F0} tokens/s{memory}");
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
