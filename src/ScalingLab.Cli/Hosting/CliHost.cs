using System.CommandLine;
using System.CommandLine.Help;
using System.Data.Common;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Options;
using ScalingLab.Data;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Store.Storage;

namespace ScalingLab.Cli.Hosting;

/// <summary>The one way in and out: exit codes, and what is said when a command cannot do what was asked.</summary>
internal static class CliHost
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int BadInput = 2;

    /// <summary>128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;

    // They ask their workers, and theirs alone is state that is not on the disk yet.
    private static readonly string[] WorkerCommands = ["run", "tune", "node", "serve", "attempt", "chaos"];

    public static async Task<int> RunAsync(Screen screen, LabHome home, RootCommand lab, string[] args)
    {
        var parsed = lab.Parse(args);
        if (CommandLineProblems.Find(parsed) is { Count: > 0 } problems)
        {
            foreach (var problem in problems) screen.Error.WriteLine($"lab: {problem}");
            screen.Error.WriteLine($"lab: see '{CommandLineProblems.Name(parsed.CommandResult)} --help'.");
            return BadInput;
        }

        if (parsed.Action is HelpAction) HelpWords.Show(parsed.CommandResult.Command);
        using var interrupt = new Interrupt(screen, WorkerCommands.Contains(parsed.CommandResult.Command.Name));
        try
        {
            LedgerOption.WarnIfWorldWritable(screen, home, parsed);

            // Ctrl-C is ours: a sweep stops gracefully. Exceptions too: they end below.
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }, interrupt.Token);
        }
        catch (Exception) when (interrupt.IsFinal)
        {
            // Whatever it failed of, perhaps of a program of its own that the same signal ended: it was told to end,
            // and said so.
            return Interrupted;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            screen.Error.WriteLine("lab: stopped.");
            return Interrupted;
        }
        catch (InputException e)
        {
            return PrintProblems(screen, e.Problems);
        }
        catch (DataException e)
        {
            return PrintProblems(screen, [.. e.Problems.Select(p => new Problem("data", p))]);
        }
        catch (LedgerException e)
        {
            if (e.IsPermanent) return PrintProblems(screen, [e.Problem]);
            screen.Error.WriteLine($"lab: the ledger cannot be used just now: {SingleLine(e.Message)}.");
            return Failure;
        }
        catch (DbException e)
        {
            screen.Error.WriteLine($"lab: the ledger cannot be used just now: {SingleLine(e.Message)} "
                + $"({WriteLog(home, args, e)})");
            return Failure;
        }
        catch (Exception e)
        {
            screen.Error.WriteLine($"lab: {SingleLine(e.Message)} ({e.GetType().Name}; {WriteLog(home, args, e)})");
            return Failure;
        }
    }

    private static int PrintProblems(Screen screen, IReadOnlyList<Problem> problems)
    {
        screen.Error.WriteLine(problems.Count == 1 ? "lab: 1 problem:"
            : string.Create(CultureInfo.InvariantCulture, $"lab: {problems.Count:N0} problems:"));
        foreach (var line in InputException.Lines(problems)) screen.Error.WriteLine($"  {line}");
        return BadInput;
    }

    private static string WriteLog(LabHome home, string[] args, Exception e)
    {
        try
        {
            Directory.CreateDirectory(home.Logs);
            var file =
                Path.Combine(home.Logs,
                    FormattableString.Invariant(
                        $"lab-{DateTimeOffset.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}.log"));
            // Others read a log than read a command line.
            File.WriteAllText(file,
                $"lab {string.Join(' ', args.Select(TypedCommand.WithoutPassword))}{Environment.NewLine}{e}{Environment.NewLine}");
            return $"log: {file}";
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return $"no log could be written: {SingleLine(failed.Message)}";
        }
    }

    private static string SingleLine(string text) => text.ReplaceLineEndings(" ");
}
