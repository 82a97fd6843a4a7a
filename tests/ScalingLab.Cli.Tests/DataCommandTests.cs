using System.Text.Json;
using ScalingLab.Cli.Commands.Data;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;

namespace ScalingLab.Cli.Tests;

/// <summary><c>lab data</c> over small texts, through the same door as from a shell.</summary>
public sealed class DataCommandTests : IDisposable
{
    private const string Sentence = "The ship left the harbour in the morning and was not seen again by anyone of the "
        + "town for many years after that day";

    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    private Task<FitAnswer> RunAsync(params string[] arguments) =>
        _lab.SayAsync(
            screen => DataCommand.Create(screen, new LabHome(Repository.Root, _lab.At(".lab"))),
            ["data", .. arguments]);

    private string Texts(string name, params string[] texts) =>
        _lab.Write(name, string.Concat(texts.Select(text => JsonSerializer.Serialize(new { text }) + "\n")));

    [Fact]
    public async Task Copies_are_removed_and_the_report_says_how()
    {
        var path = Texts("a.jsonl", Sentence, Sentence.ToUpperInvariant(), $"{Sentence} x", "other");
        var answer = await RunAsync("dedup", path, "--near", "0.8", "--out", _lab.At("out.jsonl"));
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        Assert.Equal(2, (await File.ReadAllLinesAsync(_lab.At("out.jsonl"))).Length);
        foreach (var words in (string[])["18 bands of 7", "exact, 1.00: a.jsonl:2 = a.jsonl:1", "near, 0.9"])
            Assert.Contains(words, answer.Out, StringComparison.Ordinal);
        var again = await RunAsync("dedup", path, "--out", _lab.At("out.jsonl"));
        Assert.Equal(CliHost.BadInput, again.ExitCode);
        Assert.Contains("out.jsonl is there already, and is not replaced: choose another name", again.Error,
            StringComparison.Ordinal);
        var json = await RunAsync("dedup", path, "--near", "0.8", "--json");
        using var report = JsonDocument.Parse(json.Out);
        Assert.Equal(2, report.RootElement.GetProperty("kept").GetProperty("documents").GetInt32());
        Assert.Equal(7, report.RootElement.GetProperty("settings").GetProperty("rows").GetInt32());
    }

    [Fact]
    public async Task Files_are_prepared_without_a_grid_by_any_tokenizer()
    {
        var path = Texts("a.jsonl", [.. Enumerable.Range(0, 60).Select(i => $"{Sentence} {i}")]);
        var answer = await RunAsync("prepare", path, "--vocabulary", "300");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        Assert.Contains("| the corpus | 60", answer.Out, StringComparison.Ordinal);
        var again = await RunAsync("prepare", path, "--vocabulary", "300");
        Assert.Contains("Found prepared: ", again.Out, StringComparison.Ordinal);
        var folder = again.Out.Split("Found prepared: ")[1].Trim();

        using var bytes = JsonDocument.Parse((await RunAsync("prepare", path, "--tokenizer", "bytes", "--json")).Out);
        Assert.Equal(257, bytes.RootElement.GetProperty("vocabulary").GetInt32());
        using var own = JsonDocument.Parse((await RunAsync("prepare", path, "--tokenizer", folder, "--json")).Out);
        Assert.Equal(300, own.RootElement.GetProperty("vocabulary").GetInt32());

        // A grid of the same text finds it; what is said of files has no meaning beside a grid.
        var grid = _lab.Write("grid.json", """
            { "name": "g", "models": ["micro-28k"], "lengths": [{ "tokens": 1000 }],
              "data": { "corpus": "jsonl", "paths": ["a.jsonl"], "field": "text", "tokenizer": { "kind": "bytes" } } }
            """);
        Assert.Contains("Found prepared: ", (await RunAsync("prepare", grid)).Out, StringComparison.Ordinal);
        foreach (var wrong in (string[][])[[grid, "--tokenizer", "bytes"], [path, "--tokenizer", "none"],
            [path, "--tokenizer", "gpt2", "--vocabulary", "300"], [grid, "--field", "text"]])
            Assert.Equal(CliHost.BadInput, (await RunAsync(["prepare", .. wrong])).ExitCode);
    }

