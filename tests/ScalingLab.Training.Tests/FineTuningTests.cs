using ScalingLab.Data;
using ScalingLab.Runs.Messages;
using ScalingLab.Training.Inference;

namespace ScalingLab.Training.Tests;

/// <summary>A model that is trained on to tell topics.</summary>
public sealed class FineTuningTests(TinyData data) : IClassFixture<TinyData>
{
    [Fact]
    public void It_learns_what_tells_topics_apart_from_texts_longer_than_its_context_too()
    {
        var texts = Texts(60, 30);
        var (told, right) = (Tell(texts, epochs: 8), texts.Skip(60).Select(text => text.Topic).ToList());
        Assert.Equal(Enumerable.Range(60, 30), told.Select(answer => answer.Question));
        Assert.InRange(told.Zip(right).Count(pair => pair.First.Topic == pair.Second), 27, 30);
        Assert.Equal(told, Tell(texts, epochs: 8)); // the same again, from the same weights
    }

    [Fact]
    public void Texts_without_tokens_topics_that_are_none_and_nothing_to_learn_from_are_all_told()
    {
        var wrong = Assert.Throws<DataException>(() => Answer([new([]), new([1], 5), new([1])], 1));
        Assert.Equal(["text 0: no token", "text 1: topic 5 is none of 2"], wrong.Problems);
        Assert.Equal("no text has a topic to learn from",
            Assert.Single(Assert.Throws<DataException>(() => Answer([new([1])], 1)).Problems));
    }

    // Of texts over the same letters: what is in one comes in the other in other order.
    private List<LabelledText> Texts(int train, int test)
    {
        var (random, tokenizer) = (new Random(3), data.Prepared.LoadTokenizer());
        string[][] words = [["learns", "many", "words"], ["counts", "old", "paths"]];
        return
        [
            .. Enumerable.Range(0, train + test).Select(i => new LabelledText(
                tokenizer.Encode("the model " + string.Join(' ', Enumerable.Range(0, 3 + random.Next(9))
                    .Select(_ => words[i % 2][random.Next(3)]))), i % 2)),
        ];
    }

    private List<TopicAnswer> Tell(List<LabelledText> texts, int epochs) =>
        Answer([.. texts.Take(60), .. texts.Skip(60).Select(text => text with { Topic = null })], epochs);

    private List<TopicAnswer> Answer(IReadOnlyList<LabelledText> texts, int epochs)
    {
        var spec = data.Spec(steps: 20);
        var folder = Path.Combine(data.Folder, "fine-tuned");
        if (!Directory.Exists(folder)) data.Train(data.Order(spec, "fine-tuned"));
        var saved = new SavedModel { Spec = spec, CheckpointFolder = folder, DataFolder = data.Prepared.Folder };
        using var model = new TrainedModel(saved);
        return [.. FineTuning.Answer(model, new FineTuningRequest(saved, 2, 256, 8, epochs, 0.01, Seed: 1), texts)
            .OrderBy(answer => answer.Question)];
    }
}
