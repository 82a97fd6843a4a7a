using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Tests;

/// <summary>
/// A small prepared corpus of sentences drawn from a small grammar: quick to learn, made once for all tests.
/// </summary>
public sealed class TinyData : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyData()
    {
        var random = new Random(1);
        string[] subjects = ["the model", "a small network", "the worker", "every run", "the ledger"];
        string[] verbs = ["learns", "forgets", "counts", "repeats", "finds"];
        string[] objects = ["the next token", "its own name", "a better loss", "the old path", "many words"];
        for (var document = 0; document < 60; document++)
        {
            var sentences = Enumerable.Range(0, 40).Select(_ =>
                $"{subjects[random.Next(5)]} {verbs[random.Next(5)]} {objects[random.Next(5)]} "
                    + $"{random.Next(100)} times.");
            _folder.Write($"text/{document:D3}.txt", string.Join(' ', sentences));
        }

        Prepared = DataPreparation.Prepare(
            new DataRequest(new TextFiles([_folder["text"]]), new TokenizerRequest("bytes", 257)), _folder["state"],
            null, CancellationToken.None);
    }

    public string Folder => _folder.Path;

    public PreparedData Prepared { get; }

    public static ModelShape Shape => new() { Layers = 2, Width = 16, Heads = 2, Vocabulary = 257, Context = 32 };

    public RunSpec Spec(ModelShape? shape = null, long steps = 30, TrainingRecipe? recipe = null, int seed = 1) => new()
    {
        Shape = shape ?? Shape,
        Data = new DataIdentity("tiny", Prepared.CorpusHash, Prepared.TokenizerHash),
        Steps = steps,
        Recipe = recipe ?? Recipe,
        Seed = seed,
    };

    public static TrainingRecipe Recipe =>
        new() { BatchSequences = 8, LearningRateMax = 0.02, EvaluationTokens = 2048 };

    public WorkOrder Order(RunSpec spec, string name, Func<WorkerSettings, WorkerSettings>? change = null)
    {
        var settings = new WorkerSettings
        {
            DataFolder = Prepared.Folder,
            CheckpointFolder = _folder[name],
            CheckpointSteps = 1_000_000,
            CurvePoints = 1000,
            Evaluations = 3,
        };
        return new WorkOrder(spec, change is null ? settings : change(settings));
    }

    public (RunResult Result, List<WorkerMessage> Said) Train(WorkOrder order)
    {
        var said = new List<WorkerMessage>();
        using var loop = new TrainingLoop(order, Prepared, said.Add);
        return (loop.Train(CancellationToken.None), said);
    }

    public void Dispose() => _folder.Dispose();
}
