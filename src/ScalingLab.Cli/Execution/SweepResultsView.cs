using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Views;
using ScalingLab.Lab.Evaluations;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Results;
using ScalingLab.Store;

namespace ScalingLab.Cli.Execution;

/// <summary>
/// Writes a sweep's results from the ledger, unless the folder has them already, and says what they say.
/// </summary>
internal static class SweepResultsView
{
    /// <summary>Writes them.</summary>
    /// <exception cref="InputException">The sweep does not say what it was made of, or the folder cannot be
    /// written.</exception>
    public static async Task WriteAsync(Screen screen, LabHome home, Ledger ledger, string name, CancellationToken stop)
    {
        var results = new SweepResultsWriter(home, ledger, name);
        var folder = LabHome.DisplayPath(results.Folder);
        if (results.IsWritten)
            screen.Out.WriteLine($"{name}: the results in {folder} are up to date.");
        else if (results.IsTune)
            TuneView.Show(screen, folder, await LongOperation.RunAsync(
                screen, $"fitting {name}", _ => results.WriteTuneAsync(stop), stop));
        else
            ReportView.Show(screen, folder, await LongOperation.RunAsync(
                screen, $"reporting on {name}", work => results.WriteReportAsync(work, stop), stop));
    }

    /// <summary>
    /// The same beside a node's own lines, after what is missing of scores: nothing moves while runs are shown.
    /// </summary>
    public static Func<string, CancellationToken, Task> WriterBeside(Screen screen, LabHome home, Ledger ledger) =>
        async (name, stop) =>
        {
            var quiet = screen with { ErrorTerminal = null };
            await SweepScoring.ScoreMissingAsync(new ScreenOperations(quiet), home, ledger, name, stop);
            await WriteAsync(quiet, home, ledger, name, stop);
        };
}
