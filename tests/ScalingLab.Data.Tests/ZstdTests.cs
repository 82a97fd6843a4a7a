using System.Text;
using ScalingLab.Data.Corpora;
using ZstdSharp;

namespace ScalingLab.Data.Tests;

public sealed class ZstdTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Zstd(ReadOnlySpan<byte> bytes)
    {
        using var compressor = new Compressor(3);
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return compressor.Wrap(bytes).ToArray();
    }

    [Fact]
    public void Files_compressed_by_Zstandard_hold_what_plain_ones_do_under_the_same_names()
    {
        var jsonl = Encoding.UTF8.GetBytes("{\"t\":\"habari\"}\n\n{\"t\":\"dunia\"}\n");
        var plain = Samples.Read(new JsonLines([_folder.Write("a.jsonl", jsonl)], "t"));
        Assert.Equal(plain, Samples.Read(new JsonLines([_folder.Write("a.jsonl.zst", Zstd(jsonl))], "t")));
        byte[] frames = [.. Zstd(jsonl), .. Zstd("{\"t\":\"moja\"}"u8)];
        Assert.Equal(["habari", "dunia", "moja"],
            Samples.Read(new JsonLines([_folder.Write("b.jsonl.zst", frames)], "t")).Select(document => document.Text));
        _folder.Write("texts/c.txt.zst", Zstd("mbili"u8));
        Assert.Equal(new Document("texts/c.txt", "mbili"), Assert.Single(Samples.Read(new TextFiles([_folder["texts"]]))));
        _folder.Write("d.csv.zst", Zstd("id,text\n1,tatu\n"u8));
        Assert.Equal("tatu", Assert.Single(Samples.Read(new DelimitedFiles([_folder["d.csv.zst"]], "text"))).Text);
    }

    [Fact]
    public void A_file_that_is_damaged_or_cut_short_is_never_taken_for_a_shorter_one()
    {
        var records = string.Concat(Enumerable.Range(0, 2000)
            .Select(i => $"{{\"t\":\"{Samples.Prose(i, 20).Replace('\n', ' ')}\"}}\n"));
        var whole = Zstd(Encoding.UTF8.GetBytes(records));
        foreach (var length in new[] { whole.Length - 1, whole.Length - 5, whole.Length / 2 })
        {
            var cut = new JsonLines([_folder.Write("cut.jsonl.zst", whole[..length])], "t");
            Assert.Contains("cut.jsonl.zst: the file is damaged, or no Zstandard though its name ends in .zst",
                Assert.Single(Assert.Throws<DataException>(() => Samples.Read(cut)).Problems),
                StringComparison.Ordinal);
        }
        whole[whole.Length / 2] ^= 0x55;
        var bad = new JsonLines([_folder.Write("bad.jsonl.zst", whole)], "t");
        Assert.Contains("the file is damaged", Assert.Throws<DataException>(() => Samples.Read(bad)).Message,
            StringComparison.Ordinal);
        var none = new JsonLines([_folder.Write("none.jsonl.zst", "{\"t\":\"not compressed\"}")], "t");
        Assert.Contains("no Zstandard", Assert.Throws<DataException>(none.List).Message, StringComparison.Ordinal);
    }
}
