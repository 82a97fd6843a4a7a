using ScalingLab.Evaluation.Models;
using ScalingLab.Lab.Models;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Models.Evaluations;

/// <summary>The beginnings of held-out documents that a model is asked to go on with.</summary>
internal static class HeldOutBeginnings
{
    /// <summary>The first tokens of documents, evenly over the held-out text.</summary>
    /// <param name="session">The model whose text it is.</param>
    /// <param name="documents">How many; fewer where fewer are long enough, which is said.</param>
    /// <param name="promptTokens">Tokens that the model will read.</param>
    /// <param name="writtenTokens">Tokens that it may write.</param>
    /// <exception cref="InputException">No held-out document is so long, or the context is too short.</exception>
    public static IReadOnlyList<int[]> Read(ModelSession session, int documents, int promptTokens, int writtenTokens)
    {
        if (session.Model.Spec is null)
            throw new InputException("RUN", $"{session.Model.Name} is a model from elsewhere, whose held-out text is not "
                + "known here; choose a run");
        // The prompt has an end of document before it, as a text has in training; the last token is never read.
        var length = promptTokens + writtenTokens;
        if (length > session.Context)
            throw new InputException("--prompt-tokens", $"{promptTokens} tokens and {writtenTokens} more (--tokens) do "
                + $"not fit the model's context of {session.Context}");
        var texts = HeldOutTexts.Read(session.Model.DataFolder, session.Tokenizer.EndOfDocument, length, documents);
        if (texts.Count == 0)
            throw new InputException("--prompt-tokens", $"no held-out document has {length} tokens; lower it or "
                + "--tokens");
        if (texts.Count < documents)
            session.Operations.Say($"{texts.Count} held-out documents have {length} tokens.");
        return texts;
    }
}
