using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Lab.Programs;

/// <summary>Where things are: the repository, and the state that runs leave behind.</summary>
/// <param name="Root">The repository; the current folder where the program stands alone.</param>
/// <param name="State">Ledger, prepared data, checkpoints and logs.</param>
public sealed record LabHome(string Root, string State)
{
    public const string Variable = "SCALINGLAB_HOME";

    /// <summary>
    /// Whose worker trains and evaluates; null: whichever is taken here (<see cref="WorkerPrograms.DefaultEngine"/>).
    /// </summary>
    public TensorEngine? Engine { get; init; }

    /// <summary>
    /// Another program of this installation, a .dll: where the repository has built it, or beside this one where it was
    /// installed as a tool; null where it is not there.
    /// </summary>
    public string? FindProgram(string name)
    {
        string[] places =
        [
            Path.Combine(Root, "artifacts/bin", name, "release", name + ".dll"),
                Path.Combine(AppContext.BaseDirectory, "programs", name, name + ".dll"),
        ];
        return places.FirstOrDefault(File.Exists);
    }

    public string LedgerFile => Path.Combine(State, "ledger.db");

    /// <summary>Measured peaks of this installation's devices.</summary>
    public string PeaksFile => Path.Combine(State, "peaks.json");

    /// <summary>What was measured of how long runs take on this processor.</summary>
    public string ProcessorFile => Path.Combine(State, "processor.json");

    public string Logs => Path.Combine(State, "logs");

    public string Checkpoints(RunId run) => Path.Combine(State, "checkpoints", run.Value);

    /// <summary>What the run's worker said last, on this machine; null where none was started here.</summary>
    public string? NewestLog(RunId run)
    {
        var folder = new DirectoryInfo(Path.Combine(Logs, run.Value));
        return folder.Exists ? folder.EnumerateFiles("attempt-*.log").MaxBy(f => f.LastWriteTimeUtc)?.FullName : null;
    }

    /// <summary>Where runs of one trunk share its checkpoints.</summary>
    public string TrunkCheckpoints(string trunk) => Path.Combine(State, "checkpoints", "trunks", trunk);

    /// <summary>Where results of a sweep go unless said otherwise.</summary>
    public string Results(string sweep) => Path.Combine(Root, "results", sweep);

    /// <summary>
    /// A path for who called the command: as that folder would name it, in full where it lies elsewhere.
    /// </summary>
    public static string DisplayPath(string path) => RelativeOrFull(Environment.CurrentDirectory, path);

    /// <summary>A path as a reader of the repository would give it at its root: for what is kept.</summary>
    public string RepositoryPath(string path) => RelativeOrFull(Root, path);

    private static string RelativeOrFull(string folder, string path) =>
        InputFile.RelativePath(folder, path) ?? Path.GetFullPath(path);

    public static LabHome Find()
    {
        var root = Environment.CurrentDirectory;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ScalingLab.sln"))) root = folder.FullName;
        }

        var given = Environment.GetEnvironmentVariable(Variable);
        return new LabHome(root,
            Path.GetFullPath(string.IsNullOrWhiteSpace(given) ? Path.Combine(root, ".lab") : given));
    }

    /// <summary>Makes a folder and proves that files can be written there.</summary>
    /// <exception cref="InputException">They cannot.</exception>
    public static void RequireWritable(string place, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".writable.{Environment.ProcessId}");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(place, $"the folder {folder} cannot be written: {e.Message}");
        }
    }

    /// <summary>Checks that results folders which the caller names are there, each once.</summary>
    /// <param name="place">The option or argument that names them.</param>
    /// <param name="folders">Their paths.</param>
    /// <exception cref="InputException">One is absent, a file, or named twice: every problem.</exception>
    public static void RequireFolders(string place, params IReadOnlyList<string> folders)
    {
        var problems = folders.Where(f => !Directory.Exists(f))
            .Select(f => new Problem(place, File.Exists(f) ? $"{f} is a file; name the folder that it is in"
            : $"there is no folder {f} (looked for {Path.GetFullPath(f)})")).ToList();
        problems.AddRange(
            folders.GroupBy(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f))).Where(g => g.Count() > 1)
            .Select(g => new Problem(place, $"{g.First()} is named twice; name different results folders")));
        if (problems.Count > 0) throw new InputException(problems);
    }

    /// <summary>Checks that a file which the caller wants written would replace nothing.</summary>
    /// <param name="place">The option that names it.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">Something is there, or its folder cannot be written.</exception>
    public static void RequireNewFile(string place, string file)
    {
        if (Directory.Exists(file)) throw new InputException(place, $"{file} is a folder; name a file in it");
        if (Path.Exists(file))
            throw new InputException(place, $"{file} is there already, and is not replaced: choose another name");
        RequireWritable(place, Path.GetDirectoryName(Path.GetFullPath(file))!);
    }

    /// <summary>Writes a file that the caller asked for.</summary>
    /// <param name="place">The option that names it.</param>
    /// <param name="file">The file.</param>
    /// <param name="text">What goes into it.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void WriteOutput(string place, string file, string text)
    {
        try
        {
            File.WriteAllText(file, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(place, $"{file} cannot be written: {e.Message}");
        }
    }
}
