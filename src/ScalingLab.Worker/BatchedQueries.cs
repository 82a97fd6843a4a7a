using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Parsing;
using ScalingLab.Training.Inference;
using ScalingLab.Worker.Attempts;

namespace ScalingLab.Worker;

/// <summary>
/// Many questions to a finished run's model: a line that says which, a line for each question, a line for each answer.
/// </summary>
internal static class BatchedQueries
{
    /// <summary>How likely continuations of texts are.</summary>
    public static int Likelihoods(TextReader input, MessageChannel protocol) => Answer<LikelihoodQuestion,
        LikelihoodAnswer>(input, protocol, (model, request, questions) =>
            Training.Inference.Likelihoods.Answer(model, questions, request.BatchTokens));

    /// <summary>How texts go on.</summary>
    public static int Continuations(TextReader input, MessageChannel protocol) => Answer<GenerationQuestion,
        GenerationAnswer>(input, protocol, (model, request, questions) => Training.Inference.Continuations.Answer(
            model, questions,
            request.Decoding ?? throw new System.Text.Json.JsonException("it is not said how texts are written"),
            request.BatchTokens));

    public static int HiddenStates(TextReader input, MessageChannel protocol) => Answer<FeatureQuestion,
        FeatureAnswer>(input, protocol, (model, request, questions) =>
            Training.Inference.HiddenStates.Answer(model, questions, request.BatchTokens));

    /// <summary>Topics of texts, told by the model trained on with others.</summary>
    public static int FineTune(TextReader input, MessageChannel protocol) => Answer<FineTuningRequest, LabelledText,
        TopicAnswer>(input, protocol, request => request.Model, FineTuning.Answer);

    private static int Answer<TQuestion, TAnswer>(
        TextReader input, MessageChannel protocol,
        Func<TrainedModel, QuestionsRequest, IReadOnlyList<TQuestion>, IEnumerable<TAnswer>> answer) =>
        Answer(input, protocol, (QuestionsRequest request) => request.Model, answer);

    private static int Answer<TRequest, TQuestion, TAnswer>(
        TextReader input, MessageChannel protocol, Func<TRequest, SavedModel> modelOf,
        Func<TrainedModel, TRequest, IReadOnlyList<TQuestion>, IEnumerable<TAnswer>> answer) =>
        ModelQueries.Answer(() =>
        {
            var request = Order.Read<TRequest>(input);
            var questions = new List<TQuestion>();
            while (BoundedLines.ReadLine(input, Order.MaxLength) is { } line)
                questions.Add(RunJson.Deserialize<TQuestion>(line));
            using var model = new TrainedModel(modelOf(request));
            foreach (var one in answer(model, request, questions)) protocol.WriteLine(RunJson.Serialize(one));
        });
}
