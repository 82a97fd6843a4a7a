using System.CommandLine;
using ScalingLab.Cli.Benchmarks;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Commands.Grids;
using ScalingLab.Cli.Commands.Maintenance;
using ScalingLab.Cli.Commands.Models;
using ScalingLab.Cli.Commands.Queueing;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Cli.Tests;

/// <summary>Commands and options that were misspelt or mistyped are named with what was meant.</summary>
public class CommandLineTests
{
    [Theory]
    [InlineData("plna", "no command is called 'plna' (did you mean 'plan'?)")]
    [InlineData("plna grid.json seeds=3 --json", "no command is called 'plna' (did you mean 'plan'?)")]
    [InlineData("bench fti --draws 3", "no command is called 'fti' (did you mean 'fit'?)")]
    [InlineData("serve --prot 80", "no option is called '--prot' (did you mean '--port'?)")]
    [InlineData("fit runs.csv --aproach parametric", "no option is called '--aproach' (did you mean '--approach'?)")]
    [InlineData("plan --jsno grid.json", "no option is called '--jsno' (did you mean '--json'?)")]
    [InlineData("queue grid.json --priority high", "--priority is 'high'; a whole number is expected")]
    [InlineData("queue grid.json --prioriti 5", "no option is called '--prioriti' (did you mean '--priority'?)")]
    [InlineData("run grid.json --device gpu", "--devices has 'gpu'; cpu or cuda:N is expected, several with commas")]
    [InlineData("run grid.json --slots many", "--slots is 'many'; a whole number is expected")]
    [InlineData("run grid.json --out {}", "--out is empty; give a value, or leave it out")]
    [InlineData("plan {}", "GRID is empty")]
    [InlineData("run grid.json --slots 0", "--slots is 0; at least 1 is expected")]
    [InlineData("sample run --temperature warm", "--temperature is 'warm'; a number is expected")]
    [InlineData("sample run --temperature -1", "--temperature is -1; 0 to 100 is expected")]
    [InlineData("tune grid.json --keep half", "--keep is 'half'; a number is expected")]
    public void What_is_wrong_is_said_once_with_what_was_meant(string line, string problem) =>
        Assert.Equal([problem], ProblemsOf(line));

    [Theory]
    [InlineData("plan grid.json seeds=3 recipe.mlp=gelu --json")]
    [InlineData("plan --help")]
    [InlineData("sample run --prompt {}")] // empty by itself: as a document begins
    [InlineData("test Fits")]
    public void What_is_right_is_not_complained_of(string line) => Assert.Empty(ProblemsOf(line));

    [Fact]
    public async Task A_new_grid_plans_without_warnings_and_is_never_replaced()
    {
        using var lab = new FitLab();
        var folder = lab.At("first");
        Assert.Equal(CliHost.Success, InitCommand.Run(Nobody(), folder));

        var grid = GridFile.Read(Path.Combine(folder, "grid.json"));
        Assert.Equal("first", grid.Name);
        var sweep = GridExpansion.Expand(grid, new DataIdentity("dotnet-docs", "c0", "t0"), 1024);
        Assert.Empty(Plan.Create(sweep, 2_900_000).Warnings);
        // the quickstart's 1.4e13 take four
        Assert.True(sweep.Cells.Sum(c => c.Spec.Flops) < 2e12, "more than a minute's work on two cores");
        var text = await File.ReadAllTextAsync(Path.Combine(folder, "grid.json"));
        Assert.True(File.Exists(Path.Combine(folder, "grid.schema.json")));
        Assert.Contains("\"$schema\": \"./grid.schema.json\"", text, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(folder, "grid.json"), "mine");
        Assert.Contains("is there already",
            Assert.Throws<InputException>(() => InitCommand.Run(Nobody(), folder)).Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(folder, "grid.json")));
        Assert.Throws<InputException>(() => InitCommand.Run(Nobody(), lab.At("two words")));
    }

    [Fact]
    public void The_text_that_a_new_grid_explains_is_data_that_a_grid_may_have()
    {
        using var lab = new FitLab();
        InitCommand.Run(Nobody(), lab.At("own"));
        Directory.CreateDirectory(lab.At("own/text"));
        var lines = File.ReadAllLines(lab.At("own/grid.json")).ToList();
        var own = lines.Single(l => l.Contains("\"corpus\": \"text\"", StringComparison.Ordinal)).Trim()[2..];
        lines.RemoveAll(l => l.Contains("\"corpus\":", StringComparison.Ordinal));
        File.WriteAllLines(lab.At("own/grid.json"), [lines[0], own, .. lines[1..]]);
        Assert.Equal([lab.At("own/text")], GridFile.Read(lab.At("own/grid.json")).Data.Paths);
    }

    private static IReadOnlyList<string> ProblemsOf(string line)
    {
        var (screen, home) = (Nobody(), new LabHome("/", "/none"));
        var lab = new RootCommand
        {
            PlanCommand.Create(screen, home), RunCommand.Create(screen, home), QueueCommand.Create(screen, home),
                TuneCommand.Create(screen, home),
            SampleCommand.Create(screen, home), TestCommand.Create(), ServeCommand.Create(screen, home),
                BenchCommand.Create(screen, home),
            FitCommand.Create(screen),
        };
        return CommandLineProblems.Find(lab.Parse([.. line.Split(' ').Select(word => word == "{}" ? "" : word)]));
    }

    private static Screen Nobody() => new(Spectre.Console.AnsiConsole.Console, TextWriter.Null, TextWriter.Null, false);
}
