using ScalingLab.Data.Batches;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers.Requests;

namespace ScalingLab.Data.Tests;

public sealed class MixtureTests : IDisposable
{
    private static readonly TokenizerRequest Bytes = new("bytes", 257);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private PreparedData Prepare(params SourceRequest[] sources) =>
        DataPreparation.Prepare(new(sources, Bytes), _folder["state"], null, default);

    /// <summary>Documents of one letter: what is read says where it came from.</summary>
    private JsonLines Letters(char letter, int documents, int length = 40) => new([_folder.Write($"{letter}.jsonl",
        string.Concat(
            Enumerable.Range(0, documents).Select(i => $"{{\"t\":\"{new string(letter, length)}{i}\"}}\n")))], "t");

    private static long[] Sequence(RunText text, long index, int context)
    {
        var (inputs, targets) = (new long[context], new long[context]);
        text.Read(index, 1, inputs, targets);
        Assert.Equal(inputs[1..], targets[..^1]);
        return inputs;
    }

    [Theory]
    [InlineData(0.7, 0.3)]
    [InlineData(0.5, 0.25, 0.25)]
    [InlineData(0.98, 0.01, 0.005, 0.005)]
    [InlineData(3.0)]
    public void Sequences_are_drawn_by_weight_and_each_source_counts_its_own_without_a_gap(params double[] weights)
    {
        foreach (var seed in new ulong[] { 0, 1, 77 })
        {
            var order = new MixtureOrder(weights, seed);
            var counts = new long[weights.Length];
            for (long i = 0; i < 20_000; i++)
            {
                var (source, index) = order[i];
                Assert.Equal(counts[source]++, index);
                if (i % 997 != 0) continue;
                for (var s = 0; s < weights.Length; s++)
                {
                    Assert.Equal(counts[s], order.Count(s, i + 1));
                    Assert.InRange(counts[s] - ((i + 1) * weights[s] / weights.Sum()), -weights.Length, weights.Length);
                }
            }
            Assert.Equal(order[19_999], new MixtureOrder(weights, seed)[19_999]);
            Assert.Equal(1_000_000_000_000,
                Enumerable.Range(0, weights.Length).Sum(s => order.Count(s, 1_000_000_000_000)));
        }
    }

    [Fact]
    public void Seeds_begin_a_mixture_at_places_of_their_own()
    {
        var firsts = Enumerable.Range(0, 40).Select(seed => new MixtureOrder([0.5, 0.5], (ulong)seed)[0].Source)
            .ToList();
        Assert.InRange(firsts.Sum(), 5, 35);
    }

    [Fact]
    public void A_mixture_has_shards_of_each_source_and_a_run_reads_them_by_weight_the_same_from_any_step()
    {
        var data = Prepare(new("a", Letters('a', 400), 0.75), new("b", Letters('b', 100), 0.25));
        Assert.Equal(["a", "b"], data.Sources.Select(s => s.Name));
        Assert.Equal(data.TrainTokens, data.Sources.Sum(s => s.TrainTokens));
        Assert.Equal(500, data.Report.Documents);
        var request = new RunTextRequest(16, 3, 1000) { Mixture = [("a", 0.75), ("b", 0.25)] };
        using var text = new ShardText(data, request);
        var sequences = Enumerable.Range(0, 400).Select(i => Sequence(text, i, 16)).ToList();
        var ofA = sequences.Count(s => s.Contains('a'));
        Assert.All(sequences, s => Assert.False(s.Contains('a') && s.Contains('b')));
        Assert.InRange(ofA, 299, 301);
        using var resumed = new ShardText(data, request);
        Assert.Equal(sequences[250], Sequence(resumed, 250, 16));

        Assert.Equal(ofA * 16.0 / data.Sources[0].TrainTokens, text.Epochs(0, 400), 12);
        Assert.Equal((400 - ofA) * 16.0 / data.Sources[1].TrainTokens, text.Epochs(1, 400), 12);
        Assert.Equal([0.75, 0.25], text.Sources.Select(s => s.Weight));
        Assert.All(text.Sources, s => Assert.True(s.Validation.Tokens > 0));
        Assert.Equal(data.Folder,
            PreparedFolders.Find(_folder["state"], data.CorpusHash, data.TokenizerHash, 0.05)!.Folder);
    }

