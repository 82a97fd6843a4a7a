using System.CommandLine;
using ScalingLab.Cli.Commands.Queueing;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Store;
using Spectre.Console;

namespace ScalingLab.Cli.Tests;

/// <summary>
/// Every command that opens a ledger says what is wrong with it in one line, and never how to lose it.
/// </summary>
public sealed class BadLedgers : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string State => folder[".lab"];

    private string File => Path.Combine(State, "ledger.db");

    [Theory]
    [InlineData("status")]
    [InlineData("pause", "s")]
    [InlineData("resume")]
    [InlineData("yield")]
    [InlineData("cancel", "s")]
    [InlineData("retry", "s")]
    [InlineData("export", "s", "runs.jsonl.gz")]
    public async Task A_ledger_that_is_a_folder_or_no_database_is_said_with_exit_code_2(params string[] arguments)
    {
        Directory.CreateDirectory(File);
        var (code, error) = await RunAsync(arguments);
        Assert.Equal((2, $"lab: 1 problem:\n  {File}: is a folder, and a ledger is a file: give the file, e.g. "
            + $"--ledger {File}/ledger.db\n"), (code, error));
        Directory.Delete(File);

        System.IO.File.WriteAllText(File, new string('x', 5000));
        (code, error) = await RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.StartsWith($"lab: 1 problem:\n  {File}: is no ledger, or one whose beginning is damaged", error,
            StringComparison.Ordinal);
        Assert.DoesNotContain("move", error, StringComparison.Ordinal);
        Assert.Equal(2, error.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData(0, "status")]
    [InlineData(2, "status", "s")]
    [InlineData(2, "pause", "s")]
    [InlineData(2, "retry", "s")]
    [InlineData(2, "export", "s", "runs.jsonl.gz")]
    public async Task Looking_makes_no_ledger_of_an_empty_file(int expected, params string[] arguments)
    {
        var file = folder["notes"];
        System.IO.File.WriteAllText(file, "");
        var (code, error) = await RunAsync([.. arguments, "--ledger", file]);
        Assert.Equal(expected, code);
        if (arguments.Length == 1) Assert.Equal("", error);
        else Assert.Contains(arguments[0] == "status" ? "(known: none yet)" : $"there is no ledger {file} yet: ",
            error, StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(file).Length);
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Damage_that_is_found_while_a_command_reads_is_said_as_such()
    {
        Directory.CreateDirectory(State);
        using (var ledger = Ledger.Open(File)) ledger.PutSweep(new Sweep("s", null, [Cell]));
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={File};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE runs SET state = 'asleep'";
            command.ExecuteNonQuery();
        }
        var (code, error) = await RunAsync("cancel", "s");
        Assert.Equal(2, code);
        Assert.Contains("holds what no ledger writes", error, StringComparison.Ordinal);
        Assert.DoesNotContain(".log", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_folder_that_anybody_may_write_is_warned_of_once()
    {
        Directory.CreateDirectory(State);
        SetMode("777");
        var (code, error) = await RunAsync("status");
        Assert.Equal(0, code);
        Assert.Equal(
            $"lab: warning: every user of this machine may write {State}, and so change runs and results: 'chmod o-w "
                + $"{State}' ends that.\n", error);
        SetMode("775");
        Assert.Equal((0, ""), await RunAsync("status"));
    }

    private void SetMode(string octal)
    {
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(State, (UnixFileMode)Convert.ToInt32(octal, 8));
    }

    public void Dispose() => folder.Dispose();

    private static SweepCell Cell => new(
        new RunSpec
        {
            Shape = new ModelShape { Layers = 1, Width = 8, Heads = 1, Vocabulary = 16, Context = 8 },
            Data = new DataIdentity("none", "00", "00"),
            Steps = 10,
            Recipe = new TrainingRecipe { BatchSequences = 2, LearningRateMax = 0.01 },
            Seed = 1,
        },
        "1x8", null, []);

    private async Task<(int ExitCode, string Error)> RunAsync(params string[] arguments)
    {
        using var said = new StringWriter { NewLine = "\n" };
        using var complained = new StringWriter { NewLine = "\n" };
        var screen =
            new Screen(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(said) }), said,
                complained, false);
        var home = new LabHome(folder.Path, State);
        var lab = new RootCommand
        {
            StatusCommand.Create(screen, home), PauseCommand.Create(screen, home), ResumeCommand.Create(screen, home),
                YieldCommand.Create(screen, home),
            CancelCommand.Create(screen, home), RetryCommand.Create(screen, home), ExportCommand.Create(screen, home),
        };
        var code = await CliHost.RunAsync(screen, home, lab, arguments);
        return (code, complained.ToString());
    }
}
