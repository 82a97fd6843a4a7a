using ScalingLab.Runs.Messages;

namespace ScalingLab.Runs.Memory;

/// <summary>How much of a batch goes through the model at once.</summary>
public static class MicroBatch
{
    /// <summary>
    /// The most tokens, in whole sequences, whose predicted peak fits a budget, at most a GPU's share of the batch and
    /// at least one sequence: whether that one fits is for running to find out.
    /// </summary>
    /// <param name="spec">The run.</param>
    /// <param name="settings">How it is carried out; its micro-batch is not read.</param>
    /// <param name="budgetBytes">What may be filled; null: unknown, and the settings' micro-batch stands.</param>
    public static int LargestThatFits(RunSpec spec, WorkerSettings settings, long? budgetBytes)
    {
        if (budgetBytes is not { } budget) return settings.MicroBatchTokens;
        var share = settings.MaxSequencesPerGpu(spec.Recipe.BatchSequences);
        // the peak grows with the micro-batch: halve the range between what fits and what does not
        var (fits, least) = (1, share + 1);
        while (least - fits > 1)
        {
            var middle = fits + ((least - fits) / 2);
            var tokens = (int)Math.Min(int.MaxValue, (long)middle * spec.Shape.Context);
            if (MemoryEstimate.For(spec, settings with { MicroBatchTokens = tokens }).Total <= budget) fits = middle;
            else least = middle;
        }

        // Parts of one size: 100 sequences go as 4 times 25 where 30 fit.
        var parts = (share + fits - 1) / fits;
        return (int)Math.Min(int.MaxValue, (long)((share + parts - 1) / parts) * spec.Shape.Context);
    }
}
