using ScalingLab.Evaluation.Results;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Evaluation.Models;

/// <summary>Lets a model go on with held-out documents and compares with how they go on.</summary>
public static class WritingEvaluation
{
    /// <summary>Scores of what the model writes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="texts">Tokens of documents: what is read and how they go on (<see cref="HeldOutTexts"/>).</param>
    /// <param name="promptTokens">Tokens of each document that the model reads.</param>
    /// <param name="how">How it writes.</param>
    /// <param name="stop">Ends it early.</param>
    public static async Task<TaskResult> RunAsync(
        IAskedModel model, IReadOnlyList<int[]> texts, int promptTokens, Decoding how, CancellationToken stop)
    {
        var written = await WriteAsync(model, texts, promptTokens, how, stop).ConfigureAwait(false);
        var tokenizer = model.Text.Tokenizer;
        var (metrics, scores) = WrittenScores.OfContinuations(
            [.. texts.Select(t => tokenizer.Decode(t.AsSpan(0, promptTokens)))],
            written,
            [.. texts.Select(t => tokenizer.Decode(t.AsSpan(promptTokens)))]);
        return new TaskResult("held-out text", "continuations", scores.Count, metrics, scores);
    }

    /// <summary>What the model writes after each beginning.</summary>
    public static async Task<IReadOnlyList<string>> WriteAsync(
        IAskedModel model, IReadOnlyList<int[]> texts, int promptTokens, Decoding how, CancellationToken stop)
    {
        var answers = await model.ContinuationsAsync("writing", [.. texts.Select(t => new GenerationQuestion(
            [model.Text.Begin, .. t.AsSpan(0, promptTokens)]))], how, stop).ConfigureAwait(false);
        return [.. answers.Select(a => model.Text.Tokenizer.Decode([.. a.Tokens]))];
    }
}
