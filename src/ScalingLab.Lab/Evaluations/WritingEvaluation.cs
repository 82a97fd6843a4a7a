using ScalingLab.Evaluation.Results;
using ScalingLab.Lab.Models;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Lab.Evaluations;

/// <summary>Lets a model go on with held-out documents and compares with how they go on.</summary>
public static class WritingEvaluation
{
    /// <summary>Scores of as many documents, or of all that are long enough.</summary>
    /// <param name="session">The model.</param>
    /// <param name="documents">How many, evenly over the held-out text.</param>
    /// <param name="promptTokens">Tokens of each document that the model reads.</param>
    /// <param name="how">How it writes.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="InputException">No held-out document is so long, or the context is too short.</exception>
    public static async Task<TaskResult> RunAsync(
        ModelSession session, int documents, int promptTokens, Decoding how, CancellationToken stop)
    {
        var texts = HeldOutTexts.Read(session, documents, promptTokens, how.Tokens);
        var written = await HeldOutTexts.GoOnAsync(session, texts, promptTokens, how, stop);
        var (metrics, scores) = WrittenScores.OfContinuations(
            [.. texts.Select(t => session.Tokenizer.Decode(t.AsSpan(0, promptTokens)))],
            written,
            [.. texts.Select(t => session.Tokenizer.Decode(t.AsSpan(promptTokens)))]);
        return new TaskResult("held-out text", "continuations", scores.Count, metrics, scores);
    }
}
