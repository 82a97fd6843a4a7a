using System.IO.Compression;
using System.Text.Json;
using ScalingLab.Data.Cleaning;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Tests.Cleaning;

/// <summary>Files without their copies, written as they were read.</summary>
public sealed class DeduplicationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static DeduplicationReport Run(CorpusSource source, string? output, bool paragraphs = false,
        CorpusSource? against = null) =>
        Deduplication.Run(new(source, new()) { Out = output, Paragraphs = paragraphs, Against = against }, null,
            default);

    [Fact]
    public void Every_field_of_what_is_kept_stands_in_the_output_as_it_stood()
    {
        string[] lines =
        [
            """{"id": 7, "t": "Habari ya leo", "meta": {"url": "https://a.example/1", "tags": [1, 2]}}""",
            "",
            """{"id": 8, "t": "HABARI  ya leo"}""",
            """{"id": 9, "t": null}""",
            """{"t": "Habari nyingine", "id":10}""",
        ];
        var source = new JsonLines([_folder.Write("a.jsonl", string.Join("\r\n", lines) + "\r\n")], "t");
        var report = Run(source, _folder["out.jsonl.gz"]);
        using var packed = new GZipStream(File.OpenRead(_folder["out.jsonl.gz"]), CompressionMode.Decompress);
        using var text = new StreamReader(packed);
        Assert.Equal($"{lines[0]}\n{lines[4]}\n", text.ReadToEnd());
        Assert.Equal(new TextCount(3, 13 + 14 + 15), report.Read);
        Assert.Equal((1, 2), (report.Exact.Documents, report.Kept.Documents));
        Assert.Equal(("a.jsonl:3", "a.jsonl:1", 1.0),
            (report.Samples[0].Removed, report.Samples[0].Kept, report.Samples[0].Similarity));
    }

    [Fact]
    public void Files_of_one_name_in_two_folders_keep_each_its_own_lines()
    {
        static string Line(string text) => JsonSerializer.Serialize(new { text }) + "\n";
        var one = _folder.Write("a/x.jsonl", Line("first") + Line("second"));
        var two = _folder.Write("b/x.jsonl", Line("SECOND") + Line("third"));
        Run(new JsonLines([two, one], "text"), _folder["out.jsonl"]);
        Assert.Equal(Line("first") + Line("second") + Line("third"), File.ReadAllText(_folder["out.jsonl"]));
    }

    [Fact]
    public void Paragraphs_go_from_the_text_and_the_other_fields_stay()
    {
        const string Notice = "All rights reserved by the publisher.";
        static string Line(int id, string text) => JsonSerializer.Serialize(new { id, text }) + "\n";
        var source = new JsonLines([_folder.Write("a.jsonl",
            Line(1, $"News one, long enough.\n{Notice}") + Line(2, $"News two, long enough.\n{Notice}\n")
            + Line(3, Notice))], "text");
        var report = Run(source, _folder["out.jsonl"], paragraphs: true);
        Assert.Equal(Line(1, $"News one, long enough.\n{Notice}") + Line(2, "News two, long enough.\n"),
            File.ReadAllText(_folder["out.jsonl"]));
        Assert.Equal((2, 1), (report.Paragraphs!.Removed, report.Paragraphs.Emptied));
        Assert.Equal(2, report.Kept.Documents);
    }

    [Fact]
    public void Text_that_stands_in_other_files_goes()
    {
        var text = new TextFiles([_folder.Write("t/a.txt", "In both."), _folder.Write("t/b.txt", "In one.")]);
        var report = Run(text, _folder["out.jsonl"], against: new TextFiles([_folder.Write("r.txt", "in  BOTH.")]));
        Assert.Equal("{\"name\":\"b.txt\",\"text\":\"In one.\"}\n", File.ReadAllText(_folder["out.jsonl"]));
        Assert.Equal(("a.txt", ""), (report.Samples[0].Removed, report.Samples[0].Kept));
    }

    [Fact]
    public void A_file_is_not_written_over_itself_and_nothing_is_left_of_a_run_that_fails()
    {
        var path = _folder.Write("a.jsonl", "{\"text\": \"x\"}\n{\"txt\": \"y\"}\n");
        var itself = Assert.Throws<DataException>(() => Run(new JsonLines([path], "text"), path));
        Assert.Contains("is read, and cannot be written too", itself.Message, StringComparison.Ordinal);
        var other = _folder.Write("b.jsonl", "[]\n");
        var bad = Assert.Throws<DataException>(
            () => Run(new JsonLines([path, other], "text"), _folder["out.jsonl"]));
        Assert.Equal([$"{path} line 2: has no field 'text'.", $"{other} line 1: is no JSON object but an array."],
            bad.Problems);
        Assert.Equal(["a.jsonl", "b.jsonl"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }
}
