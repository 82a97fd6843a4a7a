using System.Text.Json;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Duplicates;
using ScalingLab.Data.Surveys;

namespace ScalingLab.Data.Tests.Cleaning;

/// <summary>Copies that a preparation leaves out of the text before it is split.</summary>
public sealed class CopyRemovalTests : IDisposable
{
    private static readonly DuplicateOptions Exact = new();
    private static readonly DuplicateOptions Near = new() { Near = 0.8 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Text(int number) => string.Join(' ', Enumerable.Range(0, 120).Select(i => $"w{number}x{i}"));

    /// <summary>One word of the text is another: 5 of 116 shingles differ.</summary>
    private static string Edited(int number) => Text(number).Replace($"w{number}x60 ", "changed ");

    private JsonLines Records(string name, IEnumerable<string?> texts) => new(
        [_folder.Write(name, string.Concat(texts.Select(t => JsonSerializer.Serialize(new { t }) + "\n")))], "t");

    private PreparedData Prepare(DuplicateOptions? rule, params (string Name, CorpusSource Corpus)[] sources) =>
        DataPreparation.Prepare(
            new([.. sources.Select(source => new SourceRequest(source.Name, source.Corpus, 1))], new("bytes", 257), 0.2)
            {
                Deduplicate = rule,
            }, _folder["state"], null, default);

    private static HashSet<string> Documents(PreparedData data, string source = "")
    {
        var one = data.Sources.Single(each => each.Name == source);
        var tokenizer = data.LoadTokenizer();
        using var train = data.OpenTrain(one);
        using var validation = data.OpenValidation(one);
        List<string> all = [.. Samples.Read(train, tokenizer), .. Samples.Read(validation, tokenizer)];
        Assert.Equal(one.Report.Documents, all.Count);
        return [.. all];
    }

    [Fact]
    public void The_first_of_each_group_stays_and_the_rest_is_counted_and_said()
    {
        var texts = Enumerable.Range(0, 40).Select(Text).ToList();
        string?[] all = [.. texts, texts[3].ToUpperInvariant(), null, Edited(5), texts[7], Edited(9)];
        var corpus = Records("a.jsonl", all);

        var whole = Prepare(null, ("", corpus));
        Assert.Equal(44, whole.Report.Documents);
        Assert.DoesNotContain(whole.Report.Notes, note => note.Contains("Left out", StringComparison.Ordinal));

        var exact = Prepare(Exact, ("", corpus));
        Assert.Equal([.. texts, Edited(5), Edited(9)], Documents(exact));
        Assert.Contains(exact.Report.Notes,
            note => note.StartsWith("Left out 2 exact copies (", StringComparison.Ordinal));

        var near = Prepare(Near, ("", corpus));
        Assert.Equal([.. texts], Documents(near));
        Assert.Contains(near.Report.Notes,
            note => note.StartsWith("Left out 2 exact and 2 near copies (", StringComparison.Ordinal));
        Assert.Contains("1 records without text (empty, white space or null) were left out.", near.Report.Notes);
        Assert.Equal(3, new[] { whole, exact, near }.Select(data => data.CorpusHash).Distinct().Count());
        Assert.Equal(3, new[] { whole, exact, near }.Select(data => data.Folder).Distinct().Count());
        var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(near.Folder, "manifest.json")));
        Assert.Equal("near 0.8", manifest.RootElement.GetProperty("deduplicate").GetString());
    }

    [Fact]
    public void What_is_kept_is_the_text_of_a_corpus_that_never_had_the_copies()
    {
        var texts = Enumerable.Range(0, 30).Select(Text).ToList();
        var once = Prepare(null, ("", Records("once/a.jsonl", texts)));
        var twice = Prepare(Near, ("", Records("twice/a.jsonl", [.. texts, .. texts])));
        Assert.Equal(once.CorpusHash, twice.CorpusHash);
        Assert.Equal((once.TrainTokens, once.ValidationTokens), (twice.TrainTokens, twice.ValidationTokens));
        foreach (var file in new[] { "train.tokens", "validation.tokens" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(once.Folder, file)),
                File.ReadAllBytes(Path.Combine(twice.Folder, file)));
    }

    [Fact]
    public void In_a_mixture_copies_of_earlier_sources_go_and_a_source_of_copies_alone_is_a_problem()
    {
        var texts = Enumerable.Range(0, 60).Select(Text).ToList();
        var (first, second) = (Records("a.jsonl", texts[..40]), Records("b.jsonl", [.. texts[30..], Edited(1)]));
        var data = Prepare(Near, ("a", first), ("b", second));
        Assert.Equal([.. texts[..40]], Documents(data, "a"));
        Assert.Equal([.. texts[40..]], Documents(data, "b"));
        Assert.Contains(data.Report.Notes,
            note => note.StartsWith("b: Left out 10 exact and 1 near copies", StringComparison.Ordinal));

        var wrong = Assert.Throws<DataException>(() =>
            Prepare(Exact, ("a", first), ("b", Records("c.jsonl", texts[..5]))));
        Assert.StartsWith("b: All texts", Assert.Single(wrong.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_of_every_source_is_told_once()
    {
        var bad = new JsonLines([_folder.Write("bad.jsonl", "{\"t\": 1}\n{\n")], "t");
        var other = new JsonLines([_folder.Write("other.jsonl", "{\"u\": \"x\"}\n")], "t");
        var sources = new[] { ("a", (CorpusSource)bad), ("b", other) };
        var expected = Assert.Throws<DataException>(() => Prepare(null, sources)).Problems;
        Assert.Equal(3, expected.Count);
        Assert.Equal(expected, Assert.Throws<DataException>(() => Prepare(Near, sources)).Problems);
    }

    [Fact]
    public void A_search_that_was_finished_is_not_done_again()
    {
        var corpus = Records("a.jsonl", [Text(0), Text(1), Edited(1)]);
        var request = new DataRequest(corpus, new("bytes", 257));
        Directory.CreateDirectory(Path.Combine(_folder["work"], StageFile.Folder));
        var listing = corpus.List();
        CopyRemoval Search() => new(request, [listing], _folder["work"], default);
        var found = Search().Find(Near).Single();
        Assert.Equal(1, found.Counts.Near);
        // The next one sees no text any more: what it says was on the disk.
        File.Delete(_folder["a.jsonl"]);
        var again = Search().Find(Near).Single();
        Assert.Equal(found.Counts, again.Counts);
        Assert.Equal(found.Places, again.Places);
    }

    [Fact]
    public void A_similarity_that_is_none_is_refused() => Assert.Contains("between 0.3 and 1",
        Assert.Throws<DataException>(() => Prepare(new() { Near = 0.1 }, ("", Records("a.jsonl", [Text(0)])))).Message,
        StringComparison.Ordinal);
}
