using System.Diagnostics;
using ScalingLab.Data.Exchange;
using ScalingLab.Evaluation.Models;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Training.Inference;

namespace ScalingLab.Worker.Attempts;

/// <summary>
/// Asks the model that a run ended with what its sweep wants to know of it. The run is done by then: whatever goes
/// wrong here costs scores, which can be made later, and never the result.
/// </summary>
internal sealed class AttemptScoring : IAskedModel, IDisposable
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(0.5);

    private readonly TrainedModel _model;
    private readonly int _batchTokens;
    private readonly Action _sayAlive;
    private long _saidAt = Stopwatch.GetTimestamp();

    private AttemptScoring(SavedModel where, Action sayAlive)
    {
        Text = ModelText.Of(where);
        _batchTokens = QuestionsRequest.BatchTokensOn(where.Device);
        _sayAlive = sayAlive;
        _model = new TrainedModel(where);
    }

    /// <inheritdoc/>
    public ModelText Text { get; }

    /// <inheritdoc/>
    public int Context => _model.Shape.Context;

    /// <summary>The result with the scores of as many tasks as could be scored before the stop.</summary>
    /// <param name="result">What training ended with; its last checkpoint is on the disk.</param>
    /// <param name="order">The run, and what its model is asked.</param>
    /// <param name="send">Told from time to time that the worker lives.</param>
    /// <param name="stop">Asked to stop.</param>
    public static RunResult AddTo(RunResult result, WorkOrder order, Action<WorkerMessage> send,
        CancellationToken stop)
    {
        var (spec, settings) = (order.Spec, order.Settings);
        if (settings.Tasks is not { Count: > 0 } tasks) return result;
        var scores = new List<TaskScore>();
        try
        {
            var where = new SavedModel
            {
                Spec = spec, CheckpointFolder = settings.CheckpointFolder, DataFolder = settings.DataFolder,
                Threads = settings.Threads, Device = settings.Device,
            };
            using var model = new AttemptScoring(where, () => send(new WorkerMessage.Progress(
                spec.Steps, spec.Steps, result.LossValidation, result.TokensPerSecond)));
            foreach (var task in tasks)
            {
                if (stop.IsCancellationRequested) break;
                if (model.Score(task, settings.DataFolder, stop) is { } score) scores.Add(score);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException) // the result must be said
        {
            Console.Error.WriteLine($"the model cannot be scored: {e}");
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"asked to stop with {scores.Count} of {tasks.Count} tasks scored");
        }

        return scores.Count == 0 ? result : result with { Scores = TaskScore.Merge(null, scores) };
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LikelihoodAnswer>> LikelihoodsAsync(
        string what, IReadOnlyList<LikelihoodQuestion> questions, CancellationToken stop) =>
        Collect(Likelihoods.Answer(_model, questions, _batchTokens), answer => answer.Question, stop);

    /// <inheritdoc/>
    public Task<IReadOnlyList<GenerationAnswer>> ContinuationsAsync(
        string what, IReadOnlyList<GenerationQuestion> questions, Decoding how, CancellationToken stop) =>
        Collect(Continuations.Answer(_model, questions, how, _batchTokens), answer => answer.Question, stop);

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    /// <summary>Null, and why in the log, where the task cannot be scored.</summary>
    private TaskScore? Score(RunTask task, string dataFolder, CancellationToken stop)
    {
        try
        {
            // All answers are there when their task is returned: nothing waits.
            return RunScoring.ScoreAsync(this, task, dataFolder, stop).GetAwaiter().GetResult();
        }
        catch (InputException e)
        {
            Console.Error.WriteLine($"{task.Name} cannot be scored: {e.Message}");
            return null;
        }
    }

    private Task<IReadOnlyList<TAnswer>> Collect<TAnswer>(IEnumerable<TAnswer> answers,
        Func<TAnswer, int> numberOf, CancellationToken stop)
    {
        var all = new SortedList<int, TAnswer>();
        foreach (var answer in answers)
        {
            stop.ThrowIfCancellationRequested();
            all.Add(numberOf(answer), answer);
            if (Stopwatch.GetElapsedTime(_saidAt) < ProgressEvery) continue;
            _saidAt = Stopwatch.GetTimestamp();
            _sayAlive();
        }

        return Task.FromResult<IReadOnlyList<TAnswer>>([.. all.Values]);
    }
}
