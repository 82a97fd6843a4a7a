using ScalingLab.Data;
using ScalingLab.Runs;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

public sealed class BatchPrefetcherTests(TinyData data) : IClassFixture<TinyData>
{
    private const int Context = 4;

    private static void Count(long first, int sequences, Span<long> inputs, Span<long> targets)
    {
        for (var i = 0; i < inputs.Length; i++) (inputs[i], targets[i]) = ((first * Context) + i, -i);
    }

    [Fact]
    public void What_was_announced_comes_in_order_whatever_its_sizes()
    {
        (long, int)[] reads = [(5, 3), (8, 1), (20, 7), (27, 2)];
        using var batches = new BatchPrefetcher(Count, reads, Context);
        foreach (var (first, sequences) in reads)
        {
            var (inputs, targets) = (new long[sequences * Context], new long[sequences * Context]);
            batches.Read(first, sequences, inputs, targets);
            Assert.Equal(Enumerable.Range((int)first * Context, inputs.Length).Select(i => (long)i), inputs);
            Assert.Equal(Enumerable.Range(0, targets.Length).Select(i => (long)-i), targets);
        }
    }

    [Fact]
    public void Other_sequences_than_the_announced_are_refused()
    {
        using var batches = new BatchPrefetcher(Count, [(5, 3)], Context);
        Assert.Throws<InvalidOperationException>(() => batches.Read(6, 3, new long[12], new long[12]));
    }

    [Fact]
    public void What_goes_wrong_in_reading_is_thrown_where_the_batch_is_waited_for()
    {
        using var batches = new BatchPrefetcher((first, _, _, _) =>
        {
            if (first > 0) throw new DataException("the disk is gone");
        }, [(0, 1), (1, 1)], Context);
        batches.Read(0, 1, new long[4], new long[4]);
        Assert.Equal("the disk is gone",
            Assert.Throws<DataException>(() => batches.Read(1, 1, new long[4], new long[4])).Message);
    }

    [Fact]
    public void One_that_nobody_reads_to_the_end_can_be_let_go()
    {
        var batches = new BatchPrefetcher(Count, Forever(), Context);
        batches.Read(0, 1, new long[4], new long[4]);
        batches.Dispose();

        static IEnumerable<(long, int)> Forever()
        {
            for (long i = 0; ; i++) yield return (i, 1);
        }
    }

    /// <summary>Micro-batches of a growing batch, from any step on.</summary>
    [Fact]
    public void A_step_reads_what_it_announced()
    {
        var recipe = TinyData.Recipe with { BatchWarmupFraction = 0.5, BatchWarmupStart = 0.25 };
        var order = data.Order(data.Spec(steps: 12, recipe: recipe), "announced",
            s => s with { MicroBatchTokens = 3 * TinyData.Shape.Context });
        using var training = new TrainingStep(order.Spec, order.Settings);
        foreach (var first in (long[])[0, 5])
        {
            var read = new List<(long, int)>();
            for (var step = first; step < 12; step++)
            {
                training.Run(step, (sequence, sequences, inputs, targets) =>
                {
                    read.Add((sequence, sequences));
                    inputs.Clear();
                    targets.Clear();
                });
            }

            Assert.Equal(training.Reads(first), read);
        }
    }
}
