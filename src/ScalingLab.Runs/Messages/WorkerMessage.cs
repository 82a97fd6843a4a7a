using System.Text.Json.Serialization;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Messages;

/// <summary>
/// The closed set of what a worker says on its standard output, one line of JSON each. The last line is
/// <see cref="Completed"/> or <see cref="Failed"/>; an end without either is a crash. After <see cref="Completed"/> it
/// may say <see cref="Ready"/>, and then carries out another order.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(Progress), "progress")]
[JsonDerivedType(typeof(Measured), "measured")]
[JsonDerivedType(typeof(CheckpointSaved), "checkpoint-saved")]
[JsonDerivedType(typeof(Completed), "completed")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Ready), "ready")]
public abstract record WorkerMessage
{
    private WorkerMessage()
    {
    }

    /// <summary>
    /// The worker has the model and the data and begins, or goes on from a checkpoint, at <paramref name="Step"/>.
    /// </summary>
    /// <param name="PassedOver">Files of checkpoints that could not be resumed from, newest first, each with why; null
    /// where there were none.</param>
    public sealed record Started(
        long Step, string Device, int Threads, long Parameters, string Engine,
        IReadOnlyList<string>? PassedOver = null) : WorkerMessage;

    /// <summary>A sign of life, for bars and leases; at most a few a second.</summary>
    public sealed record Progress(long Step, long Steps, double Loss, double TokensPerSecond) : WorkerMessage;

    /// <summary>
    /// A point of the curves. A resumed worker says the earlier points again; the same step replaces the same step.
    /// </summary>
    public sealed record Measured(MetricPoint Point) : WorkerMessage;

    /// <summary>A checkpoint is safe on the disk.</summary>
    public sealed record CheckpointSaved(long Step) : WorkerMessage;

    /// <summary>The run is done.</summary>
    public sealed record Completed(RunResult Result) : WorkerMessage;

    /// <summary>The attempt is over without a result.</summary>
    public sealed record Failed(FailureKind Kind, string Message, long? Step = null) : WorkerMessage;

    /// <summary>
    /// The run is done and put away: the next line on standard input may be another order; its end, as always, means to
    /// stop.
    /// </summary>
    public sealed record Ready : WorkerMessage;
}
