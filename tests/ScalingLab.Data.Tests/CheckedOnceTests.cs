using ScalingLab.Data.Batches;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers.Requests;

namespace ScalingLab.Data.Tests;

/// <summary>What takes to read a whole shard is done once on a machine, not once a run.</summary>
public sealed class CheckedOnceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_shard_is_checked_again_only_after_it_was_written()
    {
        var data = Prepare();
        var train = Path.Combine(data.Folder, "train.tokens");
        var (whole, written) = (File.ReadAllBytes(train), File.GetLastWriteTimeUtc(train));
        var damaged = (byte[])whole.Clone();
        damaged[^3] ^= 1;
        File.WriteAllBytes(train, damaged);
        File.SetLastWriteTimeUtc(train, written.AddSeconds(1));
        Assert.Contains("do not fit their checksum", Assert.Throws<DataException>(() => PreparedData.Load(data.Folder))
            .Message, StringComparison.Ordinal);

        // As if nothing had been written: what was found whole is not read again.
        File.SetLastWriteTimeUtc(train, written);
        PreparedData.Load(data.Folder);

        // Another machine has not found it whole.
        foreach (var stamp in Directory.GetFiles(Path.Combine(data.Folder, "checked")))
            File.Move(stamp, Path.ChangeExtension(stamp, ".elsewhere"));
        Assert.Throws<DataException>(() => PreparedData.Load(data.Folder));
        File.WriteAllBytes(train, whole);
        PreparedData.Load(data.Folder);
        Assert.Equal(4, Directory.GetFiles(Path.Combine(data.Folder, "checked")).Length);
    }

    [Fact]
    public void The_order_of_a_shards_documents_is_kept_and_made_anew_where_it_is_damaged()
    {
        var data = Prepare();
        var first = Read(data);
        var kept = Assert.Single(Directory.GetFiles(Path.Combine(data.Folder, "order")));
        var bytes = File.ReadAllBytes(kept);
        using (var shard = data.OpenTrain())
        {
            var tokenizer = data.LoadTokenizer();
            Assert.Equal(DocumentOrder.Of(shard, tokenizer, data.UniqueTrainTokens),
                DocumentOrder.Kept(shard, tokenizer, data.UniqueTrainTokens));
            Assert.Equal(56 + (24 * data.Sources[0].Report.Documents), bytes.Length - 32, 24.0 * 10);
        }

        foreach (var wrong in (byte[][])[[], bytes[..^1], [.. bytes[..60], (byte)(bytes[60] ^ 1), .. bytes[61..]]])
        {
            File.WriteAllBytes(kept, wrong);
            Assert.Equal(first, Read(data));
            Assert.Equal(bytes, File.ReadAllBytes(kept));
        }
    }

    private PreparedData Prepare() => DataPreparation.Prepare(
        new DataRequest(new TextFiles([Samples.Documents(_folder, 60)]), new TokenizerRequest("bytes", 257)),
        _folder["state"], null, CancellationToken.None);

    private static long[] Read(PreparedData data)
    {
        using var text = RunText.Open(data, new(32, 1, 256) { UniqueTokens = 2000 });
        var (inputs, targets) = (new long[4 * 32], new long[4 * 32]);
        text.Read(0, 4, inputs, targets);
        return inputs;
    }
}
