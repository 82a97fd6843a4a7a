using ScalingLab.Cli.Commands.Documents;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Requests;
using ScalingLab.Lab.Results;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Cli.Tests;

/// <summary><c>lab report</c> through the same door as from a shell.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("", "DIR: name a results folder, or two with --compare A B")]
    [InlineData("nowhere", "DIR: there is no folder nowhere (looked for ")]
    [InlineData("HERE --out x", "--out: is for --compare A B; the report of DIR is written into DIR")]
    [InlineData("HERE --price 2.5",
        "--price: is '2.5'; an amount, a currency and /h or /kWh are expected, as \"2.5 EUR/h\"")]
    [InlineData("HERE --price 2EUR/h --price 3EUR/h", "--price: gives two prices a h; keep one")]
    [InlineData("HERE --price 2EUR/h --price 0.3USD/kWh", "--price: has two currencies, EUR and USD; amounts are added "
        + "up, so give one")]
    [InlineData("--compare nowhere HERE", "--compare: there is no folder nowhere")]
    [InlineData("--compare HERE HERE", "is named twice; name different results folders")]
    [InlineData("THIS", "is a file; name the folder that it is in")]
    [InlineData("HERE --compare a b", "is one folder too many: --compare takes two, A B")]
    [InlineData("--compare HERE", "--compare")]
    public async Task What_makes_no_sense_is_refused_with_a_sentence(string line, string problem)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word switch
        {
            "HERE" => _lab.Folder,
            "THIS" => typeof(ReportCommand).Assembly.Location,
            _ => word,
        });
        var answer = await RunAsync([.. words]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains(problem, answer.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_lab.Folder));
    }

    [Fact]
    public async Task A_comparison_replaces_no_sweeps_own_report()
    {
        var results = Repository.At("results");
        _lab.Write("runs.csv", "");
        var answer =
            await RunAsync("--compare", Path.Combine(results, "quickstart"), Path.Combine(results, "wsd-branches"),
                "--out", _lab.Folder);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains($"--out: {_lab.Folder} has the results of a sweep", answer.Error, StringComparison.Ordinal);
        Assert.Equal(["runs.csv"], Directory.EnumerateFileSystemEntries(_lab.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Rates_make_a_price()
    {
        Assert.Equal(
            new ComputePrice("given with --price", "EUR") { PerDeviceHour = 2.5, PerKwh = 0.31 },
            PriceParser.Parse(["2.5 EUR/h", "0.31EUR/kWh"]));
        Assert.Null(PriceParser.Parse([]));
    }

    [Fact]
    public void Without_a_browser_pdf_says_what_to_install() => Assert.Contains(
        "install the package chromium, or open report.html",
        Assert.Throws<InputException>(() => PdfPrinter.Require("")).Message, StringComparison.Ordinal);

    [ChromiumFact]
    public async Task The_page_is_printed_with_a_price_in_it()
    {
        // One run of the quickstart: nothing is fitted, and next to nothing drawn.
        var quickstart = Repository.At("results/quickstart");
        foreach (var file in (string[])["runs.csv", "curves.csv"])
            _lab.Write(file, string.Join('\n', File.ReadLines(Path.Combine(quickstart, file)).Take(2)) + "\n");
        var answer = await RunAsync(_lab.Folder, "--pdf", "--price", "3600 EUR/h");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        Assert.Contains("report.pdf", answer.Out, StringComparison.Ordinal);
        Assert.Equal("%PDF-"u8.ToArray(), (await File.ReadAllBytesAsync(_lab.At("report.pdf")))[..5]);
        Assert.Matches(@"\| money \| 3600 EUR a device hour of 1 run \(given with --price\) \| [0-9.]+ EUR \|",
            (await File.ReadAllTextAsync(_lab.At("report.md"))).Replace("\\", "", StringComparison.Ordinal));
    }

    private Task<FitAnswer> RunAsync(params string[] arguments) =>
        _lab.SayAsync(ReportCommand.Create, ["report", .. arguments]);
}
