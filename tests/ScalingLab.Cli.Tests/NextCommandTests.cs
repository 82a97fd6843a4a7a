using System.Text.Json;
using ScalingLab.Cli.Commands.Designs;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Cli.Tests;

/// <summary><c>lab next</c> through the same door as from a shell.</summary>
public sealed class NextCommandTests : IDisposable
{
    private readonly FitLab _lab = new();

    private static string Quickstart => Repository.At("results/quickstart");

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task The_next_runs_stand_in_a_grid_beside_those_that_are_finished()
    {
        var file = _lab.At("grid.json");
        var answer = await RunAsync(Quickstart, "--budget", "1e13", "--target", "a", "--out", file, "--json");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        Assert.Contains("is there already, and is not replaced",
            (await RunAsync(Quickstart, "--budget", "1e12", "--out", file)).Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(answer.Out);
        var said = json.RootElement;
        Assert.InRange(said.GetProperty("flops").GetDouble(), 5e12, 1e13);
        var forecast = said.GetProperty("forecasts")[0];
        Assert.Equal("a", forecast.GetProperty("name").GetString());
        Assert.True(forecast.GetProperty("standardErrorAfter").GetDouble()
            < 0.8 * forecast.GetProperty("standardErrorBefore").GetDouble());

        var grid = GridFile.Read(file);
        var sweep = MeasuredSweep.Read(Quickstart);
        var cells = GridExpansion.Expand(grid, new DataIdentity(grid.Data.Corpus, "", ""), 1024).Cells;
        var made = sweep.Runs.Select(run => (run.Model, run.Tokens, run.Seed)).ToHashSet();
        var all = cells.Select(cell => (cell.Model, cell.Spec.Tokens, cell.Spec.Seed)).ToHashSet();
        Assert.Subset(all, made);
        Assert.Equal(said.GetProperty("runs").GetInt32(), all.Count - made.Count);
        Assert.Equal(said.GetProperty("flops").GetDouble(),
            cells.Where(cell => !made.Contains((cell.Model, cell.Spec.Tokens, cell.Spec.Seed)))
                .Sum(cell => cell.Spec.Flops), 1e9);
    }

    [Fact]
    public async Task What_is_not_identified_is_said_with_what_would_tell_it()
    {
        var answer = await RunAsync(Quickstart, "--budget", "1e12", "--sizes", "micro-28k,micro-1m");
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        Assert.Contains("E is not identified by these runs", answer.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("| micro-90k", answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_that_hold_no_law_need_one_that_is_expected()
    {
        var folder = OneBudget();
        var refused = await RunAsync(folder, "--budget", "1e12");
        Assert.Equal(CliHost.BadInput, refused.ExitCode);
        Assert.Contains("or say with --law which law to expect", refused.Error, StringComparison.Ordinal);
        var guessed = await RunAsync(folder, "--budget", "1e12", "--law",
            "E=1.8,A=406,B=410,alpha=0.34,beta=0.28", "--noise", "0.01");
        Assert.True(guessed.ExitCode == CliHost.Success, guessed.ToString());
        Assert.Contains("a (target)", guessed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_grid_is_not_written_over_the_results_that_it_comes_from()
    {
        var fit = Repository.At("results/quickstart/fit.json");
        var before = await File.ReadAllTextAsync(fit);
        var answer = await RunAsync(Quickstart, "--budget", "1e12", "--out", fit);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains("is a file of the results: name another file", answer.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(fit));
    }

    [Theory]
    [InlineData("--budget 0", "--budget: is '0'; a positive number of FLOPs is expected")]
    [InlineData("", "--budget: say what the next runs may cost, in FLOPs")]
    [InlineData("--budget 1e12 --target q", "--target: 'q' is no target")]
    [InlineData("--budget 1e12 --reach 0.5", "--reach: is 0.5; at least 1 is expected")]
    [InlineData("--budget 1e12 --noise -1", "--noise: is -1; a number above 0 and at most 1 is expected")]
    [InlineData("--budget 1e12 --noise 1e300", "--noise: is 1E+300; a number above 0 and at most 1 is expected")]
    [InlineData("--budget 1e12 --out grid.csv", "--out: grid.csv is written as a grid: give a name that ends in .json")]
    [InlineData("--budget 1e12 --sizes nano", "no preset is called 'nano'")]
    [InlineData("--budget 1e12 --law E=1", "--law: 'E=1' has no A")]
    public async Task What_makes_no_sense_is_refused_with_a_sentence(string line, string problem)
    {
        var answer = await RunAsync([Quickstart, .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains(problem, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sweep_of_several_recipes_is_asked_about_one_at_a_time()
    {
        var answer = await RunAsync(Repository.At("results/positions-and-optimizers"), "--budget", "1e12");
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains("has several values, and a law is of one recipe", answer.Error, StringComparison.Ordinal);
    }

    // The quickstart's runs at its smallest budget.
    private string OneBudget()
    {
        foreach (var name in (string[])["runs.csv", "curves.csv", "fit.json"])
            File.Copy(Path.Combine(Quickstart, name), _lab.At(name));
        string[] rows = [.. File.ReadLines(_lab.At("runs.csv"))];
        var column = Array.IndexOf(rows[0].Split(','), "budget_flops");
        File.WriteAllLines(_lab.At("runs.csv"),
            rows.Where((row, index) => index == 0 || row.Split(',')[column] == "100000000000"));
        return _lab.Folder;
    }

    private Task<FitAnswer> RunAsync(params string[] words) => _lab.SayAsync(
        screen => NextCommand.Create(screen, new LabHome(Repository.Root, _lab.At(".lab"))), ["next", .. words]);
}
