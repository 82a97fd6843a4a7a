using System.Text.Json;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Scheduling;

namespace ScalingLab.Lab.Execution;

/// <summary>What a worker of this installation says of itself before it is given anything to train.</summary>
/// <param name="Gpus">How many GPUs its libtorch reaches; null where it does not say.</param>
/// <param name="Description">The engine and what it is made of, e.g. "fused (libtorch 1.13.1)"; null where it does not
/// say.</param>
public sealed record WorkerInfo(int? Gpus, string? Description)
{
    private const int CannotTrain = 2; // the worker's exit code for what a person has to mend
    private const int Signalled = 128; // and more: ended by a signal

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Asks once whether it can train here at all, instead of seeing every run fail.</summary>
    /// <exception cref="InputException">It cannot; what it said beyond a line is in a log.</exception>
    public static async Task<WorkerInfo> RequireAsync(LabHome home, CancellationToken stop)
    {
        var worker = WorkerPrograms.Find(home);
        var answer =
            await ProcessResult.RunAsync(worker.FileName, [.. worker.Arguments, "--doctor"], worker.Environment, Limit,
                stop)
            ?? throw new InputException("worker", $"{worker.FileName} cannot be started; {WorkerPrograms.Variable} "
                + "names another");
        if (answer.ExitCode is CannotTrain or > Signalled)
        {
            var said = answer.Error.Trim();
            var log = said.Contains('\n', StringComparison.Ordinal) ? WriteLog(home, said) : null;
            throw new InputException("worker", said.Length == 0 ? $"it cannot train here: exit code {answer.ExitCode}"
                : Excerpt.WithLog(said, log));
        }

        return Parse(answer.Out);
    }

    private static string? WriteLog(LabHome home, string said)
    {
        try
        {
            Directory.CreateDirectory(home.Logs);
            var file = Path.Combine(home.Logs, "worker.log");
            File.WriteAllText(file, said + Environment.NewLine);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // the line has to do
        }
    }

    private static WorkerInfo Parse(string answer)
    {
        try
        {
            using var said = JsonDocument.Parse(answer.Trim().Split('\n')[^1]);
            var root = said.RootElement;
            return new WorkerInfo(
                root.TryGetProperty("cuda", out var cuda) && cuda.TryGetInt32(out var gpus) ? gpus : null,
                root.TryGetProperty("engine", out var engine) && root.TryGetProperty("version", out var version)
                ? $"{engine} ({version})" : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new WorkerInfo(null, null); // another program in its place
        }
    }
}
