using System.Diagnostics;
using System.Runtime.InteropServices;
using ScalingLab.Cli.Consoles;
using ScalingLab.Data.Datasets;
using Spectre.Console;

namespace ScalingLab.Cli.Hosting;

/// <summary>
/// Ctrl-C, SIGTERM or SIGHUP once ends the command: its work is cancelled and ends; should it not within a second, the
/// process ends all the same, for files are written beside their place and renamed, and the ledger is transactional. A
/// command with workers asks them first, takes its time over that, and ends at once when told twice.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private static readonly TimeSpan RepeatWindow = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<PosixSignalRegistration> _signals;
    private readonly Screen _screen;
    private readonly bool _hasWorkers;
    private Timer? _exitTimer;
    private long _signalledAt;

    /// <param name="screen">Who is told.</param>
    /// <param name="hasWorkers">Whether the command is to be given time to end its workers.</param>
    public Interrupt(Screen screen, bool hasWorkers)
    {
        (_screen, _hasWorkers) = (screen, hasWorkers);
        _signals =
            [.. new[]
                { PosixSignal.SIGINT, PosixSignal.SIGTERM,
                    PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, OnSignal))];
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>Whether a signal has come, and nothing is left to be done in good order.</summary>
    public bool IsFinal => !_hasWorkers && _stop.IsCancellationRequested;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _exitTimer?.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // timeout(1) signals a process and then its group: that is one request, not two.
        if (_stop.IsCancellationRequested && Stopwatch.GetElapsedTime(_signalledAt) < RepeatWindow)
        {
            context.Cancel = true;
            return;
        }

        if (_stop.IsCancellationRequested)
        {
            // Not cancelled: the system's own end of a process follows.
            return;
        }

        context.Cancel = true;
        _signalledAt = Stopwatch.GetTimestamp();
        if (!_hasWorkers) _exitTimer = new Timer(_ => ExitNow(), null, GracePeriod, Timeout.InfiniteTimeSpan);
        _screen.Error.WriteLine(_hasWorkers ? "lab: stopping in good order; once more ends at once."
            : "lab: interrupted.");
        _stop.Cancel();
    }

    private void ExitNow()
    {
        DataPreparation.RemoveUnfinished();
        _screen.ErrorTerminal?.Cursor.Show();
        Environment.Exit(CliHost.Interrupted);
    }
}
