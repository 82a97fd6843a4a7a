using System.ComponentModel;
using System.Text;
using CliWrap;

namespace ScalingLab.Scheduling;

/// <summary>What another program answered.</summary>
public sealed record ProcessResult(int ExitCode, string Out, string Error)
{
    private const int MaxOutput = 16 * 1024 * 1024; // characters of either stream

    /// <summary>The answer of a program that did not end in time, or said more than any answer has.</summary>
    public static ProcessResult TimedOut { get; } = new(-1, "", "it did not end in time");

    /// <summary>
    /// Runs a program to its end, or <see cref="TimedOut"/>, with all that it started; null where it is not there or
    /// cannot be started.
    /// </summary>
    /// <param name="file">The program, looked for on the PATH.</param>
    /// <param name="arguments">No shell reads them.</param>
    /// <param name="environment">Beside this process's; null: nothing.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="stop">Ends it, with <see cref="OperationCanceledException"/>.</param>
    /// <param name="input">A line on its standard input; null: none.</param>
    public static Task<ProcessResult?> RunAsync(
        string file, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment,
        TimeSpan limit, CancellationToken stop, string? input = null) => RunAsync(
        new Command(file).WithArguments(arguments)
            .WithEnvironmentVariables(environment?.ToDictionary(v => v.Key, v => (string?)v.Value) ?? [])
            .WithStandardInputPipe(input is null ? PipeSource.Null : PipeSource.FromString(input + "\n")), limit, stop);

    /// <summary>The same of a command.</summary>
    internal static async Task<ProcessResult?> RunAsync(Command command, TimeSpan limit, CancellationToken stop)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(limit);
        StringBuilder output = new(), error = new();
        try
        {
            var ended = await command.WithValidation(CommandResultValidation.None)
                .WithStandardOutputPipe(Bounded(output, late)).WithStandardErrorPipe(Bounded(error, late))
                .ExecuteAsync(late.Token);
            return new ProcessResult(ended.ExitCode, output.ToString(), error.ToString());
        }
        catch (OperationCanceledException)
        {
            stop.ThrowIfCancellationRequested();
            return TimedOut;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    // Where it is too much, the waiting ends.
    private static PipeTarget Bounded(StringBuilder text, CancellationTokenSource late) =>
        PipeTarget.Create(async (stream, cancel) =>
        {
            using var said = new StreamReader(stream, leaveOpen: true);
            var buffer = new char[16 * 1024];
            while (await said.ReadAsync(buffer, cancel) is var read and > 0)
            {
                if (text.Length + read > MaxOutput) await late.CancelAsync();
                cancel.ThrowIfCancellationRequested();
                text.Append(buffer, 0, read);
            }
        });
}
