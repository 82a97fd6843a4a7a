using System.Diagnostics;
using System.Runtime.CompilerServices;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling;

namespace ScalingLab.Lab.Models;

/// <summary>A question to a model, which a worker of its own answers line by line.</summary>
/// <param name="Kind">The worker's argument.</param>
/// <param name="Model">The model.</param>
/// <param name="Lines">The question, or what is asked of many and the questions.</param>
/// <param name="Place">What is wrong where the worker cannot answer.</param>
public sealed record ModelQuestion(string Kind, SavedModel Model, IEnumerable<string> Lines, string Place = "RUN")
{
    private const int LongestLine = 16 * 1024 * 1024; // bytes; logits of a token, of a large vocabulary

    /// <summary>The lines, as they come.</summary>
    /// <exception cref="InputException">The worker cannot be started, or says why it cannot answer.</exception>
    public async IAsyncEnumerable<string> AskAsync(WorkerCommand worker,
        [EnumeratorCancellation] CancellationToken stop)
    {
        var start = new ProcessStartInfo(worker.FileName, [.. worker.Arguments, Kind])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in worker.WithThreads(Model.Threads).Environment) start.Environment[name] = value;
        using var process = Process.Start(start)
            ?? throw new InputException("worker", $"{worker.FileName} cannot be started");
        try
        {
            var (told, error) = (TellAsync(process), process.StandardError.ReadToEndAsync(stop));
            await foreach (var (line, cut)
                in BoundedLines.ReadAsync(process.StandardOutput.BaseStream, LongestLine, cancel: stop))
            {
                if (cut)
                    throw new InputException("worker", $"said a line of more than {LongestLine} bytes, which is no "
                        + "answer");
                yield return line;
            }

            await process.WaitForExitAsync(stop);
            await told;
            if (process.ExitCode == 0) yield break;
            var problems = (await error).Split('\n', StringSplitOptions.RemoveEmptyEntries
                | StringSplitOptions.TrimEntries);
            throw new InputException([.. problems.DefaultIfEmpty("the worker did not answer")
                .Select(problem => new Problem(Place, problem))]);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private async Task TellAsync(Process process)
    {
        try
        {
            foreach (var line in Lines) await process.StandardInput.WriteLineAsync(line);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The worker has ended before it had read all; its exit code says why.
        }
    }
}
