using ParquetSharp;
using ScalingLab.Data;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Markup;
using ScalingLab.Fuzz.Mutations;
using ZstdSharp;
using Encoding = System.Text.Encoding;

namespace ScalingLab.Fuzz.Formats;

/// <summary>
/// Text of a corpus that is more than bytes: Parquet, JSON lines in Zstandard, HTML and Markdown without their markup.
/// </summary>
internal sealed class CorpusFormat : FuzzFormat
{
    private const string Parquet = ".parquet";
    private const string Lines = ".jsonl.zst";
    private const string Html = ".html";
    private const string Markdown = ".md";

    private static readonly string[] Kinds = [Parquet, Lines, Html, Markdown];

    private readonly JsonMutator _mutator = new(["text", "id", "a"]);
    private readonly byte[][] _tables;

    public CorpusFormat(string folder)
    {
        Directory.CreateDirectory(folder);
        _tables = [.. new[] { Compression.Uncompressed, Compression.Snappy, Compression.Zstd, Compression.Gzip }
            .Select(compression => Table(Path.Combine(folder, "made.parquet"), compression))];
    }

    public override IReadOnlyList<FuzzInput> Whole =>
    [
        .. _tables.Select(table => new FuzzInput(Parquet, table)), new(Lines, Zstandard(Line(0) + Line(1))),
        new(Html, Encoding.UTF8.GetBytes(MarkupMutator.Html)),
        new(Markdown, Encoding.UTF8.GetBytes(MarkupMutator.Markdown)),
    ];

    public override FuzzInput Make(Random random)
    {
        var kind = Oddities.Of(random, Kinds);
        return new FuzzInput(kind, kind switch
        {
            Parquet => ByteMutator.Mutate(Oddities.Of(random, _tables), random),
            Lines => Packed(random),
            Html => Marked(MarkupMutator.MutateHtml(random), random),
            _ => Marked(MarkupMutator.MutateMarkdown(random), random),
        });
    }

    public override bool Read(FuzzInput input, string file)
    {
        CorpusSource source = input.Ending switch
        {
            Parquet => new ParquetFiles([file], "text"),
            Lines => new JsonLines([file], "text"),
            Html => new TextFiles([file]) { Strip = MarkupKind.Html },
            _ => new TextFiles([file]) { Strip = MarkupKind.Markdown },
        };
        try
        {
            foreach (var document in source.Read(source.List(), CancellationToken.None).Documents)
            {
                if (document.Text.Length > 2 * 1024 * 1024 + 64L * input.Bytes.Length)
                    throw new FindingException("text came of nothing");
            }
            return true;
        }
        catch (DataException)
        {
            return false;
        }
    }

    private byte[] Packed(Random random)
    {
        var lines = Encoding.UTF8.GetBytes(Line(0) + _mutator.Mutate(Line(1), random) + "\n" + Line(2));
        if (random.Next(3) == 0) lines = ByteMutator.Mutate(lines, random);
        var packed = Zstandard(lines);
        return random.Next(2) == 0 ? ByteMutator.Mutate(packed, random) : packed;
    }

    private static byte[] Marked(string text, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return random.Next(4) == 0 ? ByteMutator.Mutate(bytes, random) : bytes;
    }

    private static string Line(int i) => $"{{\"id\":{i},\"text\":\"Text \\u00e9 {i}\",\"a\":[{{\"b\":null}}]}}\n";

    private static byte[] Zstandard(string text) => Zstandard(Encoding.UTF8.GetBytes(text));

    private static byte[] Zstandard(byte[] bytes)
    {
        using var compressor = new Compressor();
        return compressor.Wrap(bytes).ToArray();
    }

    private static byte[] Table(string path, Compression compression)
    {
        Column[] columns = [new Column<string?>("text"), new Column<int>("n")];
        using (var file = new ParquetFileWriter(path, columns, compression))
        {
            for (var first = 0; first < 60; first += 30)
            {
                using var group = file.AppendRowGroup();
                using (var text = group.NextColumn().LogicalWriter<string?>())
                {
                    text.WriteBatch(
                        [.. Enumerable.Range(first, 30).Select(i => i % 7 == 0 ? null : $"row {i % 11} é")]);
                }
                using var number = group.NextColumn().LogicalWriter<int>();
                number.WriteBatch([.. Enumerable.Range(first, 30)]);
            }
            file.Close();
        }
        return File.ReadAllBytes(path);
    }
}
