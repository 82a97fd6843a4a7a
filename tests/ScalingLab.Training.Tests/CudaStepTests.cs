using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

public sealed class CudaStepTests
{
    [Theory]
    [InlineData(1, 128, 128, 16)]
    [InlineData(33, 128, 128, 48)]
    [InlineData(128, 128, 128, 128)]
    [InlineData(30, 115, 16, 32)] // a micro-batch is about an eighth: whole ones
    [InlineData(113, 115, 16, 115)] // the end of the batch is filled up to the batch
    [InlineData(70, 128, 64, 80)] // one whole, and a quarter of one
    [InlineData(1, 3, 1, 1)]
    [InlineData(2, 3, 2, 2)]
    public void A_step_is_filled_up_by_less_than_an_eighth_of_the_batch_or_a_micro_batch(int sequences, int batch,
        int micro, int filled) =>
        Assert.Equal(filled, CudaStep.PaddedSequences(sequences, batch, micro));

    [Theory]
    [InlineData(128, 128)]
    [InlineData(115, 16)]
    [InlineData(100, 37)]
    [InlineData(7, 5)]
    public void A_batch_that_grows_has_few_sizes_and_few_micro_batches_of_a_size_of_their_own(int batch, int micro)
    {
        var filled = Enumerable.Range(1, batch)
            .Select(sequences => (Of: sequences, To: CudaStep.PaddedSequences(sequences, batch, micro))).ToList();
        var unit = Math.Max(1, Math.Min(micro, (batch + 7) / 8 * 2));
        Assert.All(filled, f => Assert.InRange(f.To - f.Of, 0, unit - 1));
        Assert.Equal(batch, filled[^1].To);
        // rests: eight, and that of the whole batch
        Assert.InRange(filled.Select(f => f.To % micro).Distinct().Count(), 1, 9);
    }
}
