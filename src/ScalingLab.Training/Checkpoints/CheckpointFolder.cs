using System.Diagnostics;
using ScalingLab.Torch;

namespace ScalingLab.Training.Checkpoints;

/// <summary>
/// Checkpoints of one run in one folder: <c>step-N.ckpt</c>, see <see cref="CheckpointFile"/>. A file is written under
/// another name, flushed to the disk and renamed, so a checkpoint is whole or absent. One that is damaged, or that says
/// what cannot be, is passed over for the one before.
/// </summary>
/// <param name="folder">Made when the first is written.</param>
/// <param name="kept">How many are kept, the newest.</param>
public sealed class CheckpointFolder(string folder, int kept = 2)
{
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(10);

    // On a folder that nodes share, a worker that was given up and its successor may write at once: each under a name
    // of its own.
    private static readonly string MachinePrefix = $"{Environment.MachineName.Replace('.', '_')}+";
    private static readonly string WriterName = $"{MachinePrefix}{Environment.ProcessId}-{Guid.NewGuid():N}";

    private readonly List<string> _rejected = [];

    /// <summary>The files that <see cref="Load"/> passed over, each with why, newest first.</summary>
    public IReadOnlyList<string> Rejected => _rejected;

    /// <summary>
    /// Writes a checkpoint and removes the oldest beyond those kept. What is further stays, and takes no place: it is
    /// another worker's of this run, or was passed over.
    /// </summary>
    /// <exception cref="IOException">The disk is full or not writable; the earlier checkpoints stand.</exception>
    public void Save(TrainingProgress progress, IReadOnlyList<Tensor> tensors)
    {
        Directory.CreateDirectory(folder);
        var path = PathOf(progress.Step);
        var temporary = $"{path}.{WriterName}.tmp";
        CheckpointFile.Write(temporary, progress, tensors);
        File.Move(temporary, path, overwrite: true);
        foreach (var old in Steps().Where(step => step <= progress.Step).Skip(kept)) File.Delete(PathOf(old));
    }

    /// <summary>
    /// Removes what workers that were killed left half-written; what another may still be writing stays.
    /// </summary>
    public void RemoveAbandoned()
    {
        if (!Directory.Exists(folder)) return;
        foreach (var torn in Directory.GetFiles(folder, "step-*.ckpt*.tmp").Where(IsAbandoned)) File.Delete(torn);
    }

    // Of this machine by its process; of another, which cannot be asked, by its age: a checkpoint is written in one go.
    // Ids of processes are used again, and machines may share a name: a file that is kept too long costs room, one that
    // is deleted too early costs its writer.
    private static bool IsAbandoned(string file)
    {
        if (File.GetLastWriteTimeUtc(file) < DateTimeOffset.UtcNow.UtcDateTime - AbandonedAfter) return true;
        var name = Path.GetFileName(file).Split('.', 3)[2];
        return name.StartsWith(MachinePrefix, StringComparison.Ordinal)
            && int.TryParse(name[MachinePrefix.Length..].Split('-')[0], out var process)
            && !IsRunning(process);
    }

    private static bool IsRunning(int process)
    {
        if (OperatingSystem.IsLinux()) return Directory.Exists($"/proc/{process}");
        try
        {
            Process.GetProcessById(process).Dispose();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether there is a file for that step.</summary>
    public bool Has(long step) => File.Exists(PathOf(step));

    /// <summary>
    /// Fills <paramref name="tensors"/> from the newest checkpoint of that run that can be resumed from.
    /// </summary>
    /// <param name="run">The name that it was saved under.</param>
    /// <param name="tensors">What it was saved of.</param>
    /// <param name="most">None beyond that step is taken.</param>
    /// <param name="partly">Whether it was saved of more tensors, which follow these.</param>
    /// <param name="problem">What else is wrong with what a checkpoint says; null where nothing is.</param>
    /// <returns>How far it had come, or null when there is none.</returns>
    public TrainingProgress? Load(
        string run, IReadOnlyList<Tensor> tensors, long most = long.MaxValue, bool partly = false,
        Func<TrainingProgress, string?>? problem = null)
    {
        _rejected.Clear();
        foreach (var step in Steps().Where(step => step <= most))
        {
            try
            {
                return CheckpointFile.Read(PathOf(step), progress => progress.Problem(run, step)
                    ?? problem?.Invoke(progress), tensors, partly);
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FileNotFoundException)
            {
                _rejected.Add($"{PathOf(step)}: "
                    + $"{(e is InvalidDataException ? e.Message : "it is not there as a whole")}");
            }
        }

        return null;
    }

    private string PathOf(long step) => Path.Combine(folder, $"step-{step}.ckpt");

    /// <summary>Steps that have a file, newest first.</summary>
    private List<long> Steps() => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "step-*.ckpt")
            .Select(f => long.TryParse(Path.GetFileNameWithoutExtension(f)["step-".Length..], out var step) ? step : -1)
            .Where(step => step >= 0).OrderDescending()];
}
