using ScalingLab.Data;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;
using ScalingLab.Training.Inference;

namespace ScalingLab.Training.Tests;

/// <summary>Many questions side by side have the answers that each has alone.</summary>
public sealed class BatchedInferenceTests : IClassFixture<TinyData>, IDisposable
{
    private readonly TinyData _data;
    private readonly Tokenizer _tokenizer;
    private readonly TrainedModel _model;

    public BatchedInferenceTests(TinyData data)
    {
        _data = data;
        _tokenizer = data.Prepared.LoadTokenizer();
        var folder = Path.Combine(data.Folder, "batched");
        var spec = data.Spec(steps: 150);
        if (!Directory.Exists(folder)) data.Train(data.Order(spec, "batched"));
        _model = new TrainedModel(new SavedModel
        {
            Spec = spec,
            CheckpointFolder = folder,
            DataFolder = data.Prepared.Folder,
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(10_000)]
    public void Likelihoods_are_sums_of_log_probabilities_of_one_window_that_ends_with_the_continuation(int batchTokens)
    {
        (string Context, string[] Continuations)[] texts =
        [
            ("the worker", [" repeats", " forgets the next token", " r%peaTs"]),
            ("every run learns many words 3 times. the model counts its own name", [" 41 times.", " 7"]),
            ("it is said: a small", [" network finds the old path"]), // of the context its end alone
        ];
        List<LikelihoodQuestion> questions = [.. texts.Select(t => new LikelihoodQuestion(
            _tokenizer.Encode(t.Context), [.. t.Continuations.Select(c => _tokenizer.Encode(c))]))];
        var answers = Likelihoods.Answer(_model, questions, batchTokens).OrderBy(a => a.Question).ToList();
        Assert.Equal([0, 1, 2], answers.Select(a => a.Question));
        foreach (var (question, answer) in questions.Zip(answers))
        {
            foreach (var (continuation, (sum, greedy)) in question.Continuations.Zip(
                answer.LogLikelihoods.Zip(answer.Greedy)))
            {
                var (expected, isLikeliest) = Score([.. question.Context, .. continuation], continuation.Count);
                Assert.Equal(expected, sum, 2e-4);
                Assert.Equal(isLikeliest, greedy);
            }
        }

        Assert.True(answers[0].LogLikelihoods[0] > answers[0].LogLikelihoods[2] + 1); // as the text is, or not
    }

    [Fact]
    public void Contexts_without_tokens_and_continuations_beyond_the_window_are_all_told()
    {
        var wrong = Assert.Throws<DataException>(() => Likelihoods.Answer(
            _model, [new([], [[1]]), new([1], [new int[33], []])], 100).ToList());
        Assert.Equal(
            ["question 0: its context has no token",
                "question 1: a continuation has 33 tokens; 1 to 32 are expected",
                "question 1: a continuation has 0 tokens; 1 to 32 are expected"], wrong.Problems);
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0.8, 20, 0.9)]
    public void Continuations_of_prompts_of_different_length_are_those_that_each_has_alone(
        double temperature, int topK, double topP)
    {
        string[] prompts = ["the wor", "a small network finds ", "e", "every run", "the ledger co"];
        var end = _tokenizer.EndOfDocument;
        var how = new Decoding(9, temperature, topK, topP, 5, [end]);
        var answers = Continuations.Answer(
            _model, [.. prompts.Select(p => new GenerationQuestion([end, .. _tokenizer.Encode(p)]))], how, 80)
            .OrderBy(a => a.Question).Select(a => _tokenizer.Decode([.. a.Tokens])).ToList();
        var alone = prompts.Select((prompt, i) => _tokenizer.Decode([.. _model.Generate(
            _tokenizer.Encode(prompt), end, 9, new TokenSampler(temperature, topK, topP, 5 + i))]));
        Assert.Equal(alone, answers);
        if (temperature == 0) Assert.StartsWith("ker ", answers[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_continuation_ends_with_the_token_that_stops_it()
    {
        var stop = _tokenizer.Encode("r")[0];
        var answer = Assert.Single(Continuations.Answer(
            _model, [new([256, .. _tokenizer.Encode("the wo")])], new Decoding(20, 0, 0, 1, 1, [stop]), 100));
        Assert.Equal("r", _tokenizer.Decode([.. answer.Tokens]));
    }

    [Fact]
    public void A_prompt_that_leaves_no_room_is_refused() => Assert.Contains("1 to 23 leave room for 10 more",
        Assert.Throws<DataException>(() => Continuations.Answer(
            _model, [new(new int[24])], new Decoding(10, 0, 0, 1, 1, []), 100).ToList()).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Hidden_states_of_a_text_are_those_that_the_head_reads_whatever_stands_beside_it()
    {
        using var scope = NewDisposeScope();
        var texts = new[] { "the model", "every run learns many words 3 times. the ledger", "x" }
            .Select(t => _tokenizer.Encode(t)).ToList();
        var answers = HiddenStates.Answer(_model, [.. texts.Select(t => new FeatureQuestion(t))], 10_000)
            .OrderBy(a => a.Question).ToList();
        foreach (var (tokens, answer) in texts.Zip(answers))
        {
            var windows = tokens.Chunk(32).Select(StatesOf).ToList();
            Near([.. Enumerable.Range(0, 16).Select(i => windows.SelectMany(w => w).Average(s => s[i]))], answer.Mean);
            Near(windows[^1][^1], answer.Last);
            // and the head makes of the last state what the model says of the next token
            var head = _model.Transformer.Parameters["head"];
            var logits = tensor(answer.Last.ToArray(), [1, 16]).matmul(head.t());
            var said = _model.Transformer.Forward(Row(tokens[((tokens.Length - 1) / 32 * 32)..])).select(1, -1);
            Assert.True((logits - said).abs().max().item<float>() < 1e-3);
        }
    }

    public void Dispose() => _model.Dispose();

    private static Tensor Row(int[] tokens) =>
        tensor([.. tokens.Select(t => (long)t)], [1, tokens.Length]);

    private static void Near(IReadOnlyList<float> expected, IReadOnlyList<float> found)
    {
        foreach (var (e, f) in expected.Zip(found)) Assert.Equal(e, f, 1e-4);
    }

    private List<float[]> StatesOf(int[] tokens)
    {
        using var quiet = no_grad();
        var states = _model.Transformer.Normed(_model.Transformer.Stream(Row(tokens)));
        return [.. states.reshape(-1).data<float>().ToArray().Chunk(16)];
    }

    /// <summary>The last tokens' log-probabilities in one window, summed in float64.</summary>
    private (double Sum, bool IsLikeliest) Score(int[] whole, int last)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var window = whole[Math.Max(0, whole.Length - 33)..];
        var logits = _model.Transformer.Forward(Row(window[..^1])).reshape(-1).data<float>().ToArray().Chunk(257)
            .ToList();
        var (sum, likeliest) = (0.0, true);
        for (var i = window.Length - last; i < window.Length; i++)
        {
            var row = logits[i - 1];
            sum += row[window[i]] - Math.Log(row.Sum(x => Math.Exp(x)));
            likeliest &= row.Max() == row[window[i]];
        }
        return (sum, likeliest);
    }
}
