using System.Text;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling;

namespace ScalingLab.Dashboard.Sources;

/// <summary>Logs and checkpoints of this installation, where they lie in its state folder.</summary>
/// <param name="folder">The state folder; null where none of it is to be shown.</param>
internal sealed class StateFiles(string? folder)
{
    /// <summary>Bytes of a log that are shown.</summary>
    public const int MaxTailBytes = 64 * 1024;

    /// <summary>A log as a node names it below its state folder.</summary>
    public static string LogName(RunId run, int attempt) => $"logs/{NodeOptions.LogName(run, attempt)}";

    /// <summary>Whether the log is here.</summary>
    public bool HasLog(RunId run, int attempt) => folder is not null
        && File.Exists(Path.Combine(folder, LogName(run, attempt)));

    /// <summary>Whether checkpoints of the run are here.</summary>
    public bool HasCheckpoints(RunId run) => folder is not null
        && Directory.Exists(Path.Combine(folder, "checkpoints", run.Value));

    /// <summary>The end of the log, from the beginning of a line where it was cut; nothing where it is empty.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not read it.</exception>
    public string LogTail(RunId run, int attempt)
    {
        var path = Path.Combine(folder!, LogName(run, attempt));
        if (new FileInfo(path).Length == 0) return ""; // so has a pipe, which is not opened
        using var file = InputFile.Open(path, FileKind.Log);
        var from = Math.Max(0, file.Length - MaxTailBytes);
        file.Seek(from, SeekOrigin.Begin);
        var bytes = new byte[MaxTailBytes];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var line = from > 0 ? bytes.AsSpan(0, read).IndexOf((byte)'\n') + 1 : 0;
        return Encoding.UTF8.GetString(bytes, line, read - line);
    }
}
