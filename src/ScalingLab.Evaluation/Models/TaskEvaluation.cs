using ScalingLab.Data.Exchange;
using ScalingLab.Evaluation.Results;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Evaluation.Models;

/// <summary>Puts the documents of a task to a model and scores what it says.</summary>
public static class TaskEvaluation
{
    /// <summary>Scores of one task.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The task.</param>
    /// <param name="how">How answers are written.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="InputException">Documents that do not fit the model's context: all of them.</exception>
    public static async Task<TaskResult> RunAsync(
        IAskedModel model, TaskFile task, Decoding how, CancellationToken stop)
    {
        var what = $"asking {Path.GetFileName(task.Path)}";
        var (metrics, scores) = task.Documents[0] switch
        {
            ChoiceDocument => LikelihoodScores.OfChoices(
                [.. task.Documents.Cast<ChoiceDocument>()], await LikelihoodsAsync().ConfigureAwait(false)),
            CompletionDocument => LikelihoodScores.OfCompletions(
                [.. task.Documents.Cast<CompletionDocument>()], await LikelihoodsAsync().ConfigureAwait(false)),
            _ => await AnswersAsync([.. task.Documents.Cast<AnswerDocument>()]).ConfigureAwait(false),
        };
        return new TaskResult(task.Path, EnumNames.ToName(task.Kind), scores.Count, metrics, scores);

        Task<IReadOnlyList<LikelihoodAnswer>> LikelihoodsAsync() =>
            model.LikelihoodsAsync(what, Questions(model.Text, model.Context, task), stop);

        async Task<(IReadOnlyList<Metric>, IReadOnlyList<DocumentScore>)> AnswersAsync(
            IReadOnlyList<AnswerDocument> documents)
        {
            var most = model.Context - how.Tokens;
            var answers = await model.ContinuationsAsync(
                what, [.. documents.Select(d => new GenerationQuestion(
                    PromptEncoding.LastOf(model.Text.Tokenizer, d.Prompt, most)))],
                how with { Stops = [.. how.Stops, .. LineEnds(model)] }, stop)
                .ConfigureAwait(false);
            return WrittenScores.OfAnswers(
                documents,
                [.. answers.Select(a => model.Text.Tokenizer.Decode([.. a.Tokens]).Split('\n')[0].Trim())]);
        }
    }

    /// <summary>What a model is asked of a task that is scored by likelihoods; nothing of another.</summary>
    /// <param name="text">How texts become tokens for it.</param>
    /// <param name="context">Tokens that it reads at once.</param>
    /// <param name="task">The task.</param>
    /// <exception cref="InputException">Continuations that do not fit the context: all of them.</exception>
    public static IReadOnlyList<LikelihoodQuestion> Questions(ModelText text, int context, TaskFile task)
    {
        var (questions, problems) = (new List<LikelihoodQuestion>(), new List<Problem>());
        foreach (var (line, before, continuations) in task.Documents.SelectMany(Parts))
        {
            var pairs = continuations
                .Select(c => PromptEncoding.Encode(text.Tokenizer, text.Begin, before, c)).ToList();
            problems.AddRange(pairs.Index()
                .Where(p => p.Item.Continuation.Length == 0 || p.Item.Continuation.Length > context)
                .Select(p => new Problem($"{task.Path}:{line}", $"continuation {p.Index} has "
                    + $"{p.Item.Continuation.Length} tokens; the model reads 1 to {context}")));
            questions.Add(new LikelihoodQuestion(pairs[0].Context, [.. pairs.Select(p => p.Continuation)]));
        }

        return problems.Count == 0 ? questions : throw new InputException(problems);
    }

    // A text, and what may follow it; none of a document whose answer is written.
    private static IEnumerable<(int Line, string Before, IReadOnlyList<string> Continuations)> Parts(
        TaskDocument document) => document switch
    {
        ChoiceDocument d => [(d.Line, d.Context, [.. d.Choices.Select(choice => $" {choice}")])],
        CompletionDocument d => [(d.Line, d.Context, [d.Continuation])],
        _ => [],
    };

    // An answer ends with its line.
    private static IEnumerable<int> LineEnds(IAskedModel model) =>
        Enumerable.Range(0, model.Text.Tokenizer.Vocabulary)
            .Where(token => model.Text.Tokenizer.Bytes(token).Contains((byte)'\n'));
}
