using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace ScalingLab.Lab.Programs;

/// <summary>What another program answered.</summary>
public sealed record ProcessResult(int ExitCode, string Out, string Error)
{
    private const int MaxOutput = 16 * 1024 * 1024; // characters of either stream

    /// <summary>The answer of a program that did not end in time.</summary>
    public static ProcessResult TimedOut { get; } = new(-1, "", "it did not end in time");

    /// <summary>
    /// Runs a program to its end, or <see cref="TimedOut"/>; null where it is not there, cannot be started, or says
    /// more than any answer has.
    /// </summary>
    public static async Task<ProcessResult?> RunAsync(
        string file, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment, TimeSpan limit,
        CancellationToken stop,
        string? input = null)
    {
        var start =
            new ProcessStartInfo(file, arguments)
            { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(limit);
        try
        {
            using var process = Process.Start(start)!;
            if (input is not null) await process.StandardInput.WriteLineAsync(input);
            process.StandardInput.Close();
            try
            {
                var (output, error) = (ReadAsync(process.StandardOutput, late), ReadAsync(process.StandardError, late));
                await process.WaitForExitAsync(late.Token);
                return new ProcessResult(process.ExitCode, await output, await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                stop.ThrowIfCancellationRequested();
                return TimedOut;
            }
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>All that is said; where it is too much, the waiting ends.</summary>
    private static async Task<string> ReadAsync(StreamReader said, CancellationTokenSource late)
    {
        var (text, buffer) = (new StringBuilder(), new char[16 * 1024]);
        while (await said.ReadAsync(buffer, late.Token) is var read and > 0)
        {
            if (text.Length + read > MaxOutput) await late.CancelAsync();
            late.Token.ThrowIfCancellationRequested();
            text.Append(buffer, 0, read);
        }
        return text.ToString();
    }
}
