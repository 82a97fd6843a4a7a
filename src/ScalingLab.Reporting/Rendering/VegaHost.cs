using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScalingLab.Reporting;

/// <summary>A figure, or a program that draws it, went wrong.</summary>
public sealed class DrawingException : Exception
{
    /// <summary>What went wrong.</summary>
    public DrawingException(string message)
        : base(message)
    {
    }

    /// <summary>What went wrong, and below it why.</summary>
    public DrawingException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>There is no node to draw with: the figures are missing, nothing is wrong with them.</summary>
public sealed class NodeMissingException(string message, Exception inner) : Exception(message, inner);

/// <summary>The long-lived node process that turns Vega-Lite specs into SVG, one after the other.</summary>
internal sealed class VegaHost : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private int _requests;

    private VegaHost(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts node.</summary>
    /// <exception cref="NodeMissingException">There is no node.</exception>
    public static VegaHost Start(VegaFolder folder)
    {
        var start = new ProcessStartInfo("node")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = WholeFile.Utf8,
            StandardOutputEncoding = WholeFile.Utf8,
        };
        start.ArgumentList.Add(folder.Host);
        start.Environment[VegaFolder.Variable] = folder.Packages;
        try
        {
            return new VegaHost(Process.Start(start) ?? throw new DrawingException("node did not start"));
        }
        catch (Win32Exception e)
        {
            throw new NodeMissingException("node is not installed", e);
        }
    }

    /// <summary>Draws one spec. The same spec gives the same SVG.</summary>
    /// <exception cref="DrawingException">The spec is faulty, or node ended.</exception>
    public async Task<string> RenderAsync(JsonObject spec, CancellationToken stop)
    {
        var request = new JsonObject { ["id"] = ++_requests, ["spec"] = spec.DeepClone() };
        if (_requests == 1 && FontAdvances.Installed() is { } advances) request["advances"] = JsonSerializer.SerializeToNode(advances);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(Patience);
        try
        {
            await _process.StandardInput.WriteLineAsync(request.ToJsonString().AsMemory(), limited.Token).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync(limited.Token).ConfigureAwait(false);
            JsonNode answer;
            do
            {
                var line = await _process.StandardOutput.ReadLineAsync(limited.Token).ConfigureAwait(false)
                    ?? throw await EndedAsync().ConfigureAwait(false);
                answer = JsonNode.Parse(line)!;
            }
            while ((int)answer["id"]! < _requests); // the late answer to a request that was given up

            return answer["svg"]?.GetValue<string>() ?? throw new DrawingException($"Vega refused the figure: {answer["error"]}");
        }
        catch (IOException)
        {
            throw await EndedAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new DrawingException($"node gave no answer within {Patience.TotalSeconds:0} seconds");
        }
    }

    /// <summary>Asks node to end by closing its input; waits; kills.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already.
        }

        if (!_process.WaitForExit(2000)) _process.Kill();
        _process.Dispose();
    }

    private async Task<DrawingException> EndedAsync()
    {
        var said = await _errors.ConfigureAwait(false);
        return new DrawingException($"node ended without an answer: {Last(said)}");
    }

    // Node ends a failure with its version; the line that begins with the error's name says what happened.
    private static string Last(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(l => l.Contains("Error:", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "it said nothing";
    }
}
