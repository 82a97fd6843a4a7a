using System.Security.Cryptography;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Evaluation.Tasks;

/// <summary>
/// Files of tasks, kept under the hash of what they hold: who scores a run finds the very questions that its sweep was
/// queued with, whatever has become of the file that the grid named.
/// </summary>
public static class KeptTasks
{
    /// <summary>Keeps a copy of a task's file, unless there is one.</summary>
    /// <param name="task">The task.</param>
    /// <param name="state">The state folder.</param>
    /// <returns>The task with its file's hash.</returns>
    /// <exception cref="InputException">The file cannot be read, or the copy not be written.</exception>
    public static RunTask Keep(RunTask task, string state)
    {
        if (task.File is not { } file) return task;
        var content = InputFile.ReadBytes(file, FileKind.Task);
        var known = task with { Hash = Convert.ToHexStringLower(SHA256.HashData(content)) };
        var kept = FileOf(state, known.Hash, file);
        if (File.Exists(kept)) return known;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
            var beside = FormattableString.Invariant($"{kept}.{Environment.ProcessId}");
            File.WriteAllBytes(beside, content);
            File.Move(beside, kept, overwrite: true); // whole or not at all
            return known;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, $"cannot be kept in {state}: {e.Message}");
        }
    }

    /// <summary>The task with the kept copy as its file; null where it is not kept there.</summary>
    public static RunTask? Find(RunTask task, string state)
    {
        if (task.File is not { } given) return task;
        return task.Hash is { } hash && FileOf(state, hash, given) is var file && File.Exists(file)
            ? task with { File = file } : null;
    }

    // The ending says whether it is compressed, and how.
    private static string FileOf(string state, string hash, string given) =>
        Path.Combine(state, "tasks", $"{hash[..16]}{Path.GetExtension(given)}");
}
