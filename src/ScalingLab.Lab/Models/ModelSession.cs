using System.Globalization;
using ScalingLab.Data.Exchange;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Evaluation.Models;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;

namespace ScalingLab.Lab.Models;

/// <summary>A model with its tokenizer, and how it is asked many things at once.</summary>
/// <param name="Operations">How it is waited for.</param>
/// <param name="Worker">The program that knows the model.</param>
/// <param name="Model">The model.</param>
/// <param name="Text">How texts become tokens for it.</param>
public sealed record ModelSession(IOperations Operations, WorkerCommand Worker, SavedModel Model, ModelText Text)
    : IAskedModel
{
    /// <summary>A model with the tokenizer that it was trained with.</summary>
    /// <exception cref="Data.DataException">The tokenizer cannot be read.</exception>
    public static ModelSession Open(IOperations operations, WorkerCommand worker, SavedModel model) =>
        new(operations, worker, model, ModelText.Of(model));

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer => Text.Tokenizer;

    /// <summary>The token that stands before a text.</summary>
    public int Begin => Text.Begin;

    /// <summary>The token that ends one.</summary>
    public int End => Text.End;

    /// <summary>Tokens that the model reads at once.</summary>
    public int Context => Model.Shape.Context;

    /// <inheritdoc/>
    public Task<IReadOnlyList<LikelihoodAnswer>> LikelihoodsAsync(
        string what, IReadOnlyList<LikelihoodQuestion> questions, CancellationToken stop) =>
        AskAsync<LikelihoodQuestion, LikelihoodAnswer>(new("--likelihoods", what, Request()), questions,
            a => a.Question, stop);

    /// <inheritdoc/>
    public Task<IReadOnlyList<GenerationAnswer>> ContinuationsAsync(
        string what, IReadOnlyList<GenerationQuestion> questions, Decoding how, CancellationToken stop) =>
        AskAsync<GenerationQuestion, GenerationAnswer>(new("--continuations", what, Request(how)), questions,
            a => a.Question, stop);

    /// <summary>Hidden states of texts; answers in the order of the questions.</summary>
    public Task<IReadOnlyList<FeatureAnswer>> FeaturesAsync(
        string what, IReadOnlyList<FeatureQuestion> questions, CancellationToken stop) =>
        AskAsync<FeatureQuestion, FeatureAnswer>(new("--hidden-states", what, Request()), questions,
            a => a.Question, stop);

    /// <summary>
    /// Topics of the texts that have none, told by the model trained on with those that have one; in their order.
    /// </summary>
    public Task<IReadOnlyList<TopicAnswer>> FineTuneAsync(
        string what, FineTuningRequest how, IReadOnlyList<LabelledText> texts, CancellationToken stop) =>
        AskAsync<LabelledText, TopicAnswer>(
            new("--fine-tune", what, RunJson.Serialize(how)) { Answers = texts.Count(text => text.Topic is null) },
            texts, a => a.Question, stop);

    private string Request(Decoding? decoding = null) => RunJson.Serialize(
        new QuestionsRequest(Model, QuestionsRequest.BatchTokensOn(Model.Device), decoding));

    private Task<IReadOnlyList<TAnswer>> AskAsync<TQuestion, TAnswer>(
        Asked asked, IReadOnlyList<TQuestion> questions, Func<TAnswer, int> numberOf, CancellationToken stop) =>
        Operations.RunAsync<IReadOnlyList<TAnswer>>(asked.What, async setStage =>
        {
            var lines = questions.Select(RunJson.Serialize).Prepend(asked.Request);
            var (answers, expected) = (new SortedList<int, TAnswer>(), asked.Answers ?? questions.Count);
            await foreach (var line in new ModelQuestion(asked.Kind, Model, lines).AskAsync(Worker, stop))
            {
                var answer = RunJson.Deserialize<TAnswer>(line);
                answers.Add(numberOf(answer), answer);
                setStage(string.Create(CultureInfo.InvariantCulture,
                    $"{answers.Count:N0} of {expected:N0}"));
            }

            return answers.Count == expected ? [.. answers.Values]
                : throw new InputException("worker", $"answered {answers.Count} of {expected} questions");
        }, stop);

    /// <summary>What is asked of many questions together.</summary>
    /// <param name="Kind">The worker's argument.</param>
    /// <param name="What">What is done, for people.</param>
    /// <param name="Request">The first line.</param>
    private sealed record Asked(string Kind, string What, string Request)
    {
        /// <summary>How many answers there will be; null: one a question.</summary>
        public int? Answers { get; init; }
    }
}