    [Fact]
    public async Task Text_without_copies_has_no_largest_group_of_them()
    {
        var path = Texts("a.jsonl", Sentence, "other");
        Assert.Contains("0 groups of copies.", (await RunAsync("dedup", path)).Out, StringComparison.Ordinal);
        Assert.Contains("Groups of copies: 0.", (await RunAsync("inspect", path)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluation_text_of_another_format_is_found()
    {
        var training = Texts("train.jsonl", $"Before it. {Sentence}. After it.", "clean");
        var evaluation = _lab.Write("eval.txt", Sentence);
        var answer = await RunAsync("overlap", training, "--evaluation", evaluation, "--out", _lab.At("out.jsonl"));
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        Assert.Contains("100.0 %: eval.txt in train.jsonl:1", answer.Out, StringComparison.Ordinal);
        Assert.Equal("{\"text\":\"clean\"}\n", await File.ReadAllTextAsync(_lab.At("out.jsonl")));
    }

    [Fact]
    public async Task A_page_with_figures_shows_what_text_is_like()
    {
        string[] texts = [.. Enumerable.Range(0, 7).Select(i => $"{Sentence}, number {i}."), "a@b.example <b>"];
        var path = Texts("a.jsonl", texts);
        var answer = await RunAsync("inspect", path, "--out", _lab.At("text.html"), "--held-out", "0.3");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        foreach (var words in (string[])["16 to 31", "English", "e-mail addresses", "gopher-words", "The page: "])
            Assert.Contains(words, answer.Out, StringComparison.Ordinal);
        var page = await File.ReadAllTextAsync(_lab.At("text.html"));
        Assert.Equal(3, page.Split("<figcaption>").Length - 1);
        Assert.Contains("a@b.example &lt;b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grid_is_inspected_source_by_source()
    {
        Texts("a.jsonl", Sentence, "another text");
        _lab.Write("b.txt", "A text of a file.");
        var grid = _lab.Write("grid.json", """
            { "name": "g", "models": ["micro-90k"], "lengths": [{ "tokens": 100000 }], "data": { "sources": [
              { "name": "sw", "corpus": "jsonl", "paths": ["a.jsonl"], "field": "text", "weight": 1 },
              { "name": "en", "corpus": "text", "paths": ["b.txt"], "weight": 1 } ],
              "tokenizer": { "kind": "bytes" } } }
            """);
        var answer = await RunAsync("inspect", grid, "--json");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        using var report = JsonDocument.Parse(answer.Out);
        Assert.Equal([("sw", 2), ("en", 1)], report.RootElement.GetProperty("sources").EnumerateArray().Select(source =>
            (source.GetProperty("name").GetString()!,
                source.GetProperty("count").GetProperty("documents").GetInt32())));
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_counted_and_said()
    {
        var path = _lab.Write("odd.txt", [.. "caf"u8, 0xE9, .. " and words enough to be read"u8]);
        foreach (var command in (string[])["inspect", "dedup"])
        {
            Assert.Contains("data: 1 byte sequence in 1 file was not UTF-8 and was replaced by U+FFFD: odd.txt (1).",
                (await RunAsync(command, path)).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_page_is_not_written_over_what_is_inspected()
    {
        var page = _lab.Write("page.html", "<p>text</p>");
        var answer = await RunAsync("inspect", page, "--out", page);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains("is read, and cannot be written too: name another", answer.Error, StringComparison.Ordinal);
        Assert.Equal("<p>text</p>", await File.ReadAllTextAsync(page));
    }

    [Theory]
    [InlineData("dedup", "PATHS: names no file or folder; give one")]
    [InlineData("dedup TEXT --near 1.5", "--near: is 1.5; a similarity above 0 and at most 1 is expected, as 0.8 is")]
    [InlineData("dedup TEXT --corpus jsno", "--corpus: no text is of the kind 'jsno': ")]
    [InlineData("dedup TEXT --column text", "--column: says nothing of the corpus jsonl; leave it out")]
    [InlineData("dedup TEXT --out x.txt", "--out: x.txt is written as JSON lines: give a name that ends in .jsonl")]
    [InlineData("dedup TEXT --field txt", "line 1: has no field 'txt'.")]
    [InlineData("dedup nowhere.jsonl", "nowhere.jsonl: there is no such file or folder.")]
    [InlineData("overlap TEXT", "--evaluation: names no file or folder; give one")]
    [InlineData("overlap TEXT --evaluation TEXT --remove passages", "--remove: says what --out leaves out; give --out")]
    [InlineData("filter TEXT --filter gopher-word", "no filter is called 'gopher-word' (did you mean 'gopher-words'?)")]
    [InlineData("filter TEXT --filter language-en language-sw", "several languages are given, and a document has one")]
    [InlineData("subset TEXT --out x.jsonl", "give one of --documents, --bytes and --byte-tokens")]
    [InlineData("subset TEXT --bytes many --out x.jsonl", "--bytes: is 'many'; a whole number from 1 to 1e18")]
    [InlineData("subset TEXT --documents 1.5 --out x.jsonl", "--documents: is '1.5'; a whole number from 1 to 1e18")]
    [InlineData("mix TEXT --out x.jsonl", "is no path with a weight above 0; sw.jsonl=0.7 is expected")]
    [InlineData("mix TEXT=1e300 --out x.jsonl", "a weight from 1e-9 to 1e9 is expected")]
    [InlineData("mix TEXT=1 TEXT=1 --out x.jsonl", "has no text of its own: its files hold none, or all of it stands")]
    [InlineData("dedup TEXT --near 0.8 --shingle-words 2147483647", "--shingle-words is 2147483647; at most 100 is")]
    [InlineData("overlap TEXT --evaluation BLANK", "The evaluation files hold no text: give others.")]
    [InlineData("inspect TEXT --held-out 1", "--held-out: is 1; a share above 0 and below 1 is expected, as 0.05 is")]
    [InlineData("inspect TEXT --out page.htm", "--out: page.htm is written as HTML: give a name that ends in .html")]
    public async Task What_makes_no_sense_is_refused_with_a_sentence(string line, string problem)
    {
        var text = Texts("a.jsonl", Sentence);
        var blank = Texts("blank.jsonl", " ");
        var answer = await RunAsync([.. line.Replace("TEXT", text, StringComparison.Ordinal)
            .Replace("BLANK", blank, StringComparison.Ordinal).Split(' ')]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains(problem, answer.Error, StringComparison.Ordinal);
    }
}
