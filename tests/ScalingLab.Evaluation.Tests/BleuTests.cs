using ScalingLab.Evaluation.Metrics;

namespace ScalingLab.Evaluation.Tests;

/// <summary>
/// The numbers are those of sacreBLEU 2.6.0: of its own tests (test_bleu.py, test_sentence_bleu.py), or what it gives.
/// </summary>
public sealed class BleuTests
{
    private static readonly string[] Texts =
        ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];

    private static readonly string[][] References =
    [
        ["The dog bit the man.", "The dog had bit the man."], ["It was not unexpected.", "No one was surprised."],
        ["The man bit him first.", "The man had bitten the dog."],
    ];

    [Fact]
    public void The_corpus_of_the_documentation_has_its_score()
    {
        var bleu = Bleu.OfCorpus(Pair(Texts, References));
        Assert.Equal(48.530827009929865, bleu.Score, 1e-9);
        Assert.Equal("82.4/50.0/45.5/37.5", string.Join('/', bleu.Precisions.Select(p => $"{p:F1}")));
        Assert.Equal((17, 18), (bleu.Words, bleu.ReferenceWords));
    }

    [Fact]
    public void Empty_texts_are_scored_too() => Assert.Equal(0, Bleu.OfCorpus(Pair(["", "", ""], References)).Score);

    [Fact]
    public void Text_of_another_language_with_digits_dashes_entities_and_emoji_has_the_reference_score()
    {
        string[] texts =
        [
            "Rais wa Kenya William Ruto, siku zake 100 akiwa usukani kuiongoza nchi hiyo zimetimia leo tarehe 22 Disemba 2022.",
            "Ni  mchezaji bora (wa mwaka) \u2014 alisema 3.5%, \"kweli\" & 1,000-2,000 \ud83d\ude00.",
        ];
        string[][] references =
        [
            ["Siku 100 za rais William Ruto wa Kenya zimetimia leo, tarehe 22 Disemba 2022, akiwa usukani."],
            ["Alisema ni mchezaji bora wa mwaka (kweli): 3.5% &amp; 1,000-2,000 \ud83d\ude00\ud83d\ude00"],
        ];
        Assert.Equal(18.866832677673443, Bleu.OfCorpus(Pair(texts, references)).Score, 1e-9);
        Assert.Equal(63.67228324238107, ChrF.OfCorpus(Pair(texts, references)), 1e-9);
        Assert.Equal(58.62352056809586, ChrF.OfCorpus(Pair(texts, references), ChrF.PlusPlusWords), 1e-9);
        Assert.Equal([19.554016376461806, 18.153580712996767],
            texts.Zip(references, (t, r) => Bleu.OfSentence(t, r).Score), Near);
        Assert.Equal([66.88988680005222, 59.11075554911535],
            texts.Zip(references, (t, r) => ChrF.OfSentence(t, r)), Near);
        Assert.Equal([64.61361815899474, 50.49267726089373],
            texts.Zip(references, (t, r) => ChrF.OfSentence(t, r, ChrF.PlusPlusWords)), Near);
    }

    [Theory]
    [InlineData("Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;",
        "producţia de zahăr brut se exprimă în zahăr alb;", 8.493)]
    [InlineData("this is a cat", "okay thanks", 0)]
    [InlineData("a b", "a b", 100)]
    [InlineData("one two three", "one two four", 55.03212)]
    public void A_sentence_has_its_score(string text, string reference, double score) =>
        Assert.Equal(score, Bleu.OfSentence(text, [reference]).Score, 1e-3);

    [Theory]
    [InlineData("a-\nb 10-20 <skipped>x.y 1.5,x $5 [b] &lt;i&gt; it's",
        "ab 10 - 20 x . y 1.5 , x $ 5 [ b ] < i > it's")]
    [InlineData("Ni  mchezaji bora (wa mwaka) \u2014 alisema 3.5%, \"kweli\" & 1,000-2,000 \ud83d\ude00.",
        "Ni mchezaji bora ( wa mwaka ) \u2014 alisema 3.5 % , \" kweli \" & 1,000 - 2,000 \ud83d\ude00 .")]
    public void Words_are_parted_as_13a_parts_them(string text, string words) =>
        Assert.Equal(words, string.Join(' ', WordTokenizer.Split(text)));

    private static bool Near(double one, double other) => Math.Abs(one - other) < 1e-9;

    internal static IEnumerable<(string, IReadOnlyList<string>)> Pair(string[] texts, string[][] references) =>
        texts.Zip(references, (t, r) => (t, (IReadOnlyList<string>)r));
}
