using ScalingLab.Data.Batches;
using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Tests;

public sealed class WindowTests
{
    [Fact]
    public void Every_epoch_visits_every_window_once()
    {
        foreach (var windows in new long[] { 1, 2, 3, 4, 5, 16, 17, 63, 64, 65, 1000, 4097 })
        {
            var order = new WindowOrder(windows, seed: 7);
            for (var epoch = 0; epoch < 3; epoch++)
            {
                var first = epoch * windows;
                var visited = Enumerable.Range(0, (int)windows).Select(i => order[first + i]).Order();
                Assert.Equal(Enumerable.Range(0, (int)windows).Select(window => (long)window), visited);
            }
        }
    }

    [Fact]
    public void Seeds_and_epochs_have_orders_of_their_own_that_look_shuffled()
    {
        const int windows = 1000;
        var orders = (from seed in new ulong[] { 0, 1, 2 }
                      from epoch in Enumerable.Range(0, 3)
                      let order = new WindowOrder(windows, seed)
                      select Enumerable.Range(0, windows).Select(i => order[epoch * windows + i]).ToArray()).ToList();
        foreach (var one in orders)
        {
            // Of a random order about one window is where it was, and about one neighbour follows the other.
            Assert.True(one.Where((window, i) => window == i).Count() < 10);
            Assert.True(one.Zip(one.Skip(1)).Count(pair => pair.Second == pair.First + 1) < 10);
            // Its first half holds about as many low windows as high ones: 250 +- 11.
            Assert.InRange(one.Take(windows / 2).Count(window => window < windows / 2), 195, 305);
            foreach (var other in orders.Where(other => other != one))
                Assert.True(one.Zip(other).Count(pair => pair.First == pair.Second) < 12);
        }
    }

    [Fact]
    public void A_run_that_starts_in_the_middle_sees_what_an_unbroken_one_sees()
    {
        var order = new WindowOrder(12345, 42);
        var resumed = new WindowOrder(12345, 42);
        var unbroken = Enumerable.Range(0, 40_000).Select(i => order[i]).ToList();
        Assert.Equal(unbroken.Skip(30_000), Enumerable.Range(30_000, 10_000).Select(i => resumed[i]));
        Assert.InRange(new WindowOrder(long.MaxValue / 2, 1)[long.MaxValue - 1], 0, long.MaxValue / 2 - 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => order[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new WindowOrder(0, 1));
    }

    /// <summary>A shard whose tokens are 0, 1, 2, ...</summary>
    private static TokenShard Counting(TemporaryFolder folder, int tokens)
    {
        using (var writer = new TokenShardWriter(folder["counting.tokens"], 100_000))
        {
            writer.Append([.. Enumerable.Range(0, tokens)], 3L * tokens);
            writer.Finish(new string('a', 64), new string('b', 64));
        }
        return TokenShard.Open(folder["counting.tokens"]);
    }

    [Fact]
    public void Targets_are_the_tokens_after_the_inputs_and_each_is_a_target_once_an_epoch()
    {
        using var folder = new TemporaryFolder();
        using var shard = Counting(folder, 8 * 25 + 1);
        var reader = new BatchReader(shard, context: 8, seed: 1);
        Assert.Equal(25, reader.SequencesPerEpoch);
        var (inputs, targets) = (new long[5 * 8], new long[5 * 8]);
        var seen = new List<long>();
        for (var first = 0; first < 25; first += 5)
        {
            reader.Read(first, 5, inputs, targets);
            for (var i = 0; i < inputs.Length; i++) Assert.Equal(inputs[i] + 1, targets[i]);
            foreach (var row in inputs.Chunk(8)) Assert.Equal(Enumerable.Range(0, 8).Select(i => row[0] + i), row);
            seen.AddRange(targets);
        }
        Assert.Equal(Enumerable.Range(1, 200).Select(token => (long)token), seen.Order());
    }

    [Fact]
    public void A_sequence_does_not_depend_on_the_batch_it_is_read_in()
    {
        using var folder = new TemporaryFolder();
        using var shard = Counting(folder, 1000);
        var reader = new BatchReader(shard, 10, 3);
        var (all, ignored) = (new long[300 * 10], new long[300 * 10]);
        reader.Read(0, 300, all, ignored);
        var (one, target) = (new long[10], new long[10]);
        for (var i = 299; i >= 0; i -= 7)
        {
            new BatchReader(shard, 10, 3).Read(i, 1, one, target);
            Assert.Equal(all.AsSpan(i * 10, 10).ToArray(), one);
        }
        Assert.Throws<ArgumentException>(() => reader.Read(0, 2, one, target));
    }

    [Theory]
    [InlineData(64, 64, 8)]
    [InlineData(70, 64, 8)]
    [InlineData(1, 8, 1)]
    [InlineData(1_000_000, 96, 12)]
    public void Evaluation_windows_are_the_first_ones_in_order(long asked, long tokens, long windows)
    {
        using var folder = new TemporaryFolder();
        using var shard = Counting(folder, 100);
        var evaluation = new ShardWindows(shard, 8, asked);
        Assert.Equal((tokens, windows), (evaluation.Tokens, evaluation.Windows));
        Assert.Equal(3.0, evaluation.BytesPerToken);
        var (inputs, targets) = (new long[tokens], new long[tokens]);
        evaluation.Read(0, (int)windows, inputs, targets);
        Assert.Equal(Enumerable.Range(0, (int)tokens).Select(token => (long)token), inputs);
        Assert.Equal(Enumerable.Range(1, (int)tokens).Select(token => (long)token), targets);
        Assert.Throws<ArgumentOutOfRangeException>(() => evaluation.Read(1, (int)windows, inputs, targets));
    }

    [Fact]
    public void A_shard_shorter_than_one_window_says_what_to_do()
    {
        using var folder = new TemporaryFolder();
        using var shard = Counting(folder, 64);
        Assert.Equal(1, new BatchReader(shard, 63, 0).SequencesPerEpoch);
        Assert.Contains("too few for a context of 64",
            Assert.Throws<DataException>(() => new BatchReader(shard, 64, 0)).Message);
        Assert.Contains("too few for a context of 64",
            Assert.Throws<DataException>(() => new ShardWindows(shard, 64, 1)).Message);
    }

    [Fact]
    public void Bits_per_byte_of_a_fair_coin_a_byte_is_one()
    {
        Assert.Equal(1, LossUnits.BitsPerByte(Math.Log(2), 1), 12);
        Assert.Equal(8, LossUnits.BitsPerByte(Math.Log(256), 1), 12);
        // Four bytes a token at 16 equally likely tokens: 4 bits over 4 bytes.
        Assert.Equal(1, LossUnits.BitsPerByte(Math.Log(16), 4), 12);
        Assert.Equal(16, LossUnits.Perplexity(Math.Log(16)), 9);
    }
}
