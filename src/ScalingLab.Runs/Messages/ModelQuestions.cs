namespace ScalingLab.Runs.Messages;

/// <summary>
/// The first line to a worker that is asked many things of a model; the questions follow, a line each, and the input's
/// end. An answer comes as soon as it is there, with its question's number from 0, in any order.
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="BatchTokens">Most tokens in one pass; a longer text is a pass of its own.</param>
/// <param name="Decoding">How texts are written; null where none are.</param>
public sealed record QuestionsRequest(SavedModel Model, int BatchTokens, Decoding? Decoding = null)
{
    // A pass of so many tokens keeps a processor's core busy; a GPU wants far more.
    private const int OnProcessor = 2048;
    private const int OnGpu = 65_536;

    /// <summary>Tokens in one pass on a device: "cpu" or "cuda:0".</summary>
    public static int BatchTokensOn(string device) => device == "cpu" ? OnProcessor : OnGpu;
}

/// <summary>How a model writes.</summary>
/// <param name="Tokens">Most tokens to draw.</param>
/// <param name="Temperature">As in <see cref="SampleRequest"/>, and so are the next ones.</param>
/// <param name="TopK">0: all.</param>
/// <param name="TopP">1: all.</param>
/// <param name="Seed">Seeds the draws; each question has its own.</param>
/// <param name="Stops">Tokens after which nothing more is drawn.</param>
public sealed record Decoding(
    int Tokens, double Temperature, int TopK, double TopP, int Seed, IReadOnlyList<int> Stops);

/// <summary>How likely are these continuations of a text?</summary>
/// <param name="Context">Tokens, at least one; where it does not fit the window with a continuation, its beginning is
/// left out.</param>
/// <param name="Continuations">Tokens of each, at least one and at most the model's context.</param>
public sealed record LikelihoodQuestion(
    IReadOnlyList<int> Context, IReadOnlyList<IReadOnlyList<int>> Continuations);

/// <summary>How likely they are.</summary>
/// <param name="Question">Its number.</param>
/// <param name="LogLikelihoods">Of each continuation, nats, summed over its tokens.</param>
/// <param name="Greedy">Whether each of its tokens was the likeliest.</param>
public sealed record LikelihoodAnswer(
    int Question, IReadOnlyList<double> LogLikelihoods, IReadOnlyList<bool> Greedy);

/// <summary>How does this text go on?</summary>
/// <param name="Prompt">Tokens, at least one; with those to draw at most one more than the model's context.</param>
public sealed record GenerationQuestion(IReadOnlyList<int> Prompt);

/// <summary>How it went on.</summary>
/// <param name="Question">Its number.</param>
/// <param name="Tokens">The tokens drawn; where one stopped it, that one is the last.</param>
public sealed record GenerationAnswer(int Question, IReadOnlyList<int> Tokens);

/// <summary>What does the model make of this text?</summary>
/// <param name="Tokens">At least one; a text longer than the context is read window after window.</param>
public sealed record FeatureQuestion(IReadOnlyList<int> Tokens);

/// <summary>The hidden states that the head would read.</summary>
/// <param name="Question">Its number.</param>
/// <param name="Mean">Mean over the tokens, [width].</param>
/// <param name="Last">After the last token, [width].</param>
public sealed record FeatureAnswer(int Question, IReadOnlyList<float> Mean, IReadOnlyList<float> Last);

/// <summary>The first line to a worker that trains a model on to tell topics; the texts follow, a line each.</summary>
/// <param name="Model">The model.</param>
/// <param name="Topics">How many topics there are.</param>
/// <param name="BatchTokens">Most tokens in one pass; a longer text is a pass of its own.</param>
/// <param name="BatchTexts">Texts of one step.</param>
/// <param name="Epochs">Passes over the texts with a topic.</param>
/// <param name="LearningRate">The highest.</param>
/// <param name="Seed">Seeds the order of the texts.</param>
public sealed record FineTuningRequest(
    SavedModel Model, int Topics, int BatchTokens, int BatchTexts, int Epochs, double LearningRate, int Seed);

/// <summary>A text for that.</summary>
/// <param name="Tokens">At least one.</param>
/// <param name="Topic">Its topic from 0, to learn from; null: to be told.</param>
public sealed record LabelledText(IReadOnlyList<int> Tokens, int? Topic = null);

/// <summary>What a text was told to be of.</summary>
/// <param name="Question">Its number.</param>
/// <param name="Topic">The topic, from 0.</param>
public sealed record TopicAnswer(int Question, int Topic);
