using System.Runtime.InteropServices;

namespace ScalingLab.Cli;

/// <summary>Ctrl-C (or SIGTERM) once asks the command to stop in good order; twice ends the process, and workers end with it.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<PosixSignalRegistration> _signals;
    private readonly Screen _screen;

    public Interrupt(Screen screen)
    {
        _screen = screen;
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, Heard))];
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _stop.Dispose();
    }

    private void Heard(PosixSignalContext context)
    {
        if (_stop.IsCancellationRequested)
        {
            // Not cancelled: the system's own end of a process follows.
            return;
        }

        context.Cancel = true;
        _screen.Error.WriteLine("lab: stopping in good order; once more ends at once.");
        _stop.Cancel();
    }
}
