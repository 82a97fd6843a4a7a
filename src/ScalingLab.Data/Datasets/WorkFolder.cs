using System.Collections.Concurrent;
using ScalingLab.Data.Surveys;

namespace ScalingLab.Data.Datasets;

/// <summary>
/// Where a preparation is under way. It stays when its process is killed, and the next process that prepares the same
/// goes on in it; while one holds it, another works in a folder of its own.</summary>
internal sealed class WorkFolder : IDisposable
{
    /// <summary>Those of killed processes; one still in use is written to more often than this.</summary>
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    private const string LockName = "lock";

    /// <summary>Those of this process.</summary>
    private static readonly ConcurrentDictionary<string, bool> Open = new();

    private readonly FileStream? _lock;
    private bool _isKept;

    private WorkFolder(string path, FileStream? held)
    {
        (Path, _lock) = (path, held);
        Open.TryAdd(path, true);
    }

    public string Path { get; }

    /// <summary>Whether an earlier process began here.</summary>
    public bool IsResumed { get; private init; }

    /// <param name="parent">The folder of all prepared folders.</param>
    /// <param name="name">That of the prepared folder.</param>
    public static WorkFolder Take(string parent, string name)
    {
        var path = System.IO.Path.Combine(parent, $".{name}.work");
        Directory.CreateDirectory(parent);
        RemoveAbandoned(parent);
        Directory.CreateDirectory(path);
        try
        {
            var held = new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate,
                FileAccess.ReadWrite, FileShare.None);
            return new(path, held) { IsResumed = HasStages(path) };
        }
        catch (IOException)
        {
            path = System.IO.Path.Combine(parent, $".{name}.{Guid.NewGuid():N}");
            Directory.CreateDirectory(path);
            return new(path, null);
        }
    }

    /// <summary>Leaves what is done where it is, for the next process to go on with.</summary>
    public void Keep() => _isKept = _lock is not null && HasStages(Path);

    /// <summary>Removes what only an unfinished preparation needs.</summary>
    public void Finish() => Directory.Delete(System.IO.Path.Combine(Path, StageFile.Folder), recursive: true);

    /// <summary>Removes the lock once the folder has its name: nobody else can take it before.</summary>
    public static void Unlock(string folder) => File.Delete(System.IO.Path.Combine(folder, LockName));

    public void Dispose()
    {
        if (!_isKept && Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
        _lock?.Dispose();
        Open.TryRemove(Path, out _);
    }

    /// <summary>Removes those of this process from which nothing could go on.</summary>
    public static void RemoveUnfinished()
    {
        foreach (var folder in Open.Keys.Where(folder => !HasStages(folder)))
        {
            try
            {
                if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            }
            catch (Exception held) when (held is IOException or UnauthorizedAccessException)
            {
                // Just being written to: it is removed a day later, as those of killed processes are.
            }
        }
    }

    private static bool HasStages(string folder) =>
        System.IO.Path.Combine(folder, StageFile.Folder) is var stages && Directory.Exists(stages)
        && Directory.EnumerateFiles(stages, "*" + StageFile.Ending).Any();

    private static void RemoveAbandoned(string parent)
    {
        foreach (var folder in new DirectoryInfo(parent).GetDirectories(".*"))
        {
            var stages = new DirectoryInfo(System.IO.Path.Combine(folder.FullName, StageFile.Folder));
            var last = stages.Exists && stages.LastWriteTimeUtc > folder.LastWriteTimeUtc
                ? stages.LastWriteTimeUtc : folder.LastWriteTimeUtc;
            if (DateTimeOffset.UtcNow - last > AbandonedAfter) folder.Delete(recursive: true);
        }
    }
}
