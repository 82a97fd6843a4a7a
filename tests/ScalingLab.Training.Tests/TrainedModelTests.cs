using ScalingLab.Data;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Training.Inference;

namespace ScalingLab.Training.Tests;

public class TrainedModelTests : IClassFixture<TinyData>
{
    private readonly TinyData _data;

    public TrainedModelTests(TinyData data) => _data = data;

    [Fact]
    public void Text_like_the_training_text_surprises_a_trained_model_less_than_other_text()
    {
        using var model = Train("surprise");
        var tokenizer = _data.Prepared.LoadTokenizer();
        double Loss(string text)
        {
            var tokens = tokenizer.Encode(text);
            return model.SummedCrossEntropy(tokens, tokenizer.EndOfDocument, stride: 32) / tokens.Length;
        }

        Assert.True(Loss("every run learns the next token 12 times. the ledger finds the old path 7 times.")
            + 1 < Loss("QXZ{}|~^%$#@!QXZ{}|~^%$#@!"));
    }

    [Fact]
    public void With_a_stride_of_the_context_the_windows_stand_side_by_side_and_each_token_counts_once()
    {
        using var model = Train("stride");
        var tokenizer = _data.Prepared.LoadTokenizer();
        var tokens =
            tokenizer.Encode("the worker repeats many words 3 times. a small network counts its own name 41 times and "
                + "then no more.")[..96];
        var windows = Enumerable.Range(0, 3).Sum(i => model.SummedCrossEntropy(
            tokens[(i * 32)..((i + 1) * 32)], endOfDocument: i == 0 ? tokenizer.EndOfDocument : tokens[(i * 32) - 1],
            stride: 32));
        Assert.Equal(windows, model.SummedCrossEntropy(tokens, tokenizer.EndOfDocument, stride: 32), 1e-3);
    }

    [Fact]
    public void A_shorter_stride_gives_tokens_a_longer_past_and_less_surprise()
    {
        using var model = Train("past");
        var tokens = _data.Prepared.LoadTokenizer()
            .Encode(string.Concat(Enumerable.Repeat("the worker repeats many words 3 times. ", 8)));
        Assert.True(model.SummedCrossEntropy(tokens, 256, stride: 4)
            < model.SummedCrossEntropy(tokens, 256, stride: 32));
    }

    [Fact]
    public void A_text_that_was_learnt_by_heart_is_written_again()
    {
        using var model = Train("sample");
        var tokenizer = _data.Prepared.LoadTokenizer();
        var text =
            tokenizer.Decode(
                model.Generate(tokenizer.Encode("the wor"), tokenizer.EndOfDocument, 4, new TokenSampler(0, 0, 1, 1))
                .ToArray());
        Assert.Equal("ker ", text);
    }

    [Fact]
    public void Without_a_checkpoint_there_is_no_model()
    {
        var folder = Path.Combine(_data.Folder, "nothing");
        Assert.Throws<DataException>(() => new TrainedModel(Where(_data.Spec(), folder)));
    }

    private TrainedModel Train(string name)
    {
        var spec = _data.Spec(steps: 150);
        _data.Train(_data.Order(spec, name));
        return new TrainedModel(Where(spec, Path.Combine(_data.Folder, name)));
    }

    private SavedModel Where(RunSpec spec, string folder) =>
        new() { Spec = spec, CheckpointFolder = folder, DataFolder = _data.Prepared.Folder };
}
