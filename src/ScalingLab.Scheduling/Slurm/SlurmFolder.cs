using System.Globalization;
using System.Text;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Scheduling.Slurm;

/// <summary>Runs that go to Slurm together: one job, or an array of one task a run.</summary>
/// <param name="Name">The job's name.</param>
/// <param name="Runs">The runs, in the order of the tasks.</param>
/// <param name="Request">sbatch's arguments for what it needs.</param>
/// <param name="Folder">The batch's files.</param>
/// <param name="Lab">How a node starts this program.</param>
public sealed record SlurmBatch(
    string Name, IReadOnlyList<RunId> Runs, IReadOnlyList<string> Request, SlurmFolder Folder,
    IReadOnlyList<string> Lab)
{
    /// <summary>
    /// Of a job that runs into its time limit: it is asked to checkpoint and stop so many seconds before.
    /// </summary>
    private const int WarnSeconds = 60;

    /// <summary>What the ledger calls the task of each run.</summary>
    public IEnumerable<(RunId Run, string Key)> Keys =>
        Runs.Select((run, task) => (run, SlurmJob.KeyOf(Name, Runs.Count > 1 ? task : null)));

    /// <summary>
    /// All of sbatch's arguments. Whatever is not a constant stands after an '=' or after the script's name: no value
    /// is read as an option.
    /// </summary>
    public IReadOnlyList<string> Arguments()
    {
        List<string> arguments =
        [
            "--parsable", $"--job-name={Name}", "--export=NONE", "--requeue", "--open-mode=append",
            string.Create(CultureInfo.InvariantCulture, $"--signal=B:TERM@{WarnSeconds}"),
            $"--chdir={Folder.Place}",
                $"--output={Path.Combine(Folder.Output, Runs.Count > 1 ? "%x_%a.log" : "%x.log")}", .. Request,
        ];
        if (Runs.Count > 1) arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--array=0-{Runs.Count - 1}"));
        arguments.AddRange([Folder.Script, Folder.ListOf(Name), Folder.EnvironmentFile, .. Lab]);
        return arguments;
    }
}

/// <summary>
/// What a launcher and its jobs share on disk: the script, the jobs' environment, the list of runs of each batch, and
/// what jobs print. A list is there before its job is submitted and is never changed, so whoever sees the job knows its
/// runs.
/// </summary>
public sealed class SlurmFolder
{
    // Everything that varies is an argument; bash reads no value as code. exec: Slurm's signals reach the program
    // itself.
    private const string ScriptText =
        """
        #!/bin/bash
        # One attempt at one run; the task of an array takes its own line of the list.
        # Arguments: the list of runs, the file with the environment, then the program and its arguments before the run.
        set -eu
        mapfile -t runs <"$1"
        environment="$2"
        shift 2
        exec "$@" "${runs[${SLURM_ARRAY_TASK_ID:-0}]}" --environment "$environment"

        """;

    private readonly Dictionary<string, IReadOnlyList<RunId>> _lists = [];

    /// <summary>Makes the folder, the script and the environment's file, which only this user may read.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public SlurmFolder(string stateFolder, IReadOnlyDictionary<string, string> environment)
    {
        Place = Path.Combine(Path.GetFullPath(stateFolder), "slurm");
        Output = Path.Combine(Path.GetFullPath(stateFolder), "logs", "slurm");
        Directory.CreateDirectory(Place);
        Directory.CreateDirectory(Output);
        Write(Script, ScriptText.ReplaceLineEndings("\n"));
        Write(EnvironmentFile, RunJson.Serialize(environment));
    }

    /// <summary>
    /// The folder itself: the working directory of every job, by which jobs of this state folder are known.
    /// </summary>
    public string Place { get; }

    /// <summary>Folder of what jobs print.</summary>
    public string Output { get; }

    /// <summary>The batch script; a constant.</summary>
    public string Script => Path.Combine(Place, "attempt.sh");

    /// <summary>The jobs' environment: JSON, names to values.</summary>
    public string EnvironmentFile => Path.Combine(Place, "environment.json");

    /// <summary>The list of a batch's runs, one a line in the order of the tasks.</summary>
    public string ListOf(string name) => Path.Combine(Place, name + ".runs");

    /// <summary>Reads the environment of a job.</summary>
    /// <exception cref="InputException">There is no such file, or it is none of these.</exception>
    public static IReadOnlyDictionary<string, string> ReadEnvironment(string file)
    {
        try
        {
            return RunJson.Deserialize<Dictionary<string, string>>(InputFile.OpenText(file, FileKind.Settings));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            throw new InputException("--environment", $"{file} cannot be read ({e.Message}); the launcher writes it, "
                + "in a folder that all nodes share");
        }
    }

    /// <summary>
    /// Names a batch and writes its list down. The name is the first run and its attempt, with the number of further
    /// runs; a name that was used is not used again: a job that ended long ago must not be taken for this one.
    /// </summary>
    public string Enlist(IReadOnlyList<RunId> runs, int attempt)
    {
        var stem =
            string.Create(CultureInfo.InvariantCulture,
                $"lab-{runs[0]}-{attempt}{(runs.Count > 1 ? $"+{runs.Count - 1}" : "")}");
        for (var again = 1; ; again++)
        {
            var name = again == 1 ? stem : string.Create(CultureInfo.InvariantCulture, $"{stem}.{again}");
            try
            {
                Create(ListOf(name), string.Concat(runs.Select(r => $"{r}\n")));
                return name;
            }
            catch (IOException) when (File.Exists(ListOf(name)))
            {
                // That name is used: the next.
            }
        }
    }

    /// <summary>Takes a list back that no job was made of.</summary>
    public void Discard(string name) => File.Delete(ListOf(name));

    /// <summary>
    /// The jobs of this folder among those of a user, each with its run. A job whose list is gone is nobody's and left
    /// alone.
    /// </summary>
    public IReadOnlyList<SlurmTask> Tasks(IEnumerable<SlurmJob> jobs)
    {
        var tasks = new List<SlurmTask>();
        foreach (var job in jobs.Where(j => j.Folder == Place))
        {
            if (!_lists.TryGetValue(job.Name, out var runs)) _lists[job.Name] = runs = Read(job.Name);
            if ((job.Task ?? 0) < runs.Count) tasks.Add(new SlurmTask(job, runs[job.Task ?? 0]));
        }
        return tasks;
    }

    private RunId[] Read(string name)
    {
        // Anybody's job may have any name: only a plain one can be one of ours.
        var file = ListOf(name);
        return Path.GetDirectoryName(file) == Place && File.Exists(file)
            ? [.. File.ReadAllLines(file).Select(l => new RunId(l))] : [];
    }

    private static void Write(string path, string text)
    {
        var fresh = $"{path}.{System.Environment.ProcessId}";
        File.Delete(fresh);
        Create(fresh, text);
        File.Move(fresh, path, overwrite: true);
    }

    // Nobody else ever reads it, not even for the moment between its making and a change of its rights.
    private static void Create(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(Encoding.UTF8.GetBytes(text));
    }
}

/// <summary>A job, or a task of an array, with the run that it is for.</summary>
public sealed record SlurmTask(SlurmJob Job, RunId Run);
