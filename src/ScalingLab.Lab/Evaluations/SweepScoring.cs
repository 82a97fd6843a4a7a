using ScalingLab.Data;
using ScalingLab.Data.Datasets;
using ScalingLab.Evaluation.Models;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Lab.Models;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;

namespace ScalingLab.Lab.Evaluations;

/// <summary>
/// Scores finished runs of a sweep from their kept models: those that were trained before a task was asked for, or
/// whose worker died while it was asked.
/// </summary>
/// <param name="operations">Hears how it goes and what cannot be scored.</param>
/// <param name="home">Checkpoints, prepared data and kept tasks.</param>
/// <param name="ledger">Where runs and scores are.</param>
public sealed class SweepScoring(IOperations operations, LabHome home, Ledger ledger)
{
    /// <summary>CPU threads of the worker.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>"cpu" or "cuda:0".</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Scores what the sweep's grid asks for and no attempt has scored. What cannot be scored is said, and costs no
    /// report.
    /// </summary>
    public static async Task ScoreMissingAsync(
        IOperations operations, LabHome home, Ledger ledger, string sweep, CancellationToken stop)
    {
        var preparation = SweepPreparation.Read(sweep, ledger.Settings(sweep));
        if (preparation.Tasks is not { Count: > 0 } asked) return;
        List<RunTask> tasks = [.. asked.Select(task => KeptTasks.Find(task, home.State)).OfType<RunTask>()];
        if (tasks.Count < asked.Count)
            operations.Say($"{sweep}: {asked.Count - tasks.Count} of its tasks are not in {home.State}; "
                + "queue its grid on this machine too, and its runs are scored on them");
        var scoring = new SweepScoring(operations, home, ledger) { Threads = preparation.Worker.Threads ?? 1 };
        await scoring.ScoreAsync(sweep, tasks, stop);
    }

    /// <summary>Scores every finished run that has no score of a task, and keeps the scores in the ledger.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="tasks">The tasks.</param>
    /// <param name="stop">Ends it early; what is scored by then is kept.</param>
    /// <returns>How many runs were scored, and how many could not be.</returns>
    public async Task<(int Scored, int Failed)> ScoreAsync(
        string sweep, IReadOnlyList<RunTask> tasks, CancellationToken stop)
    {
        var (scored, reasons) = (0, new List<string>());
        foreach (var record in ledger.Records(sweep, withPoints: false)
            .Where(r => r is { State: RunState.Completed, Result: not null }))
        {
            if (TaskScore.Missing(tasks, record.Result!.Scores) is not { Count: > 0 } missing) continue;
            try
            {
                var model = ModelSession.Open(operations, WorkerPrograms.Find(home), Kept(record.Cell.Spec));
                foreach (var task in missing)
                    ledger.AddScores(record.Cell.Spec.Id,
                        [await RunScoring.ScoreAsync(model, task, model.Model.DataFolder, stop)]);
                scored++;
            }
            catch (Exception e) when (e is InputException or DataException)
            {
                reasons.Add(e.Message);
            }
        }

        foreach (var reason in reasons.CountBy(r => r))
            operations.Say($"{sweep}: {reason.Value} finished runs cannot be scored: {reason.Key}");
        return (scored, reasons.Count);
    }

    private SavedModel Kept(RunSpec spec)
    {
        var checkpoints = home.Checkpoints(spec.Id);
        if (!Directory.Exists(checkpoints))
            throw new InputException("checkpoints", $"they are not in {home.State}: score them where they were trained, "
                + "or share the state folder");
        var data = PreparedFolders.Find(home.State, spec.Data.CorpusHash, spec.Data.TokenizerHash, spec.Data.HeldOut)
            ?? throw new InputException("data", $"{home.State} has no prepared data of corpus {spec.Data.CorpusHash}");
        return new SavedModel
        {
            Spec = spec, CheckpointFolder = checkpoints, DataFolder = data.Folder, Threads = Threads, Device = Device,
        };
    }
}
