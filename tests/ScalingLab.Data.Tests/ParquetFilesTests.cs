using System.Text;
using ParquetSharp;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Tests;

public sealed class ParquetFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static IReadOnlyList<string> Problems(CorpusSource source) =>
        Assert.Throws<DataException>(() => Samples.Read(source)).Problems;

    private string Write(string name, string?[] texts, int rowGroups = 1, Compression compression = Compression.Snappy)
    {
        var path = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Column[] columns = [new Column<string?>("text"), new Column<int>("n"), new Column<byte[]?>("raw")];
        using var file = new ParquetFileWriter(path, columns, compression);
        foreach (var rows in texts.Chunk((texts.Length + rowGroups - 1) / rowGroups))
        {
            using var group = file.AppendRowGroup();
            using (var text = group.NextColumn().LogicalWriter<string?>()) text.WriteBatch(rows);
            using (var number = group.NextColumn().LogicalWriter<int>())
                number.WriteBatch([.. Enumerable.Range(0, rows.Length)]);
            using var raw = group.NextColumn().LogicalWriter<byte[]?>();
            raw.WriteBatch([.. rows.Select(row => row is null ? null : new byte[] { 0x61, 0xFF })]);
        }
        file.Close();
        return path;
    }

    [Theory]
    [InlineData(Compression.Uncompressed)]
    [InlineData(Compression.Snappy)]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    [InlineData(Compression.Lz4)]
    [InlineData(Compression.Brotli)]
    public void Any_text_comes_back_to_the_last_character_whatever_the_compression(Compression compression)
    {
        var random = new Random(7);
        string?[] texts = [.. Enumerable.Range(0, 1000)
            .Select(i => i % 9 == 0 ? null : "x" + Samples.AnyText(random, random.Next(1, 60)))];
        var path = Write("a.parquet", texts, rowGroups: 3, compression);
        var documents = Samples.Read(new ParquetFiles([path], "text"));
        Assert.Equal(texts.Select(text => text ?? ""), documents.Select(document => document.Text));
        Assert.Equal(("a.parquet:1", "a.parquet:1000"), (documents[0].Name, documents[^1].Name));
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_replaced_and_counted()
    {
        var path = Write("a.parquet", ["one", null, "three"]);
        var documents = Samples.Read(new ParquetFiles([path], "raw"));
        Assert.Equal(["a\uFFFD", "", "a\uFFFD"], documents.Select(document => document.Text));
        Assert.Equal(2, documents.Sum(document => document.ReplacedSequences));
    }

    [Fact]
    public void A_folder_gives_its_Parquet_and_says_what_else_it_holds()
    {
        Write("data/a.parquet", ["one"]);
        Write("data/b.pq", ["two"]);
        _folder.Write("data/c.csv", "text\nthree\n");
        var source = new ParquetFiles([_folder["data"]], "text");
        Assert.Equal(["one", "two"], Samples.Read(source).Select(document => document.Text));
        Assert.Equal(["data/c.csv"], source.List().Skipped.Select(file => file.Name));
    }

    [Fact]
    public void Columns_that_are_not_there_or_hold_no_text_are_named()
    {
        var path = Write("a.parquet", ["one"]);
        Assert.Equal($"{path}: has no column 'body'; its columns are 'text', 'n', 'raw'.",
            Assert.Single(Problems(new ParquetFiles([path], "body"))));
        Assert.Equal($"{path}: the column 'n' holds Int32, Int; text is expected.",
            Assert.Single(Problems(new ParquetFiles([path], "n"))));
    }

    [Fact]
    public void What_is_no_Parquet_or_damaged_or_cut_short_is_refused_by_name()
    {
        var none = _folder.Write("none.parquet", "text\n");
        Assert.Contains("none.parquet: the file is no Parquet",
            Assert.Throws<DataException>(() => new ParquetFiles([none], "text").List()).Message,
            StringComparison.Ordinal);
        var whole = File.ReadAllBytes(Write("a.parquet",
            [.. Enumerable.Range(0, 500).Select(i => Samples.Prose(i, 30))]));
        foreach (var length in new[] { whole.Length - 1, whole.Length / 2, 8 })
        {
            var cut = _folder.Write("cut.parquet", whole[..length]);
            Assert.Contains("cut.parquet: the file is damaged: ",
                Assert.Single(Problems(new ParquetFiles([cut], "text"))), StringComparison.Ordinal);
        }
        var (random, refused) = (new Random(3), 0);
        for (var i = 0; i < 200; i++)
        {
            var damaged = (byte[])whole.Clone();
            for (var k = 0; k < 4; k++) damaged[random.Next(4, damaged.Length)] = (byte)random.Next(256);
            try
            {
                Samples.Read(new ParquetFiles([_folder.Write("bad.parquet", damaged)], "text"));
            }
            catch (DataException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1, 200);
    }
}
