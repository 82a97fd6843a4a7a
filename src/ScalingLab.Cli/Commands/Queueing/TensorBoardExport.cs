using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Reporting.TensorBoard;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Cli.Commands.Queueing;

/// <summary><c>lab export SWEEP --tensorboard DIR</c>: the curves of a sweep as event files, a folder a run.</summary>
internal static class TensorBoardExport
{
    public static async Task<int> RunAsync(
        Screen screen, string place, string sweep, string folder, CancellationToken stop)
    {
        if (File.Exists(folder)) throw new InputException("--tensorboard", $"{folder} is a file; give a folder");
        using var ledger = ExistingLedger.Open(place);
        ExistingLedger.Require(ledger, sweep, null);
        var runs = await LongOperation.RunAsync(
            screen, $"writing {folder}", _ => WriteAsync(ledger, sweep, folder, stop), stop);
        if (runs == 0) throw new InputException("SWEEP", $"no run of {sweep} has a point of its curve yet");
        screen.Out.WriteLine(
            $"{folder}: curves of {Quantity.Count(runs, "run")} of {sweep}. 'tensorboard --logdir {folder}' shows them.");
        return CliHost.Success;
    }

    /// <summary>Writes the runs that have said something; how many.</summary>
    private static async Task<int> WriteAsync(Ledger ledger, string sweep, string folder, CancellationToken stop)
    {
        var began = ledger.Attempts(sweep).ToLookup(a => a.Run, a => a.Began);
        var written = 0;
        foreach (var (run, cell) in ledger.Cells(sweep))
        {
            stop.ThrowIfCancellationRequested();
            if (ledger.Points(run) is not { Count: > 0 } points) continue;
            try
            {
                await CurveEvents.WriteAsync(folder, cell, began[run].Min(), points, stop);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException("--tensorboard", $"cannot be written: {e.Message}");
            }
            written++;
        }
        return written;
    }
}
