using ScalingLab.Data.Batches;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Runs;

namespace ScalingLab.Data.Tests;

/// <summary>Training sequences in which documents stay whole.</summary>
public sealed class PackingTests : IDisposable
{
    private const int End = 99_999;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A shard of documents so long, ends included, whose tokens say where in the shard they stand.</summary>
    private TokenShard Shard(string name, IReadOnlyList<int> lengths)
    {
        using (var writer = new TokenShardWriter(_folder[name], End + 1))
        {
            var at = 0;
            foreach (var length in lengths)
            {
                writer.Append([.. Enumerable.Range(at, length - 1), End], length);
                at += length;
            }
            writer.Finish(new string('a', 64), new string('b', 64));
        }
        return TokenShard.Open(_folder[name]);
    }

    private static List<(long[] Inputs, long[] Targets)> Windows(TextWindows windows)
    {
        var read = new List<(long[] Inputs, long[] Targets)>();
        for (long window = 0; window < windows.Count; window++)
        {
            var (inputs, targets) = (new long[windows.Context], new long[windows.Context]);
            windows.Read(window, inputs, targets);
            Assert.Equal(inputs[1..], targets[..^1]);
            read.Add((inputs, targets));
        }
        return read;
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 5)]
    [InlineData(7, 30)]
    [InlineData(64, 40)]
    [InlineData(64, 500)]
    [InlineData(65, 64)]
    public void Each_token_is_a_target_once_and_only_documents_longer_than_a_sequence_are_cut(int context, int longest)
    {
        var random = new Random(context);
        int[] lengths = [.. Enumerable.Range(0, 300).Select(_ => random.Next(1, longest + 1)), context, context + 1];
        using var shard = Shard($"{context}.{longest}.tokens", lengths);
        var windows = TextWindows.Of(shard, context, Packing.BestFit, End);
        var read = Windows(windows);

        var targets = read.SelectMany(one => one.Targets).ToList();
        Assert.Equal(shard.Tokens - lengths.Length, targets.Count(token => token != End));
        Assert.Equal(shard.Tokens - lengths.Length, targets.Where(token => token != End).Distinct().Count());
        var filled = (windows.Count * context) - shard.Tokens;
        Assert.Equal(lengths.Length + filled, targets.Count(token => token == End));
        Assert.Equal(1 - (filled / ((double)windows.Count * context)), windows.TextShare, 12);

        var place = new Dictionary<long, (int Window, int At)>();
        for (var w = 0; w < read.Count; w++)
        {
            for (var t = 0; t < context; t++)
            {
                if (read[w].Targets[t] != End) place[read[w].Targets[t]] = (w, t);
            }
        }
        for (var (document, start) = (0, 0); document < lengths.Length; start += lengths[document++])
        {
            var tokens = Enumerable.Range(start, lengths[document] - 1).Select(token => (long)token).ToList();
            Assert.Equal(tokens.Count, tokens.Count(place.ContainsKey));
            // As few windows as can be, each part in one piece, and never after a part of the same document.
            Assert.InRange(tokens.Select(token => place[token].Window).Distinct().Count(), 0,
                (lengths[document] + context - 1) / context);
            foreach (var (one, next) in tokens.Zip(tokens.Skip(1)).Where(two => (two.First + 1 - start) % context != 0))
                Assert.Equal((place[one].Window, place[one].At + 1), place[next]);
            // The first token follows an end of document; what goes on at a window's beginning, the token before it.
            if (tokens.Count > 0 && place[start] is var (window, at)) Assert.Equal(End, read[window].Inputs[at]);
            foreach (var later in tokens.Where(token => token > start && (token - start) % context == 0))
            {
                if (place[later] is (var of, 0)) Assert.Equal(later - 1, read[of].Inputs[0]);
                else Assert.Equal(End, read[place[later].Window].Inputs[place[later].At]);
            }
        }
    }

    [Fact]
    public void Documents_go_where_they_leave_the_least_room()
    {
        // Of 11 the first 9 are a window; 7 + 2, 5 + 4 and 4 + 3 + 2 fill three.
        using var shard = Shard("fit.tokens", [4, 7, 2, 5, 4, 3, 11]);
        var windows = TextWindows.Of(shard, 9, Packing.BestFit, End);
        Assert.Equal(36, shard.Tokens);
        Assert.Equal(4, windows.Count);
        Assert.Equal(1.0, windows.TextShare);
        Assert.Equal(4, Windows(windows).Count(one => one.Targets[^1] == End || one.Targets[0] == 25));
    }

    [Fact]
    public void Ends_of_documents_are_kept_beside_the_shard_and_found_again_where_that_is_damaged()
    {
        using var shard = Shard("kept.tokens", [3, 1, 5]);
        Assert.Equal([3L, 4, 9], shard.DocumentEnds(End));
        var kept = Assert.Single(Directory.GetFiles(_folder["order"]));
        var bytes = File.ReadAllBytes(kept);
        Assert.Equal([3L, 4, 9], shard.DocumentEnds(End));
        bytes[60] ^= 1;
        File.WriteAllBytes(kept, bytes);
        Assert.Equal([3L, 4, 9], shard.DocumentEnds(End));
        bytes[60] ^= 1;
        Assert.Equal(bytes, File.ReadAllBytes(kept));
        // A text that ends within a document has that one's part.
        Assert.Equal([5L, 9], shard.DocumentEnds(4));
    }

    private PreparedData Prepare(params (string Name, char Letter, double Weight)[] sources) =>
        DataPreparation.Prepare(
            new([.. sources.Select(source => new SourceRequest(source.Name, new JsonLines([_folder.Write(
                $"{source.Letter}.jsonl", string.Concat(Enumerable.Range(0, 200).Select(i =>
                    $"{{\"t\":\"{new string(source.Letter, 5 + (i * 7 % 31))}{i}\"}}\n")))], "t"), source.Weight))],
                new TokenizerRequest("bytes", 257)),
            _folder["state"], null, default);

    private static List<long[]> Read(RunText text, int context, int from, int count)
    {
        var (inputs, targets) = (new long[count * context], new long[count * context]);
        text.Read(from, count, inputs, targets);
        return [.. targets.Chunk(context)];
    }

    [Fact]
    public void A_run_goes_on_exactly_and_a_pass_has_all_of_its_unique_tokens()
    {
        var data = Prepare(("", 'a', 1));
        var request = new RunTextRequest(48, 7, 1000) { Packing = Packing.BestFit, UniqueTokens = 2500 };
        using var text = new ShardText(data, request);
        using var resumed = new ShardText(data, request);
        using var other = new ShardText(data, request with { Seed = 8 });
        using var cut = new ShardText(data, request with { Packing = Packing.Concatenate });
        var unbroken = Read(text, 48, 0, 120);
        Assert.Equal(unbroken[50..], Read(resumed, 48, 50, 70));
        Assert.NotEqual(unbroken, Read(other, 48, 0, 120));
        Assert.Equal((1.0, 48 / 2500.0), (cut.TextShare, cut.Epochs(0, 1)));

        using var shard = data.OpenTrain();
        var subset = TokenSubset.First(shard, data.LoadTokenizer(), 2500, shard.Tokens);
        var tokens = new long[2500];
        subset.Read(0, tokens);
        var pass = (int)TextWindows.Of(subset, 48, Packing.BestFit, 256).Count;
        Assert.InRange(text.TextShare, 0.95, 1);
        Assert.Equal(1, text.Epochs(0, pass), 12);
        var seen = unbroken.Take(pass).SelectMany(window => window).ToList();
        Assert.Equal(tokens.Where(token => token != 256).Order(), seen.Where(token => token != 256).Order());
        Assert.Equal(unbroken.Take(pass).Select(window => string.Join(' ', window)).Order(),
            Read(text, 48, pass, pass).Select(window => string.Join(' ', window)).Order());
    }

    [Fact]
    public void Of_a_mixture_each_source_is_packed_by_itself()
    {
        var data = Prepare(("one", 'a', 1), ("two", 'b', 1));
        using var text = new ShardText(data, new(40, 3, 1000)
        {
            Mixture = [("one", 0.75), ("two", 0.25)], Packing = Packing.BestFit,
        });
        var read = Read(text, 40, 0, 100);
        Assert.All(read, window => Assert.False(window.Contains('a') && window.Contains('b')));
        Assert.InRange(read.Count(window => window.Contains('a')), 73, 77);
        Assert.InRange(text.TextShare, 0.9, 1);
    }
}
