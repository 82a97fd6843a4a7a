using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ScalingLab.Dashboard.Tests;

/// <summary><c>lab serve</c>, as a process that starts the dashboard as a process.</summary>
public sealed class ServeTests
{
    private const int Interrupt = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Serve_shows_the_ledger_and_ends_well_when_it_is_interrupted()
    {
        using var ledger = new WatchedLedger();
        using var lab = Lab(ledger.Folder, 0);
        try
        {
            using var late = new CancellationTokenSource(Patience);
            var line = await lab.StandardOutput.ReadLineAsync(late.Token);
            var address = new Uri(line!.Split(' ')[1]);
            using var client = new HttpClient { BaseAddress = address };
            var path = new Uri("api/sweeps", UriKind.Relative);
            Assert.Contains(WatchedLedger.Sweep, await client.GetStringAsync(path, late.Token),
                StringComparison.Ordinal);
            Assert.Equal(0, Kill(lab.Id, Interrupt));
            await lab.WaitForExitAsync(late.Token);
            Assert.Equal(0, lab.ExitCode);
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(path, late.Token));
        }
        finally
        {
            if (!lab.HasExited) lab.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task Serve_on_a_port_that_is_taken_passes_on_the_error_and_exit_code_2()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var lab = Lab(ledger.Folder, dashboard.Address.Port);
        using var late = new CancellationTokenSource(Patience);
        var error = await lab.StandardError.ReadToEndAsync(late.Token);
        await lab.WaitForExitAsync(late.Token);
        Assert.Equal(2, lab.ExitCode);
        Assert.Contains("address already in use", error, StringComparison.Ordinal);
    }

    private static Process Lab(string home, int port)
    {
        var start = new ProcessStartInfo(RunningDashboard.Dotnet,
            ["exec", Repository.At("artifacts/bin/ScalingLab.Cli/release/lab.dll"), "serve", "--page-only", "--port",
                $"{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SCALINGLAB_HOME"] = home;
        return Process.Start(start)!;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
