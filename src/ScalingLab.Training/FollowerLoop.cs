using ScalingLab.Data.Batches;
using ScalingLab.Data.Datasets;
using ScalingLab.Runs.Messages;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training;

/// <summary>
/// What a rank that is not 0 does of a run: the same steps from where rank 0 begins, its share of each, and nothing
/// else. It neither evaluates nor saves, and says nothing; a run stops by the end of its process.
/// </summary>
public static class FollowerLoop
{
    private const int DrainInterval = 64; // steps between two looks at the numbers of steps that ran ahead

    /// <summary>Trains the run's steps.</summary>
    /// <param name="order">The run, as rank 0 has it.</param>
    /// <param name="data">The prepared text, already checked against the spec.</param>
    /// <param name="group">The run's processes.</param>
    /// <exception cref="PeerLostException">Rank 0 is gone.</exception>
    public static void Run(WorkOrder order, PreparedData data, ProcessGroup group)
    {
        using var text = TrainingLoop.OpenText(order.Spec, data);
        using var training = new TrainingStep(order.Spec, order.Settings, group);
        var first = training.SynchronizeStart(0);
        using var batches = new BatchPrefetcher(text.Read, training.Reads(first), order.Spec.Shape.Context);
        Run(training, first, order.Spec.Steps, batches.Read);
    }

    /// <summary>Trains so many steps on any text.</summary>
    /// <param name="training">This rank's.</param>
    /// <param name="steps">In all, those before the first included.</param>
    /// <param name="read">The text.</param>
    /// <exception cref="PeerLostException">Rank 0 is gone.</exception>
    public static void Run(TrainingStep training, long steps, ReadBatch read) =>
        Run(training, training.SynchronizeStart(0), steps, read);

    private static void Run(TrainingStep training, long first, long steps, ReadBatch read)
    {
        for (var step = first; step < steps; step++)
        {
            training.Enqueue(step, read);
            if (step % DrainInterval == 0) training.Drain();
        }

        training.Drain();
    }
}
