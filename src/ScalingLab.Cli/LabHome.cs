using ScalingLab.Runs;

namespace ScalingLab.Cli;

/// <summary>Where things are: the repository, and the state that runs leave behind.</summary>
/// <param name="Root">The repository; the current folder where the program stands alone.</param>
/// <param name="State">Ledger, prepared data, checkpoints and logs.</param>
internal sealed record LabHome(string Root, string State)
{
    public const string Variable = "SCALINGLAB_HOME";

    public string LedgerFile => Path.Combine(State, "ledger.db");

    /// <summary>Measured peaks of this installation's devices.</summary>
    public string Peaks => Path.Combine(State, "peaks.json");

    public string Logs => Path.Combine(State, "logs");

    public string Checkpoints(RunId run) => Path.Combine(State, "checkpoints", run.Value);

    /// <summary>Where runs of one trunk share its checkpoints.</summary>
    public string TrunkCheckpoints(string trunk) => Path.Combine(State, "checkpoints", "trunks", trunk);

    /// <summary>Where results of a sweep go unless said otherwise.</summary>
    public string Results(string sweep) => Path.Combine(Root, "results", sweep);

    /// <summary>A path as a reader at the repository's root would give it.</summary>
    public string Shown(string path)
    {
        var relative = Path.GetRelativePath(Root, Path.GetFullPath(path));
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    public static LabHome Find()
    {
        var root = Environment.CurrentDirectory;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ScalingLab.sln"))) root = folder.FullName;
        }

        var given = Environment.GetEnvironmentVariable(Variable);
        return new LabHome(root, Path.GetFullPath(string.IsNullOrWhiteSpace(given) ? Path.Combine(root, ".lab") : given));
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
}
