using ScalingLab.Data.Exchange;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Evaluation.Models;

/// <summary>A model that can be asked many things at once, wherever it is.</summary>
public interface IAskedModel
{
    /// <summary>How texts become tokens for it.</summary>
    ModelText Text { get; }

    /// <summary>Tokens that it reads at once.</summary>
    int Context { get; }

    /// <summary>How likely continuations are; answers in the order of the questions.</summary>
    /// <param name="what">What is done, for people.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="stop">Ends it early.</param>
    Task<IReadOnlyList<LikelihoodAnswer>> LikelihoodsAsync(
        string what, IReadOnlyList<LikelihoodQuestion> questions, CancellationToken stop);

    /// <summary>What texts go on with; answers in the order of the questions.</summary>
    /// <param name="what">What is done, for people.</param>
    /// <param name="questions">The prompts.</param>
    /// <param name="how">How the model writes.</param>
    /// <param name="stop">Ends it early.</param>
    Task<IReadOnlyList<GenerationAnswer>> ContinuationsAsync(
        string what, IReadOnlyList<GenerationQuestion> questions, Decoding how, CancellationToken stop);
}
