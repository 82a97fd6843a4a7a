using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli.Commands.Models;

/// <summary>Asks a finished run's model by a worker of its own, line by line.</summary>
internal static class ModelWorker
{
    private const int LongestLine = 4 * 1024 * 1024; // bytes; the hidden states of a wide model are some 100 kB

    /// <summary>Starts a worker, tells it the lines, and gives its answers as they come.</summary>
    /// <param name="worker">The program.</param>
    /// <param name="how">Its option, such as <c>--sample</c>.</param>
    /// <param name="model">Who is asked.</param>
    /// <param name="lines">What is asked.</param>
    /// <param name="stop">Ends the worker.</param>
    /// <exception cref="InputException">The worker cannot be started, or says what is wrong with what was
    /// asked.</exception>
    public static async IAsyncEnumerable<string> AskAsync(
        WorkerCommand worker, string how, SavedModel model, IEnumerable<string> lines,
        [EnumeratorCancellation] CancellationToken stop)
    {
        var start = new ProcessStartInfo(worker.FileName, [.. worker.Arguments, how])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in worker.Environment) start.Environment[name] = value;
        // OpenMP is told its threads before it starts.
        start.Environment["OMP_NUM_THREADS"] = model.Threads.ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(start)
            ?? throw new InputException("worker", $"{worker.FileName} cannot be started");
        try
        {
            var (told, error) = (TellAsync(process, lines), process.StandardError.ReadToEndAsync(stop));
            await foreach (var (line, cut)
                in BoundedLines.ReadAsync(process.StandardOutput.BaseStream, LongestLine, cancel: stop))
            {
                yield return !cut ? line
                    : throw new InputException("worker", $"said a line of more than {LongestLine} bytes, which is no "
                        + "answer");
            }

            await process.WaitForExitAsync(stop);
            await told;
            if (process.ExitCode != 0) throw new InputException("RUN", (await error).Trim());
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static async Task TellAsync(Process process, IEnumerable<string> lines)
    {
        try
        {
            foreach (var line in lines) await process.StandardInput.WriteLineAsync(line);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The worker has ended before it had read all; its exit code says why.
        }
    }
}
