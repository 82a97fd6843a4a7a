using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Data.Exchange;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Evaluation.Models;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli.Execution;

/// <summary>A model with its tokenizer, and how it is asked many things at once.</summary>
/// <param name="Screen">Where progress is shown.</param>
/// <param name="Worker">The program that knows the model.</param>
/// <param name="Model">The model.</param>
/// <param name="Text">How texts become tokens for it.</param>
internal sealed record ModelSession(Screen Screen, WorkerCommand Worker, SavedModel Model, ModelText Text)
    : IAskedModel
{
    /// <summary>A model with the tokenizer that it was trained with.</summary>
    /// <exception cref="Data.DataException">The tokenizer cannot be read.</exception>
    public static ModelSession Open(Screen screen, WorkerCommand worker, SavedModel model) =>
        new(screen, worker, model, ModelText.Of(model));

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer => Text.Tokenizer;

    /// <summary>The token that stands before a text.</summary>
    public int Begin => Text.Begin;

    /// <summary>The token that ends one.</summary>
    public int End => Text.End;

    /// <summary>Tokens that the model reads at once.</summary>
    public int Context => Model.Shape.Context;

    /// <summary>How likely continuations are; answers in the order of the questions.</summary>
    public Task<IReadOnlyList<LikelihoodAnswer>> LikelihoodsAsync(
        string what, IReadOnlyList<LikelihoodQuestion> questions, CancellationToken stop) =>
        AskAsync<LikelihoodQuestion, LikelihoodAnswer>("--likelihoods", what, null, questions, a => a.Question, stop);

    /// <summary>What texts go on with; answers in the order of the questions.</summary>
    public Task<IReadOnlyList<GenerationAnswer>> ContinuationsAsync(
        string what, IReadOnlyList<GenerationQuestion> questions, Decoding how, CancellationToken stop) =>
        AskAsync<GenerationQuestion, GenerationAnswer>("--continuations", what, how, questions, a => a.Question, stop);

    /// <summary>Hidden states of texts; answers in the order of the questions.</summary>
    public Task<IReadOnlyList<FeatureAnswer>> FeaturesAsync(
        string what, IReadOnlyList<FeatureQuestion> questions, CancellationToken stop) =>
        AskAsync<FeatureQuestion, FeatureAnswer>("--hidden-states", what, null, questions, a => a.Question, stop);

    private Task<IReadOnlyList<TAnswer>> AskAsync<TQuestion, TAnswer>(
        string how, string what, Decoding? decoding, IReadOnlyList<TQuestion> questions, Func<TAnswer, int> numberOf,
        CancellationToken stop) =>
        LongOperation.RunAsync<IReadOnlyList<TAnswer>>(Screen, what, async said =>
        {
            var request = new QuestionsRequest(Model, QuestionsRequest.BatchTokensOn(Model.Device), decoding);
            var lines = questions.Select(RunJson.Serialize).Prepend(RunJson.Serialize(request));
            var answers = new SortedList<int, TAnswer>();
            await foreach (var line in new ModelQuestion(how, Model, lines).AskAsync(Worker, stop))
            {
                var answer = RunJson.Deserialize<TAnswer>(line);
                answers.Add(numberOf(answer), answer);
                said.SetStage(string.Create(CultureInfo.InvariantCulture,
                    $"{answers.Count:N0} of {questions.Count:N0}"));
            }

            return answers.Count == questions.Count ? [.. answers.Values]
                : throw new InputException("worker", $"answered {answers.Count} of {questions.Count} questions");
        }, stop);
}
