using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Store.Records;

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


    public static string Dotnet { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>What changes have to show.</summary>
    public const string Token = "a-token-of-the-tests";

    public static async Task<RunningDashboard> StartAsync(string ledger, string listen = "127.0.0.1",
        ProcessIdentity? node = null, string? state = null)
    {
        var process = Launch(ledger, 0, listen, node, state);
        using var late = new CancellationTokenSource(Patience);
        var line = await process.StandardOutput.ReadLineAsync(late.Token);
        if (line is null)
            throw new InvalidOperationException($"it ended: {await process.StandardError.ReadToEndAsync(late.Token)}");
        return new RunningDashboard(process,
            new Uri(line.Split(' ')[1].Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)));
    }

    /// <summary>Runs it on a port to its end: what it said on standard error, and its exit code.</summary>
    public static async Task<(int ExitCode, string Error)> RefusedAsync(string ledger, int port)
    {
        using var process = Launch(ledger, port, "127.0.0.1");
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

    /// <summary>The status and the text of what a path answers.</summary>
    public async Task<(HttpStatusCode Status, string Text)> LookAsync(string path)
    {
        using var answer = await Client.GetAsync(new Uri(path, UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Ends it: the lines of its standard error.</summary>
    public async Task<string[]> LogAsync()
    {
        _process.StandardInput.Close();
        using var late = new CancellationTokenSource(Patience);
        return (await _process.StandardError.ReadToEndAsync(late.Token)).Split('\n',
            StringSplitOptions.RemoveEmptyEntries);
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

    /// <summary>Posts, with a token unless null; the status and the answer.</summary>
    public async Task<(HttpStatusCode Status, string Text)> PostAsync(string path, string? token, string? json = null,
        string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (json is not null) request.Content = new StringContent(json);
        using var answer = await Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static Process Launch(string ledger, int port, string listen, ProcessIdentity? node = null,
        string? state = null)
    {
        var program = Repository.At("artifacts/bin/ScalingLab.Dashboard/release/ScalingLab.Dashboard.dll");
        var process = Process.Start(new ProcessStartInfo(Dotnet, ["exec", program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.WriteLine(
            RunJson.Serialize(
            new { Ledger = ledger, Port = port, Listen = listen, Token, Node = node, State = state }));
        process.StandardInput.Flush();
        return process;
    }
}
