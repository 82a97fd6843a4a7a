using System.Globalization;
using ScalingLab.Data;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Exchange;
using ScalingLab.Evaluation.Models;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;

namespace ScalingLab.Lab.Preparation;

/// <summary>A grid with its text prepared and its runs named.</summary>
public sealed record PreparedSweep(Grid Grid, PreparedData Data, DataIdentity Identity, Sweep Sweep)
{
    /// <summary>Of a tune: what its nodes need to write its results.</summary>
    public TunePreparation? Tune { get; init; }

    /// <summary>Reads the grid, prepares the text (or finds it prepared) and expands the runs.</summary>
    /// <param name="home">Where data are kept.</param>
    /// <param name="given">The grid.</param>
    /// <param name="say">Hears what is done with the text and what is odd about it.</param>
    /// <param name="setStage">Hears what is done just now.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="InputException">The grid, or a run on this text, cannot be.</exception>
    /// <exception cref="DataException">The text cannot be used.</exception>
    public static PreparedSweep Prepare(LabHome home, GridRequest given, Action<string> say, Action<string> setStage,
        CancellationToken stop)
    {
        var grid = given.Read();
        stop.ThrowIfCancellationRequested();
        // Before the text is prepared, which may take minutes.
        TaskReader.Require(grid.Evaluate);
        var data = PrepareData(say, home, grid.Data, stop);
        setStage("naming its runs");
        var identity = GridCorpus.Identity(grid.Data, data.CorpusHash, data.TokenizerHash);
        grid = grid with
        {
            Teacher = KeepModel(home, grid, data, "distillFrom", grid.DistillFrom) is { } teacher
                ? new(teacher.Hash, teacher.Shape) : null,
            Start = KeepModel(home, grid, data, "startFrom", grid.StartFrom) is { } start
                ? new(start.Hash, start.Shape) : null,
        };
        var sweep = GridExpansion.Expand(grid, identity, data.Vocabulary);
        GridCorpus.RequireEnough(grid.Data, data, sweep.Cells.Max(c => c.Spec.Shape.Context));
        var packing = PackingNotes.Of(sweep, data);
        foreach (var note in packing) say($"data: {note}");
        data = data with { Report = data.Report with { Notes = [.. data.Report.Notes, .. packing] } };
        grid = grid with { Evaluate = KeepTasks(home, grid, sweep, data) };
        return new PreparedSweep(grid, data, identity, sweep);
    }

    /// <summary>Keeps a model that runs are to learn from or to begin with.</summary>
    /// <exception cref="InputException">It cannot be read, or is none of this text's tokens: every
    /// problem.</exception>
    private static (string Hash, ModelShape Shape)? KeepModel(LabHome home, Grid grid, PreparedData data, string place,
        string? folder)
    {
        if (folder is null) return null;
        if (grid.Data.Teacher is not null)
            throw new InputException(place, "has no meaning with a source of known entropy: its tokens stand for no "
                + "text, and no model of them is written into a folder");
        try
        {
            var model = ModelFolder.Open(folder);
            var context = grid.Contexts is { Count: > 0 } given ? given.Max() : grid.Models.Max(m => m.Shape.Context);
            List<Problem> problems = [.. KeptModels.Obstacles(model, data.LoadTokenizer(), context)
                .Select(obstacle => new Problem(place, obstacle))];
            if (problems.Count > 0) throw new InputException(problems);
            return (KeptModels.Keep(model, home.State), model.Shape);
        }
        catch (DataException e)
        {
            throw new InputException([.. e.Problems.Select(problem => new Problem(place, problem))]);
        }
    }

