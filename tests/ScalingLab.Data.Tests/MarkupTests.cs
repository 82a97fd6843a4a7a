using System.Text;
using System.Text.Json;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Markup;

namespace ScalingLab.Data.Tests;

public sealed class MarkupTests : IDisposable
{
    private const string Page = """
        <!DOCTYPE html><html><head><title>Not seen</title><style>p { color: red }</style></head>
        <body><h1>Habari   za
        <em>dunia</em></h1><p>One &amp; <a href="x">two</a>.<br>Three</p><script>var x = "<p>";</script>
        <ul><li>first<li>second</ul><table><tr><th>a</th><td>b</td></tr></table><pre>  if x:
            y</pre><div hidden>Not seen</div><!-- nor this --></body></html>
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_HTML_is_left_what_a_reader_sees() => Assert.Equal(
        "Habari za dunia\n\nOne & two.\nThree\n\nfirst\nsecond\na\tb\n\n  if x:\n    y\n",
        MarkupText.Strip(MarkupKind.Html, Page.ReplaceLineEndings("\n")));

    [Fact]
    public void Of_Markdown_is_left_what_a_reader_sees()
    {
        var plain = MarkupText.Strip(MarkupKind.Markdown,
            "---\ntitle: no\n---\n# Head *one*\n\nA [link](http://x) and `code` &amp; <b>bold</b>.\n\n* item\n\n"
                + "```cs\nvar x = 1;\n```\n\n<div>html <!-- no --></div>\n");
        Assert.Equal(["Head one", "A link and code & bold.", "item", "var x = 1;", "html"],
            plain.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Broken_and_deep_HTML_is_read_as_a_browser_reads_it()
    {
        Assert.Equal("a < b\n\nc\n", MarkupText.Strip(MarkupKind.Html, "<div>a < b<p></div><p <b>c</i></table>"));
        var deep = string.Concat(Enumerable.Repeat("<i>", 3000)) + "x";
        Assert.Equal("x\n", MarkupText.Strip(MarkupKind.Html, deep));
        Assert.Equal("", MarkupText.Strip(MarkupKind.Html, "<script>only this</script>"));
    }

    [Fact]
    public void Pages_in_files_and_in_fields_of_records_give_the_same_texts_and_a_page_without_text_is_none()
    {
        _folder.Write("pages/a.html", "<p>one</p>");
        _folder.Write("pages/b.htm", "<script>x</script>");
        _folder.Write("pages/c.md", "not HTML");
        var files = new TextFiles([_folder["pages"]]) { Strip = MarkupKind.Html };
        Assert.Equal(["", "one\n"], Samples.Read(files).Select(d => d.Text).Order(StringComparer.Ordinal));
        Assert.Contains(files.List().Skipped, skipped => skipped.Name == "pages/c.md");
        var lines = new JsonLines([_folder.Write("a.jsonl",
            JsonSerializer.Serialize(new { t = "<p>one</p>" }) + "\n")], "t") { Strip = MarkupKind.Html };
        Assert.Equal("one\n", Assert.Single(Samples.Read(lines)).Text);
        Assert.Equal("<p>one</p>", Assert.Single(Samples.Read(lines with { Strip = MarkupKind.None })).Text);
    }

    [Theory]
    [InlineData(">", 5000, "Markdown")]
    [InlineData("<b><i>", 40_000, "HTML")]
    public void Markup_nested_too_deeply_is_a_problem_with_its_place(string part, int times, string name)
    {
        var lines = new JsonLines([_folder.Write("a.jsonl",
            JsonSerializer.Serialize(new { t = string.Concat(Enumerable.Repeat(part, times)) + "x" }) + "\n")], "t")
            { Strip = Enum.Parse<MarkupKind>(name, ignoreCase: true) };
        Assert.StartsWith($"a.jsonl:1: cannot be read as {name}: ",
            Assert.Single(Assert.Throws<DataException>(() => Samples.Read(lines)).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_with_its_markup_and_without_it_are_prepared_apart()
    {
        for (var i = 0; i < 40; i++) _folder.Write($"pages/{i}.html", $"<p>page {i} of {i * i}</p>");
        PreparedData Prepare(MarkupKind strip) => DataPreparation.Prepare(
            new(new TextFiles([.. Directory.GetFiles(_folder["pages"])]) { Strip = strip }, new("bytes", 257)),
            _folder["state"], null, default);
        var (plain, marked) = (Prepare(MarkupKind.Html), Prepare(MarkupKind.None));
        Assert.NotEqual(plain.Folder, marked.Folder);
        Assert.NotEqual(plain.CorpusHash, marked.CorpusHash);
        using var train = plain.OpenTrain();
        Assert.DoesNotContain(Samples.Read(train, plain.LoadTokenizer()), text => text.Contains('<'));
    }
}
