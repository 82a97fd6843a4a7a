using System.CommandLine;
using ScalingLab.Cli.Commands.Documents;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;

namespace ScalingLab.Cli.Tests;

/// <summary><c>lab figure</c> over committed results, through the same door as from a shell.</summary>
public sealed class FigureCommandTests : IDisposable
{
    private static readonly string Quickstart = Repository.At("results/quickstart");
    private static readonly string Repetition = Repository.At("results/repetition-micro");

    private static readonly string Ladder = Repository.At("results/ladder");

    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Without_a_name_every_figure_is_listed_with_what_it_shows()
    {
        var bare = await RunAsync();
        Assert.Equal(CliHost.Success, bare.ExitCode);
        Assert.Equal(bare.Out, (await RunAsync("--list")).Out);
        string[] lines =
            ["loss-curves         loss over compute", "isoflop             loss over size",
                "timeline            which slot", "tune-laws "];
        foreach (var line in lines)
            Assert.Contains(line, bare.Out, StringComparison.Ordinal);
    }

    // System.CommandLine writes help on the console itself.
    [Fact]
    public void Help_has_words_as_they_are_typed()
    {
        var command = FigureCommand.Create(new Screen(Spectre.Console.AnsiConsole.Console, TextWriter.Null,
            TextWriter.Null, false));
        HelpWords.Show(command);
        using var said = new StringWriter();
        new RootCommand { command }.Parse(["figure", "--help"]).Invoke(new InvocationConfiguration { Output = said });
        Assert.Contains("--theme <print|slide|dark>", said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_figure_is_written_in_the_formats_asked_for()
    {
        var answer = await RunAsync("loss-curves", Quickstart, "--format", "svg,pdf", "--title", "", "--width", "85");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        Assert.Contains("loss-curves.svg, loss-curves.pdf.\nLoss against training compute", answer.Out,
            StringComparison.Ordinal);
        Assert.Equal(["loss-curves.pdf", "loss-curves.svg"],
            Directory.GetFiles(_lab.At("out")).Select(Path.GetFileName).Order());
        var svg = await File.ReadAllTextAsync(_lab.At("out/loss-curves.svg"));
        Assert.Contains(">Training compute (FLOPs)</text>", svg, StringComparison.Ordinal);
        Assert.DoesNotContain(">Loss against training compute</text>", svg, StringComparison.Ordinal);
        Assert.Matches("width=\"321\\.", svg);
    }

    [Fact]
    public async Task The_same_command_gives_the_same_bytes_and_the_reports_own_figure()
    {
        Assert.Equal(CliHost.Success, (await RunAsync("loss-curves", Quickstart)).ExitCode);
        foreach (var format in (string[])["svg", "pdf", "png", "csv"])
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(Quickstart, $"figures/loss-curves.{format}")),
                await File.ReadAllBytesAsync(_lab.At($"out/loss-curves.{format}")));
        }

