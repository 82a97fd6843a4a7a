using ScalingLab.Data;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Exchange;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;

namespace ScalingLab.Lab.Models;

/// <summary>Which finished run's model a command asks, and on what.</summary>
public static class ModelChoice
{
    /// <summary>The model, with its tokenizer's folder.</summary>
    /// <exception cref="InputException">There is no such run, it has not completed, or its checkpoint or data are not
    /// on this machine; or a folder was named that holds no model that can be read.</exception>
    public static SavedModel Find(LabHome home, string place, string named, int threads, string device)
    {
        if (IsFolder(named)) return Imported(Path.GetFullPath(named), threads, device);
        using var ledger = ExistingLedger.Open(place);
        var spec = Best(ledger, named) ?? Completed(ledger, named);
        if (spec.Data.Teacher is { } teacher)
            throw new InputException("RUN", $"was trained on a source of known entropy ({teacher.Title}), whose tokens "
                + "stand for no text: it can neither read nor write any; choose a run on text");
        var problems = new List<Problem>();
        var checkpoints = home.Checkpoints(spec.Id);
        if (!Directory.Exists(checkpoints))
            problems.Add(new Problem("RUN", $"its checkpoints are not here: {checkpoints} is missing"));
        var data = PreparedFolders.Find(home.State, spec.Data.CorpusHash, spec.Data.TokenizerHash, spec.Data.HeldOut);
        if (data is null)
        {
            problems.Add(new Problem(
                "RUN", $"its tokenizer is not here: {home.State} has no prepared data of corpus "
                    + $"{spec.Data.CorpusHash}; 'lab plan' of its grid prepares them"));
        }

        return problems.Count > 0
            ? throw new InputException(problems)
            : new SavedModel
            { Spec = spec, CheckpointFolder = checkpoints, DataFolder = data!.Folder, Threads = threads,
                Device = device };
    }

    /// <summary>A run or a sweep has neither a config.json in it nor a separator in its name.</summary>
    private static bool IsFolder(string named) => Directory.Exists(named)
        && (ModelFolder.IsOne(named) || named.AsSpan().IndexOfAny('/', Path.DirectorySeparatorChar) >= 0);

    private static SavedModel Imported(string folder, int threads, string device) => new()
    {
        Imported = Open(folder, "RUN").Shape, CheckpointFolder = folder, DataFolder = folder, Threads = threads,
        Device = device,
    };

    /// <summary>What a folder of a model says of it.</summary>
    /// <exception cref="InputException">It holds none that can be read here: every problem.</exception>
    public static ModelFolder Open(string folder, string place)
    {
        try
        {
            return ModelFolder.Open(folder);
        }
        catch (DataException e)
        {
            throw new InputException([.. e.Problems.Select(problem => new Problem(place, problem))]);
        }
    }

    private static RunSpec? Best(Ledger ledger, string sweep)
    {
        if (ledger.Find(sweep) is null) return null;
        var completed = ledger.Records(sweep, withPoints: false)
            .Where(r => r is { State: RunState.Completed, Result: not null }).ToList();
        return completed.Count > 0
            ? completed.MinBy(r => r.Result!.LossValidation)!.Cell.Spec
            : throw new InputException("RUN", $"no run of the sweep {sweep} has completed");
    }

    private static RunSpec Completed(Ledger ledger, string id)
    {
        var run = new RunId(id);
        var spec = ledger.Spec(run) ?? throw new InputException(
            "RUN", $"'{id}' is neither the folder of a model nor a run or a sweep of this ledger (sweeps: "
                + $"{string.Join(", ", ledger.Sweeps().Select(s => s.Name))})");
        var state = ledger.Sweeps().SelectMany(s => ledger.Records(s.Name, withPoints: false))
            .First(r => r.Cell.Spec.Id == run).State;
        return state == RunState.Completed ? spec
            : throw new InputException("RUN",
                $"{id} is {RunLifecycle.NameOf(state)}: only a completed run has a model");
    }
}
