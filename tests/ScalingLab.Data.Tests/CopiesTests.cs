using System.Text;
using ScalingLab.Data.Batches;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Surveys;
using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Tests;

/// <summary>Texts that repeat another's: exactly, but for white space, or for the greater part.</summary>
public sealed class CopiesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private PreparedData Prepare(CorpusSource corpus, double heldOut = 0.05, string kind = "bytes",
        int vocabulary = 257) =>
        DataPreparation.Prepare(new(corpus, new(kind, vocabulary), heldOut), _folder["state"], null, default);

    private static List<string> Documents(TokenShard shard, PreparedData data)
    {
        using (shard) return Samples.Read(shard, data.LoadTokenizer());
    }

    private static string Normal(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private JsonLines Records(string name, IEnumerable<string> texts) => new(
        [_folder.Write(name,
            string.Concat(texts.Select(t => System.Text.Json.JsonSerializer.Serialize(new { t }) + "\n")))], "t");

    [Fact]
    public void Texts_are_the_same_up_to_white_space_and_nothing_else()
    {
        using var normal = new WhitespaceNormalizer();
        var random = new Random(3);
        var seen = new Dictionary<string, ulong>();
        for (var i = 0; i < 200; i++)
        {
            string[] words =
            [
                .. Enumerable.Range(0, random.Next(1, 2000))
                    .Select(_ => Normal(Samples.AnyText(random, 5)).Replace("\uFEFF", "")).Where(w => w.Length > 0),
            ];
            var key = normal.Key(string.Join(' ', words));
            Assert.Equal(key,
                normal.Key("\uFEFF \r\n"
                    + string.Concat(words.Select(w => w + "\n\u2003 \t\r\n"[..random.Next(1, 5)]))));
            Assert.NotEqual(key, normal.Key(string.Join(' ', words.Append("x"))));
            seen.TryAdd(Normal(string.Join(' ', words)), key);
        }
        Assert.Equal(seen.Count, seen.Values.Distinct().Count());
        Assert.NotEqual(normal.Key("a b"), normal.Key("ab"));
        Assert.NotEqual(normal.Key("A"), normal.Key("a"));
    }

    [Theory]
    [InlineData("bytes", 257)]
    [InlineData("bpe", 300)]
    public void Line_end_twins_stand_on_one_side_and_unique_tokens_count_one_of_them(string kind, int vocabulary)
    {
        // A split by the hash of each text as it stands would part about a third of these pairs; by the least hash of a
        // pair it would hold out a third of them.
        var alone = Prepare(new TextFiles([Samples.Documents(_folder, 100)]), 0.2, kind, vocabulary);
        var heldAlone = Documents(alone.OpenValidation(), alone).Select(Normal).Order(StringComparer.Ordinal);
        for (var i = 0; i < 100; i++)
            _folder.Write($"texts/{i:000}-win.txt", "\uFEFF"
                + Samples.Prose(i, 60).Replace("\n", "\r\n\r\n", StringComparison.Ordinal) + " ");
        var data = Prepare(new TextFiles([_folder["texts"]]), 0.2, kind, vocabulary);
        var (train, held) = (Documents(data.OpenTrain(), data), Documents(data.OpenValidation(), data));
        Assert.Empty(train.Select(Normal).Intersect(held.Select(Normal)));
        Assert.Equal(200, train.Count + held.Count);
        Assert.Equal(heldAlone, held.Select(Normal).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(100, data.Report.Copies);
        Assert.Contains(data.Report.Notes,
            note => note.StartsWith("100 of 200 documents repeat another's text (", StringComparison.Ordinal)
            && note.Contains("; 100 of them differ in white space)", StringComparison.Ordinal));
        Assert.NotEqual(alone.CorpusHash, data.CorpusHash);

        // Each text stands once before the first copy.
        Assert.Equal(train.Count / 2, train.Take(train.Count / 2).Select(Normal).Distinct().Count());
        Assert.Equal(held.Count / 2, held.Take(held.Count / 2).Select(Normal).Distinct().Count());
        var tokenizer = data.LoadTokenizer();
        Assert.Equal(train.Take(train.Count / 2).Sum(text => tokenizer.Encode(text).Length + 1L),
            data.UniqueTrainTokens);
        Assert.InRange(data.UniqueTrainTokens, 0.4 * data.TrainTokens, 0.6 * data.TrainTokens);
    }

    [Fact]
    public void Text_without_copies_keeps_the_split_and_the_hash_of_its_texts_as_they_stand()
    {
        // By the first 8 bytes of each text's SHA-256.
        var data = Prepare(new TextFiles([Samples.Documents(_folder, 200)]), 0.1);
        Assert.Equal(0, data.Report.Copies);
        Assert.Equal(data.TrainTokens, data.UniqueTrainTokens);
        var held = Enumerable.Range(0, 200).Select(i => Samples.Prose(i, 60))
            .Where(text => ContentHash.ToNumber(text) % 1_000_000 < 100_000);
        Assert.Equal(held.Order(StringComparer.Ordinal),
            Documents(data.OpenValidation(), data).Order(StringComparer.Ordinal));
        using var hash = new ContentHash();
        var corpus = new TextFiles([_folder["texts"]]);
        foreach (var document in corpus.Read(corpus.List(), default).Documents) hash.Add(document.Name)
            .Add(document.Text);
        Assert.Equal(hash.Hex(), data.CorpusHash);
    }

    [Fact]
    public void A_run_counts_passes_over_the_texts_and_a_subset_is_of_texts_that_are_no_copies()
    {
        // Fifty texts, each four times.
        var data = Prepare(Records("four.jsonl", Enumerable.Range(0, 200).Select(i => Samples.Prose(i % 50, 40))), 0.1);
        Assert.Equal(150, data.Report.Copies);
        Assert.Equal(data.TrainTokens, 4 * data.UniqueTrainTokens);
        using var whole = new ShardText(data, new(16, 1, 100));
        Assert.Equal(data.UniqueTrainTokens, whole.UniqueTokens);
        Assert.Equal(1.0, whole.Epochs(0, data.UniqueTrainTokens / 16), 0.01);

        using var subset = new ShardText(data, new(16, 1, 100) { UniqueTokens = data.UniqueTrainTokens });
        Assert.Equal(data.UniqueTrainTokens, subset.UniqueTokens);
        using var train = data.OpenTrain();
        var tokenizer = data.LoadTokenizer();
        var first = TokenSubset.First(train, tokenizer, data.UniqueTrainTokens, data.UniqueTrainTokens);
        var tokens = new long[first.Tokens];
        first.Read(0, tokens);
        var texts = tokenizer.Decode(tokens); // ends of documents decode to nothing
        Assert.All(Documents(data.OpenTrain(), data).Distinct(), text => Assert.Equal(2, texts.Split(text).Length));
        Assert.Throws<DataException>(() =>
            new ShardText(data, new(16, 1, 100) { UniqueTokens = data.UniqueTrainTokens + 1 }));
    }

    [Fact]
    public void In_a_mixture_a_text_and_its_twin_in_another_source_stand_on_one_side()
    {
        var texts = Enumerable.Range(0, 200).Select(i => Samples.Prose(i, 40)).ToList();
        var data = DataPreparation.Prepare(
            new([new("a", Records("a.jsonl", texts), 0.5),
                new("b", Records("b.jsonl", texts.Select(t => "  " + t)), 0.5)], new("bytes", 257), 0.2),
            _folder["state"], null, default);
        var held =
            data.Sources.Select(source =>
                Documents(data.OpenValidation(source), data).Select(Normal).Order(StringComparer.Ordinal).ToList())
                .ToList();
        Assert.Equal(held[0], held[1]);
        Assert.InRange(held[0].Count, 15, 75);
        Assert.Contains(data.Report.Notes,
            note => note.StartsWith("b: 200 documents repeat a text of an earlier source", StringComparison.Ordinal));
        Assert.Equal(data.TrainTokens, data.UniqueTrainTokens);
        Assert.Equal(data.UniqueTrainTokens, data.Sources.Sum(source => source.UniqueTrainTokens));
    }

    [Fact]
    public void Held_out_documents_that_stand_in_the_training_text_for_the_greater_part_are_counted()
    {
        // Each text once more, with a word in its middle changed and in capitals: other texts, but near copies.
        var texts = Enumerable.Range(0, 150).Select(i => Samples.Prose(i, 80)).ToList();
        var edited =
            texts.Select((t, i) => (t[..(t.Length / 2)] + $"edited{i}" + t[(t.Length / 2)..]).ToUpperInvariant());
        var data = Prepare(Records("edited.jsonl", texts.Concat(edited)), 0.2);
        var (train, held) = (Documents(data.OpenTrain(), data), Documents(data.OpenValidation(), data));
        static string Begin(string text) => text[..100].ToUpperInvariant();
        var parted = held.Select(Begin).Count(train.Select(Begin).ToHashSet().Contains);
        Assert.InRange(parted, 20, held.Count);
        // Of a text, one passage in sixteen is looked at: a few of the edited ones lose half of so few.
        var overlap = data.Report.Overlap;
        Assert.Equal(held.Count, overlap.Documents);
        Assert.InRange(overlap.NearCopies, parted - 3, parted);
        Assert.Contains(data.Report.Notes, note => note.StartsWith($"{overlap.NearCopies} of "
            + $"{held.Count} held-out documents (", StringComparison.Ordinal));
        Assert.Equal(0, data.Report.Copies);

        var apart = Prepare(new TextFiles([Samples.Documents(_folder, 150, 80)]), 0.2, "bpe", 300).Report;
        Assert.Equal(0, apart.Overlap.NearCopies);
        Assert.InRange(apart.Overlap.Documents, 15, 60);
        Assert.DoesNotContain(apart.Notes, note => note.Contains("near copies", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_but_one_text_in_other_white_space_cannot_be_split()
    {
        _folder.Write("same/a.txt", "the same\n");
        _folder.Write("same/b.txt", "the  same\r\n");
        Assert.Contains(
            "hold the same text",
            Assert.Throws<DataException>(() => Prepare(new TextFiles([_folder["same"]]))).Message,
            StringComparison.Ordinal);
    }
}
