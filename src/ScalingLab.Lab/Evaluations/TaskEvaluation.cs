using ScalingLab.Evaluation.Results;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Lab.Models;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Lab.Evaluations;

/// <summary>Puts the documents of a task to a model and scores what it says.</summary>
public static class TaskEvaluation
{
    /// <summary>Scores of one task.</summary>
    /// <param name="session">The model.</param>
    /// <param name="task">The task.</param>
    /// <param name="how">How answers are written.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="InputException">Documents that do not fit the model's context: all of them.</exception>
    public static async Task<TaskResult> RunAsync(
        ModelSession session, TaskFile task, Decoding how, CancellationToken stop)
    {
        var what = $"asking {Path.GetFileName(task.Path)}";
        var (metrics, scores) = task.Documents[0] switch
        {
            ChoiceDocument => await ChoicesAsync([.. task.Documents.Cast<ChoiceDocument>()]),
            CompletionDocument => await CompletionsAsync([.. task.Documents.Cast<CompletionDocument>()]),
            _ => await AnswersAsync([.. task.Documents.Cast<AnswerDocument>()]),
        };
        return new TaskResult(task.Path, EnumNames.ToName(task.Kind), scores.Count, metrics, scores);

        async Task<(IReadOnlyList<Metric>, IReadOnlyList<DocumentScore>)> ChoicesAsync(
            IReadOnlyList<ChoiceDocument> documents)
        {
            var questions = Questions(session, task.Path, [.. documents.Select(d =>
                (d.Line, d.Context, (IReadOnlyList<string>)[.. d.Choices.Select(choice => $" {choice}")]))]);
            return LikelihoodScores.OfChoices(documents, await session.LikelihoodsAsync(what, questions, stop));
        }

        async Task<(IReadOnlyList<Metric>, IReadOnlyList<DocumentScore>)> CompletionsAsync(
            IReadOnlyList<CompletionDocument> documents)
        {
            var questions = Questions(session, task.Path, [.. documents.Select(d =>
                (d.Line, d.Context, (IReadOnlyList<string>)[d.Continuation]))]);
            return LikelihoodScores.OfCompletions(documents, await session.LikelihoodsAsync(what, questions, stop));
        }

        async Task<(IReadOnlyList<Metric>, IReadOnlyList<DocumentScore>)> AnswersAsync(
            IReadOnlyList<AnswerDocument> documents)
        {
            var most = session.Context - how.Tokens;
            var answers = await session.ContinuationsAsync(
                what, [.. documents.Select(d => new GenerationQuestion(
                    PromptEncoding.LastOf(session.Tokenizer, d.Prompt, most)))],
                how with { Stops = [.. how.Stops, .. LineEnds(session)] }, stop);
            return WrittenScores.OfAnswers(
                documents,
                [.. answers.Select(a => session.Tokenizer.Decode([.. a.Tokens]).Split('\n')[0].Trim())]);
        }
    }

    /// <summary>Contexts and continuations as tokens.</summary>
    /// <exception cref="InputException">Continuations that do not fit the context: all of them.</exception>
    internal static IReadOnlyList<LikelihoodQuestion> Questions(
        ModelSession session, string file,
        IReadOnlyList<(int Line, string Context, IReadOnlyList<string> Continuations)> documents)
    {
        var (questions, problems) = (new List<LikelihoodQuestion>(), new List<Problem>());
        foreach (var (line, context, continuations) in documents)
        {
            var pairs = continuations
                .Select(c => PromptEncoding.Encode(session.Tokenizer, session.Begin, context, c)).ToList();
            problems.AddRange(pairs.Index()
                .Where(p => p.Item.Continuation.Length == 0 || p.Item.Continuation.Length > session.Context)
                .Select(p => new Problem($"{file}:{line}", $"continuation {p.Index} has {p.Item.Continuation.Length} "
                    + $"tokens; the model reads 1 to {session.Context}")));
            questions.Add(new LikelihoodQuestion(pairs[0].Context, [.. pairs.Select(p => p.Continuation)]));
        }

        return problems.Count == 0 ? questions : throw new InputException(problems);
    }

    // An answer ends with its line.
    private static IEnumerable<int> LineEnds(ModelSession session) =>
        Enumerable.Range(0, session.Tokenizer.Vocabulary)
            .Where(token => session.Tokenizer.Bytes(token).Contains((byte)'\n'));
}