    [Fact]
    public void A_mixture_damaged_or_of_other_sources_is_refused()
    {
        var data = Prepare(new("a", Letters('a', 400), 1), new("b", Letters('b', 100), 1));
        Assert.Contains("the sources a, b",
            Assert.Throws<DataException>(() => new ShardText(data, new(16, 3, 1000))).Message,
            StringComparison.Ordinal);
        File.AppendAllText(Path.Combine(data.Folder, "b.train.tokens"), "x");
        Assert.Contains("b.train.tokens", Assert.Throws<DataException>(() => PreparedData.Load(data.Folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_problems_of_every_source_are_listed_with_its_name()
    {
        _folder.Write("bad.jsonl", "{}\n");
        _folder.Write("bad.csv", "id\n1\n");
        var problems = Assert.Throws<DataException>(() => Prepare(
            new("sw", new JsonLines([_folder["bad.jsonl"]], "t"), 1),
            new("en", new DelimitedFiles([_folder["bad.csv"]], "t"), 1))).Problems;
        Assert.Collection(problems,
            p => Assert.Equal($"sw: {_folder["bad.jsonl"]} line 1: has no field 't'.", p),
            p => Assert.StartsWith($"en: {_folder["bad.csv"]} line 1: has no column 't'", p, StringComparison.Ordinal));
    }

    [Fact]
    public void The_tokenizer_learns_from_each_source_by_its_weight_and_not_by_its_length()
    {
        // Two words; b has a hundredth of the text.
        JsonLines Words(string word, int documents) => new([_folder.Write($"{word}.jsonl",
            string.Concat(Enumerable.Range(0, documents).Select(i => $"{{\"t\":\"{word} {word} {word} "
                + $"{word}{new string('.', i % 7)}\"}}\n")))], "t");
        string[] Learned(double weightOfB)
        {
            var data = DataPreparation.Prepare(
                new([new("a", Words("aaaa", 5000), 1 - weightOfB), new("b", Words("bbbb", 50), weightOfB)],
                    new("bpe", 258)), _folder["state"], null, default);
            var tokenizer = data.LoadTokenizer();
            return [tokenizer.Decode([256])];
        }
        Assert.Equal("bb", Assert.Single(Learned(0.9)));
        Assert.Equal("aa", Assert.Single(Learned(0.1)));
    }

    [Fact]
    public void Subsets_are_the_beginnings_of_larger_ones_and_fair_samples_of_documents()
    {
        // Sorted: first all a, then all b.
        var path = _folder.Write(
            "ab.jsonl",
            string.Concat(
                Enumerable.Range(0, 2000).Select(i => $"{{\"t\":\"{new string(i < 1000 ? 'a' : 'b', 40)}{i}\"}}\n")));
        var data = DataPreparation.Prepare(new(new JsonLines([path], "t"), Bytes), _folder["state"], null, default);
        using var shard = data.OpenTrain();
        var tokenizer = data.LoadTokenizer();
        long[] Tokens(TokenText text)
        {
            var tokens = new long[text.Tokens];
            text.Read(0, tokens);
            return tokens;
        }
        var small = TokenSubset.First(shard, tokenizer, 10_001, shard.Tokens);
        var large = TokenSubset.First(shard, tokenizer, 40_000, shard.Tokens);
        var all = TokenSubset.First(shard, tokenizer, shard.Tokens, shard.Tokens);
        Assert.Equal((10_001, 40_000, shard.Tokens), (small.Tokens, large.Tokens, all.Tokens));
        Assert.Equal(Tokens(small), Tokens(large)[..10_001]);
        Assert.Equal(Tokens(large), Tokens(all)[..40_000]);
        Assert.Equal(Tokens(shard).Order(), Tokens(all).Order());
        Assert.InRange(Tokens(small).Count(t => t == 'a') / (double)Tokens(small).Count(t => t is 'a' or 'b'), 0.4,
            0.6);

        var middle = new long[777];
        large.Read(12_345, middle);
        Assert.Equal(Tokens(large)[12_345..(12_345 + 777)], middle);
        Assert.Throws<ArgumentOutOfRangeException>(() => small.Read(10_000, new long[2]));
        Assert.Contains(
            "the training text has",
            Assert.Throws<DataException>(() =>
                TokenSubset.First(shard, tokenizer, shard.Tokens + 1, shard.Tokens)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_on_a_subset_sees_its_windows_once_an_epoch_reshuffled_and_nothing_else()
    {
        var data = DataPreparation.Prepare(new(Letters('a', 400), Bytes), _folder["state"], null, default);
        using var whole = new ShardText(data, new(16, 3, 1000));
        using var text = new ShardText(data, new(16, 3, 1000) { UniqueTokens = 1601 });
        Assert.Equal((1601, data.TrainTokens), (text.UniqueTokens, whole.UniqueTokens));
        List<string> Epoch(int number) =>
            [.. Enumerable.Range(number * 100, 100).Select(i => string.Join(' ', Sequence(text, i, 16)))];
        var epochs = Enumerable.Range(0, 3).Select(Epoch).ToList();
        Assert.All(epochs, e => Assert.Equal(epochs[0].Order(), e.Order()));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.NotEqual(epochs[1], epochs[2]);
        Assert.Equal(300 * 16 / 1601.0, text.Epochs(0, 300), 12);
        Assert.Equal(whole.Sources[0].Validation.Tokens, text.Sources[0].Validation.Tokens);

        // Without a subset it is the order that a batch reader of the shard has.
        using var shard = data.OpenTrain();
        var (inputs, targets) = (new long[16], new long[16]);
        new BatchReader(shard, 16, 3).Read(5, 1, inputs, targets);
        Assert.Equal(inputs, Sequence(whole, 5, 16));
    }
}