    /// <summary>Keeps the tasks that finished runs are to be scored on.</summary>
    /// <exception cref="InputException">They do not fit the models or the text: every problem.</exception>
    private static IReadOnlyList<RunTask> KeepTasks(LabHome home, Grid grid, Sweep sweep, PreparedData data)
    {
        if (grid.Evaluate.Count == 0) return [];
        var tokenizer = data.LoadTokenizer();
        var problems = RunScoring.Problems(grid.Evaluate,
            new ModelText(tokenizer, tokenizer.EndOfDocument, tokenizer.EndOfDocument),
            sweep.Cells.Min(cell => cell.Spec.Shape.Context), data.Folder);
        return problems.Count > 0 ? throw new InputException(problems)
            : [.. grid.Evaluate.Select(task => KeptTasks.Keep(task, home.State))];
    }

    /// <summary>Prepares a grid's text, or finds it prepared.</summary>
    /// <param name="say">Hears what is done and what is odd about the text.</param>
    /// <param name="home">Where it is kept.</param>
    /// <param name="grid">The text.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="DataException">It cannot be used.</exception>
    public static PreparedData PrepareData(Action<string> say, LabHome home, GridData grid, CancellationToken stop)
    {
        return grid.Teacher is { } teacher ? PreparedData.Of(teacher)
            : PrepareData(say, home, GridCorpus.ToDataRequest(grid), stop);
    }

    /// <summary>Prepares any text, or finds it prepared.</summary>
    /// <param name="say">Hears what is done and what is odd about the text.</param>
    /// <param name="home">Where it is kept.</param>
    /// <param name="request">The text.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="DataException">It cannot be used.</exception>
    public static PreparedData PrepareData(Action<string> say, LabHome home, DataRequest request,
        CancellationToken stop)
    {
        LabHome.RequireWritable(LabHome.Variable, home.State);
        var log = new NoteCollector(say);
        var data = DataPreparation.Prepare(request, home.State, log, stop);
        foreach (var note in data.Report.Notes.Where(n => !log.Messages.Contains(n))) log.Report(note);
        return data;
    }

    /// <summary>What the report tells of the text.</summary>
    public DataSummary Summary() => Grid.Data.Teacher is null ? TextSummary() : new()
    {
        Corpus = GridCorpus.DescribeCorpus(Grid.Data),
        CorpusHash = Data.CorpusHash,
        Tokenizer = "none, the tokens are the source's own",
        Vocabulary = Data.Vocabulary,
        Split = "validation is a stream of its own of the same source",
        Notes = [$"Drawn without end, no sequence twice{(Grid.Data.UniqueTokens.Count > 0 ? " but where unique "
            + "tokens are limited" : "")}: nothing is prepared."],
    };

    private DataSummary TextSummary() => new()
    {
        Corpus = GridCorpus.DescribeCorpus(Grid.Data),
        CorpusHash = Data.CorpusHash,
        Tokenizer = GridCorpus.DescribeTokenizer(Grid.Data),
        TokenizerHash = Data.TokenizerHash,
        Vocabulary = Data.Vocabulary,
        Documents = Data.Report.Documents,
        TrainTokens = Data.UniqueTrainTokens,
        ValidationTokens = Data.ValidationTokens,
        BytesPerToken = (double)Data.ValidationBytes / Data.ValidationTokens,
        Split = string.Create(
            CultureInfo.InvariantCulture,
            $"by the hash of each document, texts that differ in white space alone on one side; {HeldOut:P1} of the "
                + $"bytes held out"),
        Notes = [.. RepeatedSentenceNotes(), .. Data.Report.Notes],
    };

    private double HeldOut => (double)Data.ValidationBytes / (Data.ValidationBytes + Data.TrainBytes);

    private IEnumerable<string> RepeatedSentenceNotes()
    {
        if (Data.Report.RepeatedSentences > 0)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{Data.Report.RepeatedSentences:N0} repeated sentences were dropped.");
    }

    private sealed class NoteCollector(Action<string> say) : IProgress<string>
    {
        public List<string> Messages { get; } = [];

        public void Report(string value)
        {
            Messages.Add(value);
            say($"data: {value}");
        }
    }
}
