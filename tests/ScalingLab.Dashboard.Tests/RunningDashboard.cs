using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace ScalingLab.Dashboard.Tests;

/// <summary>The real program as a process, on a port that was free.</summary>
internal sealed class RunningDashboard : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private RunningDashboard(Process process, Uri address)
    {
        (_process, Address) = (process, address);
        Client = new HttpClient { BaseAddress = address, Timeout = Patience };
    }

    public static string Root { get; } = FindRoot();

    public static string Dotnet { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static async Task<RunningDashboard> StartAsync(string ledger)
    {
        var process = Launch(ledger, 0);
        using var late = new CancellationTokenSource(Patience);
        var line = await process.StandardOutput.ReadLineAsync(late.Token);
        if (line is null) throw new InvalidOperationException($"it ended: {await process.StandardError.ReadToEndAsync(late.Token)}");
        return new RunningDashboard(process, new Uri(line.Split(' ')[1]));
    }

    /// <summary>Runs it on a port to its end: what it said on standard error, and its exit code.</summary>
    public static async Task<(int ExitCode, string Error)> RefusedAsync(string ledger, int port)
    {
        using var process = Launch(ledger, port);
        using var late = new CancellationTokenSource(Patience);
        try
        {
            var error = await process.StandardError.ReadToEndAsync(late.Token);
            await process.WaitForExitAsync(late.Token);
            return (process.ExitCode, error);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var json = JsonDocument.Parse(await Client.GetStringAsync(new Uri(path, UriKind.Relative)));
        return json.RootElement.Clone();
    }

    /// <summary>Closes its standard input, as its starter's end does, and waits; the exit code.</summary>
    public async Task<int> EndAsync()
    {
        _process.StandardInput.Close();
        using var late = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(late.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static Process Launch(string ledger, int port)
    {
        var program = Path.Combine(Root, "artifacts/bin/ScalingLab.Dashboard/release/ScalingLab.Dashboard.dll");
        return Process.Start(new ProcessStartInfo(Dotnet, ["exec", program, ledger, Root, $"{port}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ScalingLab.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
