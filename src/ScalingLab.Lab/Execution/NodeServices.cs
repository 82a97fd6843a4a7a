using System.Collections.Concurrent;
using ScalingLab.Data;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Exchange;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Execution;

/// <summary>
/// What a node of this installation does for the sweeps of a ledger, all of it from what stands there: the settings of
/// a run that it claimed, its data where they are not here yet, and fit and report of a sweep that has ended.
/// </summary>
/// <param name="home">Prepared data, checkpoints and logs.</param>
/// <param name="ledger">The queue.</param>
/// <param name="say">Hears what is done with data.</param>
/// <param name="threads">CPU threads a worker of sweeps that do not say; null is 1.</param>
public sealed class NodeServices(LabHome home, Ledger ledger, Action<string> say, int? threads = null) : IDisposable
{
    private static readonly WorkerSettings Unset = new() { DataFolder = "", CheckpointFolder = "" };

    private readonly ConcurrentDictionary<string, SweepPreparation> _sweeps = [];
    private readonly ConcurrentDictionary<DataIdentity, PreparedData> _data = [];
    private readonly SemaphoreSlim _preparing = new(1);

    /// <summary>Fits a sweep that has ended and writes its results; null: somebody else does.</summary>
    public Func<string, CancellationToken, Task>? WriteResults { get; init; }

    /// <summary>A node with that name and those devices that does all this.</summary>
    public NodeOptions Options(string name, IReadOnlyList<NodeDevice> devices) =>
        new(name, devices, WorkerPrograms.Find(home), SettingsAsync, home.State)
    {
        ExpectedSettings = run => FindPreparation(run.Sweep)?.Worker.Over(Unset) ?? Unset,
        Threads = run => run.Threads ?? FindPreparation(run.Sweep)?.Worker.Threads ?? threads ?? 1,
        Report = WriteResults is null ? null : ReportAsync,
    };

    /// <summary>
    /// Folders, threads and micro-batch of a claimed run; prepares the sweep's data where they are not here.
    /// </summary>
    /// <exception cref="InputException">The sweep does not say how.</exception>
    /// <exception cref="MissingDataException">The data are not here and cannot be prepared from what is.</exception>
    public async Task<WorkerSettings> SettingsAsync(Assignment assignment, CancellationToken stop)
    {
        var sweep = _sweeps[assignment.Sweep] =
            SweepPreparation.Read(assignment.Sweep, ledger.Settings(assignment.Sweep));
        var data = await FindDataAsync(assignment.Spec.Data.Whole, sweep.Data, stop);
        var trunk = Trunk.KeyOf(assignment.Spec);
        return sweep.Worker.Over(new WorkerSettings
            { DataFolder = data.Folder, CheckpointFolder = home.Checkpoints(assignment.Spec.Id) }) with
        {
            Threads = Threads(assignment.Sweep, sweep),
            TrunkFolder = trunk is null ? null : home.TrunkCheckpoints(trunk),
            TrunkSteps = trunk is null ? []
                : [.. ledger.TrunkSteps(trunk, assignment.Spec.Id)
                    .Where(step => step <= Trunk.StepsOf(assignment.Spec))],
            PeaksFile = home.PeaksFile,
            DistillFolder = FindModel(assignment.Spec.DistilledFrom?.Hash, "learns from (distillFrom)"),
            StartFolder = FindModel(assignment.Spec.StartedFrom, "begins with (startFrom)"),
            // What is not kept here is asked before the report, by a node that has it.
            Tasks = sweep.Tasks is { } tasks
                ? [.. tasks.Select(task => KeptTasks.Find(task, home.State)).OfType<RunTask>()] : null,
        };
    }

    /// <summary>CPU threads of each worker of a sweep: chosen once, then as the ledger has them.</summary>
    /// <exception cref="InputException">The sweep does not say how its runs are carried out.</exception>
    public int Threads(string sweep) => Threads(sweep, SweepPreparation.Read(sweep, ledger.Settings(sweep)));

    public void Dispose() => _preparing.Dispose();

    private string? FindModel(string? hash, string role)
    {
        if (hash is null) return null;
        return KeptModels.Find(home.State, hash) ?? throw new MissingDataException(
            $"the model that the run {role} is not in {home.State}: share the state folder "
                + $"(${LabHome.Variable}), or queue the grid on this machine too");
    }

    private int Threads(string sweep, SweepPreparation says) =>
        ledger.ChooseThreads(sweep, says.Worker.Threads ?? threads ?? 1);

    /// <summary>
    /// Fit and report into the sweep's folder, the same however often. Where the sweep was queued the folder is made;
    /// elsewhere it is there if the disk is shared, and a report on this machine's own disk would be found by nobody.
    /// </summary>
    private async Task ReportAsync(string sweep, CancellationToken stop)
    {
        var settings = ledger.Settings(sweep);
        var folder = settings?.ResultsFolder ?? home.Results(sweep);
        if (SweepPreparation.Read(sweep, settings).Machine != Environment.MachineName && !Directory.Exists(folder))
            throw new InputException(sweep, $"its results folder {folder} is not on {Environment.MachineName}; a node "
                + "that has it makes the report");
        await WriteResults!(sweep, stop);
    }

    private SweepPreparation? FindPreparation(string sweep)
    {
        if (_sweeps.TryGetValue(sweep, out var known)) return known;
        try
        {
            return _sweeps[sweep] = SweepPreparation.Read(sweep, ledger.Settings(sweep));
        }
        catch (InputException)
        {
            return null; // said by the run that needs it
        }
    }

    private async Task<PreparedData> FindDataAsync(DataIdentity wanted, GridData from, CancellationToken stop)
    {
        try
        {
            return await LoadDataAsync(wanted, from, stop);
        }
        catch (DataException e)
        {
            throw new MissingDataException(e.Message, e);
        }
    }

    private async Task<PreparedData> LoadDataAsync(DataIdentity wanted, GridData from, CancellationToken stop)
    {
        if (wanted.Teacher is { } teacher) return PreparedData.Of(teacher);
        await _preparing.WaitAsync(stop); // one preparation serves all runs that wait for it
        try
        {
            if (_data.TryGetValue(wanted, out var known) && Directory.Exists(known.Folder)) return known;
            var found = PreparedFolders.Find(home.State, wanted.CorpusHash, wanted.TokenizerHash, wanted.HeldOut)
                ?? await Task.Run(() => PrepareData(wanted, from, stop), stop);
            return _data[wanted] = found;
        }
        finally
        {
            _preparing.Release();
        }
    }

    private PreparedData PrepareData(DataIdentity wanted, GridData from, CancellationToken stop)
    {
        say($"data: {home.State} has not the data of this sweep; preparing them from "
            + $"{GridCorpus.DescribePaths(from)}");
        var made = PreparedSweep.PrepareData(say, home, from, stop);
        if ((made.CorpusHash, made.TokenizerHash) == (wanted.CorpusHash, wanted.TokenizerHash)) return made;
        throw new DataException(
            $"the text on {Environment.MachineName} is not the one that the sweep was queued with: corpus "
                + $"{made.CorpusHash} and tokenizer "
            + $"{made.TokenizerHash} here, {wanted.CorpusHash} and {wanted.TokenizerHash} there; share the state "
                + $"folder (${LabHome.Variable}), "
            + "or bring the same text");
    }
}
