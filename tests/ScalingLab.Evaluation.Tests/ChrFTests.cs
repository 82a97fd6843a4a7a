using ScalingLab.Evaluation.Metrics;

namespace ScalingLab.Evaluation.Tests;

/// <summary>
/// The numbers are those of sacreBLEU 2.6.0: of its own test_chrf.py where precision and recall are equal, so that its
/// other beta changes nothing, or what its defaults give.
/// </summary>
public sealed class ChrFTests
{
    [Theory]
    [InlineData("a", "a", 100)]
    [InlineData("", "reference", 0)]
    [InlineData("a b c", "a b c", 100)]
    [InlineData("a b c", "abc", 100)]
    [InlineData("", "c", 0)]
    [InlineData("aa", "ab", 25)]
    [InlineData("Co nás nejvíc trápí, protože lékaři si vybírají, kdo bude žít a kdo zemře.",
        "Nejvíce smutní jsme z toho, že musíme rozhodovat o tom, kdo bude žít a kdo zemře.", 39.14081690316369)]
    [InlineData("Nebo prostě nemají vybavení, které by jim pomohlo, uvedli lékaři.",
        "A někdy nemáme ani potřebný materiál, abychom jim pomohli, popsali lékaři.", 31.225641469352972)]
    public void A_segment_has_its_score(string text, string reference, double score) =>
        Assert.Equal(score, ChrF.OfSentence(text, [reference]), 1e-9);

    [Fact]
    public void A_corpus_is_counted_together() => Assert.Equal(
        50, ChrF.OfCorpus(BleuTests.Pair(["a", "b"], [["a"], ["c"]])), 1e-9);

    [Fact]
    public void Of_several_references_the_best_of_each_segment_counts()
    {
        var segments = BleuTests.Pair(
            ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."],
            [["The dog bit the man.", "The dog had bit the man."], ["It was not unexpected.", "No one was surprised."],
                ["The man bit him first.", "The man had bitten the dog."]]).ToList();
        Assert.Equal(59.72751782684763, ChrF.OfCorpus(segments), 1e-9);
        Assert.Equal(59.15310444399262, ChrF.OfCorpus(segments, ChrF.PlusPlusWords), 1e-9);
    }
}
