using System.ComponentModel;
using System.Diagnostics;

namespace ScalingLab.Cli;

/// <summary>What another program answered.</summary>
internal sealed record ProgramRun(int ExitCode, string Out, string Error)
{
    /// <summary>The answer of a program that did not end in time.</summary>
    public static ProgramRun Late { get; } = new(-1, "", "it did not end in time");

    /// <summary>Runs a program to its end, or <see cref="Late"/>; null where it is not there or cannot be started.</summary>
    public static async Task<ProgramRun?> OfAsync(
        string file, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment, TimeSpan limit, CancellationToken stop,
        string? input = null)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
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
                var (output, error) = (process.StandardOutput.ReadToEndAsync(late.Token), process.StandardError.ReadToEndAsync(late.Token));
                await process.WaitForExitAsync(late.Token);
                return new ProgramRun(process.ExitCode, await output, await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                stop.ThrowIfCancellationRequested();
                return Late;
            }
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