        // The law's figures are made without the report's bootstrap.
        Assert.Equal(CliHost.Success, (await RunAsync("loss-contours", Ladder, "--format", "svg")).ExitCode);
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(Ladder, "figures/loss-contours.svg")),
            await File.ReadAllTextAsync(_lab.At("out/loss-contours.svg")));
    }

    [Fact]
    public async Task Two_sweeps_stand_on_one_figure_each_in_its_colour()
    {
        var answer = await RunAsync("loss-curves", Quickstart, Repetition, "--format", "svg,csv");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        var svg = await File.ReadAllTextAsync(_lab.At("out/loss-curves.svg"));
        foreach (var words in (string[])[">sweep<", ">quickstart<", ">repetition-micro<"])
            Assert.Contains(words, svg, StringComparison.Ordinal);
        var rows = (await File.ReadAllLinesAsync(_lab.At("out/loss-curves.csv"))).Skip(1)
            .Select(l => l.Split(',')[2].Split(';')[0]).Distinct();
        Assert.Equal(["quickstart", "repetition-micro"], rows);
    }

    [Theory]
    [InlineData("isoflp QUICK", "NAME: no figure is called 'isoflp' (did you mean 'isoflop'?)")]
    [InlineData("loss-curves", "RESULTS: 'lab figure loss-curves RESULTS': name a results folder")]
    [InlineData("loss-curves nowhere", "RESULTS: there is no folder nowhere (looked for ")]
    [InlineData("repetition QUICK", "has no repetition, which needs a sweep over uniqueTokens")]
    [InlineData("recipe-compute QUICK", "has no recipe-compute, which needs recipes at several lengths")]
    [InlineData("loss-curves QUICK QUICK", "quickstart is named twice; name different results folders")]
    [InlineData("frontier QUICK LADDER", "RESULTS: frontier cannot hold several results; loss-curves and isoflop can.")]
    [InlineData("frontier QUICK --group-by model", "--group-by: frontier has colours of its own;")]
    [InlineData("parametric QUICK --x log",
        "--x: the horizontal axes of parametric are read on one scale; leave it out")]
    [InlineData("loss-curves QUICK --group-by modle", "--group-by: no column of runs.csv is called 'modle' (did you "
        + "mean 'model'?)")]
    [InlineData("loss-curves QUICK --group-by vocabulary", "--group-by: vocabulary is 1024 in every run of this "
        + "figure, and tells none apart")]
    [InlineData("loss-curves QUICK --group-by run_id", "--group-by: run_id has 30 values")]
    [InlineData("loss-curves QUICK --y-range 4", "--y-range: is '4'; two numbers are expected, as 2.5,4")]
    [InlineData("loss-curves QUICK --y-range 4,3", "--y-range: goes from 4 to 3; the lower end comes first")]
    [InlineData("loss-curves QUICK --y-range 0,3", "--y-range: begins at 0, and the axis is logarithmic; a number "
        + "above 0 is expected")]
    [InlineData("loss-curves QUICK --y-range 20,30", "--y-range: nothing lies from 20 to 30: loss goes from ")]
    [InlineData("loss-curves QUICK --width 5", "--width: is 5 mm; 30 to 1000 is expected")]
    [InlineData("loss-curves QUICK --width 35", "--width: 35 mm leave no room for loss-curves beside its letters; "
        + "--width 53 is enough")]
    [InlineData("loss-curves QUICK --format tiff", "--format: no format is called 'tiff' (known: svg, pdf, png, csv)")]
    [InlineData("loss-curves QUICK --theme drak", "--theme is 'drak'; one of print, slide, dark is expected")]
    [InlineData("loss-curves QUICK --x sideways", "--x is 'sideways'; one of linear, log is expected")]
    [InlineData("loss-curves QUICK --widht 85", "no option is called '--widht' (did you mean '--width'?)")]
    public async Task What_makes_no_sense_is_refused_with_a_sentence(string line, string problem)
    {
        var answer =
            await RunAsync(
                [.. line.Split(' ').Select(word => word == "QUICK" ? Quickstart : word == "LADDER" ? Ladder : word)]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains(problem, answer.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_lab.At("out")) && Directory.EnumerateFiles(_lab.At("out")).Any());
    }

    [Fact]
    public async Task A_file_in_place_of_the_folder_is_refused()
    {
        var answer = await _lab.SayAsync(screen => FigureCommand.Create(screen),
            ["figure", "loss-curves", Quickstart, "--out", _lab.At("f.svg")]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains("is named like a file; name a folder: '--format svg' writes loss-curves.svg there",
            answer.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_lab.At("f.svg")));
    }

    private Task<FitAnswer> RunAsync(params string[] arguments) =>
        _lab.SayAsync(screen => FigureCommand.Create(screen),
            ["figure", .. arguments, .. arguments.Length > 1 ? ["--out", _lab.At("out")] : (string[])[]]);
}
