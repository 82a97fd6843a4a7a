using System.Collections.Concurrent;
using System.Diagnostics;

namespace ScalingLab.Cli.Chaos.Trials;

/// <summary>A line of a host with the moment at which it came.</summary>
internal sealed record HostLine(DateTimeOffset At, string Text);

/// <summary>A real <c>lab</c> that supervises workers: what is killed, stopped and started again.</summary>
internal sealed class ChaosHost : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<HostLine> _lines = new();
    private bool _disposed;

    /// <param name="start">The program.</param>
    /// <param name="machine">It runs in a space of process ids of its own, as on a machine of its own.</param>
    public ChaosHost(ProcessStartInfo start, bool machine)
    {
        (IsMachine, start.RedirectStandardOutput, start.RedirectStandardError) = (machine, true, true);
        _process = Process.Start(start) ?? throw new ChaosException($"{start.FileName} did not start");
        _process.OutputDataReceived += (_, e) => Take(e.Data);
        _process.ErrorDataReceived += (_, e) => Take(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool IsMachine { get; }

    /// <summary>The host's id as it is seen from here; 0 before it is there.</summary>
    public int Pid => IsMachine ? Processes.Child(_process.Id) ?? 0 : _process.Id;

    public bool HasEnded => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public IReadOnlyList<HostLine> Lines => [.. _lines];

    public int Count(string text) => _lines.Count(l => l.Text.Contains(text, StringComparison.Ordinal));

    /// <summary>Kill -9: of the host alone, or of its machine with all that runs there.</summary>
    public async Task KillAsync()
    {
        Processes.Signal(_process.Id, Processes.SigKill);
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop; a machine is simply switched off.</summary>
    public async Task StopAsync()
    {
        if (IsMachine)
        {
            await KillAsync();
            return;
        }
        Processes.Signal(_process.Id, Processes.SigTerm);
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await _process.WaitForExitAsync(late.Token);
    }

    public async Task EndAsync(CancellationToken stop) => await _process.WaitForExitAsync(stop);

    public override string ToString() => string.Join('\n', _lines.TakeLast(12).Select(l => l.Text));

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (!_process.HasExited) Processes.Signal(_process.Id, Processes.SigKill);
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is { Length: > 0 }) _lines.Enqueue(new HostLine(TimeProvider.System.GetUtcNow(), line));
    }
}
