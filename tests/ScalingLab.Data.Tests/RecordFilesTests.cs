using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Tests;

public sealed class RecordFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static IReadOnlyList<string> Problems(CorpusSource source) =>
        Assert.Throws<DataException>(() => Samples.Read(source)).Problems;

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest)) gzip.Write(bytes);
        return memory.ToArray();
    }

    [Fact]
    public void Any_text_comes_back_from_JSON_lines_and_tables_to_the_last_character()
    {
        var random = new Random(5);
        string[] texts =
            [.. Enumerable.Range(0, 300)
                .Select(i => ("x" + Samples.AnyText(random, random.Next(1, 400))).Replace('\0', '0'))];
        _folder.Write(
            "a.jsonl",
            string.Concat(
                texts.Select((t, i) =>
                    JsonSerializer.Serialize(new { id = i, meta = new { text = "not this" }, text = t }) + "\n")));
        Assert.Equal(texts, Samples.Read(new JsonLines([_folder["a.jsonl"]], "text")).Select(d => d.Text));

        static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        foreach (var (name, delimiter, end) in new[] { ("a.csv", ",", "\r\n"), ("a.tsv", "\t", "\n") })
        {
            var rows = texts.Select((t, i) => string.Join(delimiter, i, Quoted(t), "en"))
                .Prepend(string.Join(delimiter, "id", "\"the text\"", "lang"));
            _folder.Write(name, string.Join(end, rows));
            Assert.Equal(texts,
                Samples.Read(new DelimitedFiles([_folder[name]], "the text", Tabs: delimiter == "\t")).Select(d => d.Text));
        }
    }

    [Fact]
    public void Compressed_files_hold_the_documents_that_plain_ones_do_under_the_same_names()
    {
        var jsonl = Encoding.UTF8.GetBytes("{\"t\":\"habari\"}\n\n{\"t\":\"dunia\"}");
        _folder.Write("plain/a.jsonl", jsonl);
        _folder.Write("packed/plain/a.jsonl.gz", Gzip(jsonl));
        _folder.Write("packed/plain/b.png", "no record");
        var plain = Samples.Read(new JsonLines([_folder["plain"]], "t"));
        Assert.Equal(["plain/a.jsonl:1", "plain/a.jsonl:3"], plain.Select(d => d.Name));
        Assert.Equal(plain, Samples.Read(new JsonLines([_folder["packed/plain"]], "t")));
        Assert.Equal(plain,
            Samples.Read(new JsonLines([_folder["packed/plain/a.jsonl.gz"]], "t"))
            .Select(d => d with { Name = "plain/" + d.Name }));

        // Members one after another, an empty one and padding among them, are one file.
        byte[] members = [.. Gzip("{\"t\":\"mo"u8), .. Gzip([]), .. Gzip("ja\"}\n"u8), 0, 0, 0, .. Gzip(jsonl)];
        Assert.Equal(["moja", "habari", "dunia"],
            Samples.Read(new JsonLines([_folder.Write("many.jsonl.gz", members)], "t")).Select(d => d.Text));
        var texts = Enumerable.Range(0, 200).Select(i => Samples.Prose(i, 3000)).ToList();
        var large = texts.SelectMany(t => Gzip(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { t }) + "\n")))
            .ToArray();
        Assert.Equal(texts, Samples.Read(new JsonLines([_folder.Write("large.jsonl.gz", large)], "t")).Select(d => d.Text));
        Assert.Equal(texts, Samples.Read(new JsonLines([_folder.Write("one.jsonl.gz", Gzip(Encoding.UTF8.GetBytes(
            string.Concat(texts.Select(t => JsonSerializer.Serialize(new { t }) + "\n")))))], "t"))
            .Select(d => d.Text));
        Assert.Equal(new Document("c.txt", "mbili"),
            Assert.Single(Samples.Read(new TextFiles([_folder.Write("c.txt.gz", Gzip("mbili"u8))]))));
    }

    [Fact]
    public void A_compressed_file_that_is_damaged_or_cut_short_is_never_taken_for_a_shorter_one()
    {
        var records =
            string.Concat(
                Enumerable.Range(0, 2000).Select(i => $"{{\"t\":\"{Samples.Prose(i, 20).Replace('\n', ' ')}\"}}\n"));
        var whole = Gzip(Encoding.UTF8.GetBytes(records));
        foreach (var length
            in new[] { whole.Length - 1, whole.Length - 8, whole.Length - 9, whole.Length - 20, whole.Length / 2 })
        {
            var cut = _folder.Write("cut.jsonl.gz", whole[..length]);
            Assert.Contains("cut.jsonl.gz: the file is damaged", Assert.Single(Problems(new JsonLines([cut], "t"))),
                StringComparison.Ordinal);
        }
        whole[whole.Length / 2] ^= 0x55;
        Assert.Contains("the file is damaged",
            Assert.Single(Problems(new JsonLines([_folder.Write("bad.jsonl.gz", whole)], "t"))),
            StringComparison.Ordinal);
        var none = _folder.Write("none.jsonl.gz", "{\"t\":\"not compressed\"}");
        Assert.Contains("no gzip", Assert.Throws<DataException>(() => new JsonLines([none], "t").List()).Message,
            StringComparison.Ordinal);
        var text = _folder.Write("cut.txt.gz", whole[..(whole.Length / 2)]);
        Assert.Contains("the file is damaged", Assert.Single(Problems(new TextFiles([text]))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_bad_line_of_JSON_is_named_with_its_file()
    {
        var path = _folder.Write("bad.jsonl", string.Join('\n',
            """{"text":"good"}""", """{"text":"cut""", """["text"]""", """{"body":"elsewhere"}""", """{"text":12}""",
            "",
            """{"text":"\ud800"}""", """{"text":"good"} and more""", """{"text":{"text":"too deep"}}""",
            """{"text":"good"}"""));
        var other = _folder.Write("other.jsonl", "{}");
        Assert.Collection(Problems(new JsonLines([path, other], "text")),
            p => Assert.StartsWith($"{path} line 2: is no valid JSON at column", p, StringComparison.Ordinal),
            p => Assert.Equal($"{path} line 3: is no JSON object but an array.", p),
            p => Assert.Equal($"{path} line 4: has no field 'text'.", p),
            p => Assert.Equal($"{path} line 5: the field 'text' is a number; text is expected.", p),
            p => Assert.Contains("line 7: the field 'text' holds half of a surrogate pair", p,
                StringComparison.Ordinal),
            p => Assert.StartsWith($"{path} line 8: is no valid JSON at column 17", p, StringComparison.Ordinal),
            p => Assert.Equal($"{path} line 9: the field 'text' is an object; text is expected.", p),
            p => Assert.Equal($"{other} line 1: has no field 'text'.", p));
        var many =
            Problems(
                new JsonLines([_folder.Write("many.jsonl", string.Concat(Enumerable.Repeat("{}\n", 1000)))], "text"));
        Assert.Equal(2, many.Count);
        Assert.EndsWith("many.jsonl line 1: has no field 'text'. The same in 19 more lines, the last of them 20.",
            many[0], StringComparison.Ordinal);
        Assert.Contains("first 20 problems", many[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_bad_row_of_a_table_is_named_with_the_line_it_begins_on()
    {
        var path = _folder.Write("bad.csv",
            "id,text\n1,\"two\nlines\"\n2,three,fields\n\n3,a \"quote\" inside\n4,\"closed\" "
                + "early\n5\n6,good\n7,\"open\nto the end\n");
        Assert.Collection(Problems(new DelimitedFiles([path], "text")),
            p => Assert.Equal($"{path} line 4: has 3 fields where the first line names 2 columns.", p),
            p => Assert.StartsWith($"{path} line 6: a quote stands inside a field", p, StringComparison.Ordinal),
            p => Assert.StartsWith($"{path} line 7: text follows the quote that closes a field", p,
                StringComparison.Ordinal),
            p => Assert.Equal($"{path} line 8: has 1 fields where the first line names 2 columns.", p),
            p => Assert.Equal($"{path} line 10: the quote that opens a field on line 10 is never closed.", p));
        Assert.Equal($"{path} line 1: has no column 'body'; its columns are 'id', 'text'.",
            Assert.Single(Problems(new DelimitedFiles([path], "body"))));
        var twice = _folder.Write("twice.csv", "text,text\na,b\n");
        Assert.Contains("has two columns 'text'", Assert.Single(Problems(new DelimitedFiles([twice], "text"))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_table_of_tabs_quotes_inside_a_field_and_lone_carriage_returns_stand_for_themselves()
    {
        var path = _folder.Write("a.tsv", "\uFEFFid\ttext\r\n1\tshe said \"hi\"\r\n2\tone\rtwo\r\n3\t\"a\ttab\"\r");
        Assert.Equal(["she said \"hi\"", "one\rtwo", "a\ttab"],
            Samples.Read(new DelimitedFiles([path], "text", Tabs: true)).Select(d => d.Text));
    }

    [Fact]
    public void Records_without_text_are_left_out_and_counted_and_bytes_that_are_not_UTF_8_are_replaced_and_said()
    {
        byte[] broken = [.. "{\"text\":\"a"u8, 0xFF, .. "b\"}\n"u8];
        byte[] lines =
            [.. "{\"text\":\"one more\"}\n{\"text\":null}\n{\"text\":\" \\n\"}\n{\"text\":\"\"}\n"u8, .. broken,
                .. "{\"text\":\"three\"}\n"u8];
        var data = DataPreparation.Prepare(
            new(new JsonLines([_folder.Write("a.jsonl", lines)], "text"), new("bytes", 257)), _folder["state"], null,
            default);
        Assert.Equal(3, data.Report.Documents);
        Assert.Contains("3 records without text (empty, white space or null) were left out.", data.Report.Notes);
        Assert.Contains("1 byte sequence in 1 record was not UTF-8 and was replaced by U+FFFD: a.jsonl:5 (1).",
            data.Report.Notes);
        using var train = data.OpenTrain();
        using var validation = data.OpenValidation();
        var tokenizer = data.LoadTokenizer();
        Assert.Equal(["a\uFFFDb", "one more", "three"],
            Samples.Read(train, tokenizer).Concat(Samples.Read(validation, tokenizer)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Another_field_or_column_of_the_same_files_is_other_data()
    {
        var path =
            _folder.Write("a.jsonl", string.Concat(Enumerable.Range(0, 50).Select(i => $"{{\"en\":\"one "
                + $"{i}\",\"sw\":\"moja {i}\"}}\n")));
        PreparedData Prepare(string field) =>
            DataPreparation.Prepare(new(new JsonLines([path], field), new("bytes", 257)), _folder["state"], null,
                default);
        Assert.NotEqual(Prepare("en").CorpusHash, Prepare("sw").CorpusHash);
        Assert.Equal(Prepare("sw").Folder, Prepare("sw").Folder);
    }

    [Fact]
    public void The_validation_set_of_sorted_records_begins_with_a_fair_sample_of_them()
    {
        // The first half is about a, the second about b.
        var path =
            _folder.Write("sorted.jsonl",
                string.Concat(Enumerable.Range(0, 2000).Select(i => $"{{\"t\":\"{(i < 1000 ? 'a' : 'b')} "
                    + $"{i:0000}\"}}\n")));
        var data =
            DataPreparation.Prepare(new(new JsonLines([path], "t"), new("bytes", 257), 0.2), _folder["state"], null,
                default);
        using var validation = data.OpenValidation();
        var documents = Samples.Read(validation, data.LoadTokenizer());
        Assert.Equal(data.ValidationBytes, documents.Sum(d => d.Length));
        Assert.InRange(documents.Take(100).Count(d => d[0] == 'a'), 30, 70);
        using var train = data.OpenTrain();
        Assert.Equal(2000, documents.Concat(Samples.Read(train, data.LoadTokenizer())).Distinct().Count());
    }
}
