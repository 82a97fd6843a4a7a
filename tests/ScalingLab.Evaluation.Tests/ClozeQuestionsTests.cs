using ScalingLab.Evaluation.Tasks;

namespace ScalingLab.Evaluation.Tests;

public sealed class ClozeQuestionsTests
{
    private static readonly string[] Texts =
        [.. Enumerable.Range(0, 30).Select(t => string.Join("  ", Enumerable.Range(0, 8).Select(w => $"w{t}.{w}")))];

    [Fact]
    public void Each_text_that_is_long_enough_has_its_own_ending_once_among_different_ones_of_others()
    {
        using var folder = new TemporaryFolder();
        var options = new ClozeOptions(Words: 5, EndingWords: 2, Choices: 4);
        var lines = ClozeQuestions.Make([.. Texts, "too short"], options);
        Assert.Equal(30, lines.Count);
        File.WriteAllLines(folder["cloze.jsonl"], lines);
        var documents = TaskReader.Read(folder["cloze.jsonl"]).Documents.Cast<ChoiceDocument>().ToList();
        foreach (var (t, document) in documents.Index())
        {
            Assert.Equal($"w{t}.0 w{t}.1 w{t}.2 w{t}.3 w{t}.4", document.Context);
            Assert.Equal($"w{t}.5 w{t}.6", document.Choices[document.Gold]);
            Assert.Equal(4, document.Choices.Distinct().Count());
        }

        Assert.Equal(4, documents.Select(d => d.Gold).Distinct().Count()); // at every place
        Assert.Equal(lines, ClozeQuestions.Make(Texts, options));
        Assert.NotEqual(lines, ClozeQuestions.Make(Texts, options with { Seed = 2 }));
    }

    [Fact]
    public void Too_few_different_endings_give_no_question() =>
        Assert.Empty(ClozeQuestions.Make(["a b c", "a b d", "x b d"], new ClozeOptions(2, 1, 3)));
}
