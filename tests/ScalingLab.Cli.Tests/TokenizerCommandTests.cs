using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ScalingLab.Cli.Commands.Tokenizers;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Tokenizers;

namespace ScalingLab.Cli.Tests;

/// <summary><c>lab tokenizer train|compare</c> through the same door as from a shell.</summary>
public sealed class TokenizerCommandTests : IDisposable
{
    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    private Task<FitAnswer> RunAsync(params string[] arguments) =>
        _lab.SayAsync(TokenizerCommand.Create, ["tokenizer", .. arguments]);

    private string Texts(string name = "a.jsonl") => _lab.Write(name, string.Concat(Enumerable.Range(0, 40).Select(i =>
        JsonSerializer.Serialize(new
        {
            text = $"The ship number {i} left the harbour in the morning of day {i * i}.",
            language = i % 2 == 0 ? "en" : "sw",
        }) + "\n")));

    [Fact]
    public async Task What_was_trained_takes_fewer_tokens_than_bytes_and_is_read_in_both_of_its_forms()
    {
        var text = Texts();
        var trained = await RunAsync("train", text, "--vocabulary", "300", "--out", _lab.At("own"));
        Assert.True(trained.ExitCode == CliHost.Success, trained.ToString());
        Assert.StartsWith("300 tokens from 0.0 MB", trained.Out, StringComparison.Ordinal);
        var again = await RunAsync("train", text, "--vocabulary", "301", "--out", _lab.At("own"));
        Assert.Equal(CliHost.BadInput, again.ExitCode);
        Assert.Contains("own/tokenizer.json is there already, and is not replaced", again.Error,
            StringComparison.Ordinal);
        var compared = await RunAsync("compare", text, "--tokenizer", _lab.At("own"), "--tokenizer",
            _lab.At("own/tokenizer.tiktoken:gpt2"), "--tokenizer", "bytes", "--json");
        Assert.True(compared.ExitCode == CliHost.Success, compared.ToString());
        using var json = JsonDocument.Parse(compared.Out);
        var rows = json.RootElement.EnumerateArray().ToList();
        Assert.Equal([300, 300, 257], rows.Select(row => row.GetProperty("vocabulary").GetInt32()));
        var tokens = rows.Select(row => row.GetProperty("tokens").GetInt64()).ToList();
        Assert.Equal(tokens[0], tokens[1]);
        Assert.Equal(rows[2].GetProperty("bytes").GetInt64(), tokens[2]);
        Assert.InRange(tokens[0], 1, tokens[2] / 2);
    }

    [Fact]
    public async Task The_speed_over_a_short_text_is_not_told_as_zero()
    {
        Command Shown(Screen screen)
        {
            var command = new Command("shown");
            TokenizerRow row = new("a", "bytes", 257, 1, 59, 9, 59, Seconds: 2e-3);
            command.SetAction(_ => TokenizerView.Show(screen, [row], by: null));
            return command;
        }

        Assert.Contains("| 0.0295 |", (await _lab.SayAsync(Shown, ["shown"])).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Training_again_gives_the_same_tokenizer_whatever_the_threads()
    {
        var text = Texts();
        var one = await RunAsync("train", text, "--vocabulary", "320", "--threads", "1", "--pre-split", "gpt4",
            "--special", "<|user|>", "--out", _lab.At("one"));
        var two = await RunAsync("train", text, "--vocabulary", "320", "--threads", "2", "--pre-split", "gpt4",
            "--special", "<|user|>", "--out", _lab.At("two"));
        Assert.True((one.ExitCode, two.ExitCode) == (CliHost.Success, CliHost.Success), $"{one}\n{two}");
        foreach (var file in (string[])["tokenizer.json", "tokenizer.tiktoken"])
            Assert.Equal(await File.ReadAllBytesAsync(_lab.At($"one/{file}")),
                await File.ReadAllBytesAsync(_lab.At($"two/{file}")));
        Assert.Contains("<|user|>", await File.ReadAllTextAsync(_lab.At("one/tokenizer.json")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_go_by_a_field_of_the_text()
    {
        var answer = await RunAsync("compare", Texts(), "--by", "language", "--tokenizer", "gpt2");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        foreach (var language in (string[])["| en ", "| sw "])
            Assert.Contains(language, answer.Out, StringComparison.Ordinal);
    }

    [SwahiliNewsFact]
    public async Task News_in_Swahili_take_as_many_tokens_a_word_as_the_documents_say()
    {
        var answer = await RunAsync("compare", SwahiliNewsFactAttribute.News, "--tokenizer", "gpt2",
            "--tokenizer", "o200k_base", "--json");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        using var json = JsonDocument.Parse(answer.Out);
        Assert.Equal(["2.645", "1.834"], json.RootElement.EnumerateArray().Select(row =>
            row.GetProperty("tokensPerWord").GetDouble().ToString("F3", CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("train nowhere.txt --vocabulary 300 --out OUT", "nowhere.txt: there is no such file or folder.")]
    [InlineData("train TEXT --vocabulary 99999 --out OUT", "The text is too small for a vocabulary of 99999: after")]
    [InlineData("train TEXT --vocabulary -5 --out OUT", "A bpe vocabulary of -5 cannot be")]
    [InlineData("train TEXT --vocabulary 300 --field x --out OUT", "line 1: has no field 'x'.")]
    [InlineData("train TEXT --vocabulary 300 --pre-split x --out OUT", "There is no pre-splitting 'x'")]
    [InlineData("train TEXT --vocabulary 300 --out TEXT", "--out: the folder ")]
    [InlineData("compare TEXT --tokenizer nope", "--tokenizer: 'nope' is neither a file or folder nor one of bytes")]
    [InlineData("compare TEXT --tokenizer a.tiktoken", "a.tiktoken: a rank file does not say how words are cut")]
    [InlineData("compare TEXT --tokenizer a.tiktoken:x", "no pattern is called 'x' (known: gpt2, cl100k, o200k)")]
    [InlineData("compare TEXT --tokenizer TEXT", "the tokenizer cannot be read")]
    [InlineData("compare TEXT --tokenizer bytes --by nofield", "line 1: has no field 'nofield'.")]
    [InlineData("compare BLANK --tokenizer bytes", "The files hold no text: give others.")]
    public async Task What_makes_no_sense_is_refused_with_a_sentence(string line, string problem)
    {
        var (text, blank) = (Texts(), _lab.Write("blank.jsonl", "{\"text\":\" \"}\n"));
        var answer = await RunAsync([.. line.Split(' ').Select(word =>
            word switch { "TEXT" => text, "BLANK" => blank, "OUT" => _lab.At("out"), _ => word })]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains(problem, answer.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_lab.At("out")) && Directory.GetFiles(_lab.At("out")).Length > 0);
    }

    /// <summary>A test that needs news in Swahili, which lie beside the repository or not at all.</summary>
    private sealed class SwahiliNewsFactAttribute : FactAttribute
    {
        public SwahiliNewsFactAttribute()
        {
            if (!File.Exists(News)) Skip = "shared/data/swahili-news is not beside the repository.";
        }

        public static string News => Repository.Shared("data", "swahili-news", "dev.tsv");
    }
}
