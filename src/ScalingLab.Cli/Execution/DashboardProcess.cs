using System.Diagnostics;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Execution;

/// <summary>
/// The live page: a program of its own that speaks on this one's output and error. Its order goes to its standard
/// input, whose end asks it to stop, even when this process dies; no command line has the ledger's password in it.
/// </summary>
internal sealed class DashboardProcess : IDisposable
{
    private const string Name = "ScalingLab.Dashboard";

    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(5);

    private readonly Screen _screen;
    private readonly string _program;
    private readonly string _order;
    private Process _process;

    private DashboardProcess(Screen screen, string program, string order)
    {
        (_screen, _program, _order) = (screen, program, order);
        _process = Launch();
    }

    /// <exception cref="InputException">The program was not built.</exception>
    public static DashboardProcess Start<T>(Screen screen, LabHome home, T order)
    {
        var program = home.FindProgram(Name)
            ?? throw new InputException("dashboard", $"{Name} has not been built: ./lab builds it, or 'dotnet build "
                + $"src/{Name} -c Release'");
        return new DashboardProcess(screen, program, RunJson.Serialize(order));
    }

    /// <summary>Waits until it listens, and passes on where; its exit code where it does not.</summary>
    public async Task<int?> WaitUntilListeningAsync(AccessToken token, CancellationToken stop)
    {
        try
        {
            if (await _process.StandardOutput.ReadLineAsync(stop) is { } line)
            {
                _screen.Out.WriteLine(line);
                PrintToken(line, token);
                _screen.Out.Flush();
                return null;
            }
            await _process.WaitForExitAsync(stop);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await StopAsync();
            return CliHost.Success;
        }
    }

    /// <summary>Waits for its end, or ends it when asked; the exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken stop)
    {
        try
        {
            await _process.WaitForExitAsync(stop);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await StopAsync();
            return CliHost.Success;
        }
    }

    /// <summary>Starts it again whenever it ends, until asked to stop.</summary>
    public async Task KeepRunningAsync(AccessToken token, CancellationToken stop)
    {
        while (await WaitForExitAsync(stop) is var code && !stop.IsCancellationRequested)
        {
            _screen.Error.WriteLine($"lab: the page ended (exit code {code}); the runs go on, it is started again.");
            await Task.Delay(RestartDelay, stop)
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            if (stop.IsCancellationRequested) return;
            _process.Dispose();
            _process = Launch();
            await WaitUntilListeningAsync(token, stop);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    // Once, to a person at a terminal; a journal or a log file gets no secret.
    private void PrintToken(string line, AccessToken token)
    {
        var url = line.Split(' ') is [_, var address, ..] ? address : "";
        if (token is { IsNew: true } && _screen.IsTerminal)
            _screen.Out.WriteLine($"dashboard: to change things there, open {url}/?token={token.Text} once");
        else if (token.File is { } file)
            _screen.Out.WriteLine($"dashboard: to change things there, open "
                + $"{url}/?token=TOKEN once, with the token in {file}");
    }

    private Process Launch()
    {
        var process = Process.Start(new ProcessStartInfo(WorkerPrograms.DotnetPath(), ["exec", _program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardInput.WriteLine(_order);
        process.StandardInput.Flush();
        return process;
    }

    private async Task StopAsync()
    {
        _process.StandardInput.Close();
        using var late = new CancellationTokenSource(GracePeriod);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            _screen.Error.WriteLine("lab: the dashboard does not stop by itself; ending it.");
            _process.Kill(entireProcessTree: true);
        }
    }
}
