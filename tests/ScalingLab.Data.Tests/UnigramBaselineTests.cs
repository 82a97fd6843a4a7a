using System.Text.Json;
using ScalingLab.Data.Batches;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Tests;

/// <summary>The loss of knowing only how often each token occurs.</summary>
public sealed class UnigramBaselineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_is_set_beside_the_frequencies_of_its_own_text_on_its_own_validation_windows()
    {
        var data = Prepare(Prose("prose", 300));
        using var text = new ShardText(data, new(16, 3, 1000));
        var expected = Mean(Validation(text, 0), Counted(Tokens(data.OpenTrain()), data.Vocabulary));
        Assert.Equal(expected, text.UnigramLoss(), 12);
        Assert.InRange(expected, 2, Math.Log(257));
    }

    [Fact]
    public void A_subset_counts_only_what_the_run_may_see()
    {
        var data = Prepare(Prose("prose", 300));
        using var text = new ShardText(data, new(16, 3, 1000) { UniqueTokens = 700 });
        using var shard = data.OpenTrain();
        var subset = TokenSubset.First(shard, data.LoadTokenizer(), 700, shard.Tokens);
        var seen = new long[700];
        subset.Read(0, seen);
        Assert.Equal(Mean(Validation(text, 0), Counted(seen, data.Vocabulary)), text.UnigramLoss(), 12);
    }

    [Fact]
    public void Of_a_mixture_frequencies_and_losses_are_put_together_by_weight()
    {
        var data = DataPreparation.Prepare(
            new([new("a", Prose("prose", 300), 0.75), new("b", Letters(), 0.25)], new("bytes", 257)), _folder["state"],
            null, default);
        using var text = new ShardText(data, new(16, 3, 1000) { Mixture = [("a", 0.75), ("b", 0.25)] });
        var (a, b) =
            (Counted(Tokens(data.OpenTrain(data.Sources[0])), 257),
                Counted(Tokens(data.OpenTrain(data.Sources[1])), 257));
        double[] mixed = [.. a.Zip(b, (x, y) => (0.75 * x) + (0.25 * y))];
        Assert.Equal((0.75 * Mean(Validation(text, 0), mixed)) + (0.25 * Mean(Validation(text, 1), mixed)),
            text.UnigramLoss(), 12);
    }

    [Fact]
    public void A_long_text_is_counted_in_pieces_from_all_over_it()
    {
        // Token 1 at the beginning, then 2, then 3 over the last half: pieces see them in that proportion.
        const int Length = 1 << 20;
        using var shard =
            Written([.. Enumerable.Range(0, Length).Select(i => i < Length / 4 ? 1 : i < Length / 2 ? 2 : 3)]);
        var whole = UnigramBaseline.Frequencies(shard, 8);
        var sampled = UnigramBaseline.Frequencies(shard, 8, most: 1 << 17);
        Assert.Equal([0.25, 0.25, 0.5], whole[1..4], (x, y) => Math.Abs(x - y) < 1e-4);
        Assert.Equal([0.25, 0.25, 0.5], sampled[1..4], (x, y) => Math.Abs(x - y) < 0.01);
        Assert.Equal(1, sampled.Sum(), 12);
        Assert.Equal(1.0 / ((1 << 17) + 8), sampled[0], 12); // never seen, and not impossible
    }

    private static double[] Counted(long[] tokens, int vocabulary) =>
        [.. Enumerable.Range(0, vocabulary)
            .Select(token => (tokens.Count(t => t == token) + 1.0) / (tokens.Length + vocabulary))];

    private static double Mean(IEnumerable<long> tokens, double[] frequencies) =>
        tokens.Average(token => -Math.Log(frequencies[token]));

    private static long[] Tokens(TokenShard shard)
    {
        using (shard)
        {
            var tokens = new long[shard.Tokens];
            shard.Read(0, tokens);
            return tokens;
        }
    }

    private static long[] Validation(RunText text, int source)
    {
        var windows = text.Sources[source].Validation;
        var (inputs, targets) = (new long[windows.Tokens], new long[windows.Tokens]);
        windows.Read(0, (int)windows.Windows, inputs, targets);
        return targets;
    }

    private TokenShard Written(int[] tokens)
    {
        using (var writer = new TokenShardWriter(_folder["long.tokens"], 8))
        {
            writer.Append(tokens, tokens.Length);
            writer.Finish(new string('a', 64), new string('b', 64));
        }

        return TokenShard.Open(_folder["long.tokens"]);
    }

    private JsonLines Prose(string name, int documents) => new([_folder.Write($"{name}.jsonl",
        string.Concat(
            Enumerable.Range(0, documents)
            .Select(i => JsonSerializer.Serialize(new { t = Samples.Prose(i, 12) }) + "\n")))], "t");

    private JsonLines Letters() => new([_folder.Write("letters.jsonl",
        string.Concat(Enumerable.Range(0, 200).Select(i => $"{{\"t\":\"{new string('z', 60)}{i}\"}}\n")))], "t");

    private PreparedData Prepare(JsonLines text) =>
        DataPreparation.Prepare(new(text, new("bytes", 257)), _folder["state"], null, default);
}
