using System.Text;
using System.Text.Json;
using ScalingLab.Data.Cleaning;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Tests.Cleaning;

/// <summary>Parts of texts, and texts put together.</summary>
public sealed class SubsetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private JsonLines Lines(string name, int seed, int count) => new([_folder.Write(name, string.Concat(
        Enumerable.Range(0, count).Select(i => JsonSerializer.Serialize(
            new { id = i, text = $"{name} {i} {Samples.Prose(seed + i, 5 + (i % 40))}" }) + "\n")))], "text");

    private List<string> Texts(string name) => [.. File.ReadLines(_folder[name])
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)];

    private SubsetReport Take(CorpusSource source, long bytes, string name, SubsetUnit unit = SubsetUnit.Bytes) =>
        Subset.Take(new(source, unit, bytes, _folder[name]), default);

    [Fact]
    public void A_smaller_subset_is_part_of_a_larger_one_and_as_large_as_whole_documents_allow()
    {
        var source = Lines("a.jsonl", 1, 300);
        var (small, large) = (Take(source, 8_000, "s.jsonl"), Take(source, 20_000, "l.jsonl"));
        Assert.Empty(Texts("s.jsonl").Except(Texts("l.jsonl")));
        Assert.Equal(small.Size, Texts("s.jsonl").Sum(text => Encoding.UTF8.GetByteCount(text)));
        Assert.InRange(small.Size, 7_000, 8_000);
        Assert.InRange(large.Size, 19_000, 20_000);
        // A fair sample: not the first documents of the file.
        var all = File.ReadLines(source.Paths[0]).ToList();
        Assert.NotEqual(all.Take((int)small.Taken.Documents), File.ReadLines(_folder["s.jsonl"]));
        var written = File.ReadLines(_folder["s.jsonl"]).ToList();
        Assert.Equal(all.Where(written.ToHashSet().Contains), written);
    }

    [Fact]
    public void A_text_that_stands_twice_is_taken_once()
    {
        var path = _folder.Write("a.jsonl", string.Concat(Enumerable.Repeat("{\"text\":\"same\"}\n", 5))
            + "{\"text\":\"other\"}\n");
        var report = Take(new JsonLines([path], "text"), 2, "out.jsonl", SubsetUnit.Documents);
        Assert.Equal(["other", "same"], Texts("out.jsonl").Order());
        Assert.Equal((6, 2), (report.Read.Documents, report.Taken.Documents));
        var more = Assert.Throws<DataException>(
            () => Take(new JsonLines([path], "text"), 3, "more.jsonl", SubsetUnit.Documents));
        Assert.Contains("3 documents are asked for; the text has 2", more.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["more.jsonl"]));
    }

    [Fact]
    public void Byte_tokens_count_the_end_of_each_document()
    {
        var report = Take(Lines("a.jsonl", 1, 50), 2_000, "out.jsonl", SubsetUnit.ByteTokens);
        Assert.Equal(report.Taken.Bytes + report.Taken.Documents, report.Size);
    }

    [Fact]
    public void A_mixture_has_the_shares_asked_for_in_every_stretch()
    {
        MixPart[] parts = [new("a", Lines("a.jsonl", 1, 400), 3), new("b", Lines("b.jsonl", 900, 400), 1)];
        var report = Mix.Write(parts, 20_000, _folder["mix.jsonl"], default);
        Assert.All(report.Parts, part => Assert.InRange(part.Share, part.Weight - 0.02, part.Weight + 0.02));
        var texts = Texts("mix.jsonl");
        Assert.Equal(texts.Count, texts.Distinct().Count());
        Assert.InRange(report.Bytes, 19_000, 20_000);
        var half = texts.Take(texts.Count / 2).ToList();
        var share = (double)half.Where(text => text.StartsWith('a')).Sum(text => text.Length) / half.Sum(t => t.Length);
        Assert.InRange(share, 0.72, 0.78);
    }

    [Fact]
    public void A_text_that_stands_in_several_parts_of_a_mixture_is_taken_once()
    {
        var (one, other) = (new[] { "same", "first" }, new[] { "next", "same" });
        MixPart[] parts = [new("a", Plain("a.jsonl", one), 1), new("b", Plain("b.jsonl", other), 1)];
        var report = Mix.Write(parts, null, _folder["mix.jsonl"], default);
        Assert.Equal(1, Texts("mix.jsonl").Count(text => text is "same") + Texts("mix.jsonl").Count(t => t is "first"));
        Assert.Equal((9, 4), (report.Parts[0].AvailableBytes, report.Parts[1].AvailableBytes));
        MixPart[] twins = [new("a", Plain("a.jsonl", one), 1), new("c", Plain("c.jsonl", one), 1)];
        var refused = Assert.Throws<DataException>(() => Mix.Write(twins, null, _folder["none.jsonl"], default));
        Assert.StartsWith("c: has no text of its own", Assert.Single(refused.Problems), StringComparison.Ordinal);

        JsonLines Plain(string name, string[] texts) => new(
            [_folder.Write(name, string.Concat(texts.Select(text => JsonSerializer.Serialize(new { text }) + "\n")))],
            "text");
    }

    [Fact]
    public void A_share_shorter_than_a_document_is_refused_and_one_that_whole_documents_miss_is_said()
    {
        _folder.Write("long.jsonl", string.Concat("ab".Select(letter =>
            JsonSerializer.Serialize(new { text = new string(letter, 500) }) + "\n")));
        _folder.Write("short.jsonl", """{"text":"one"}""" + "\n");
        MixPart[] parts = [new("long", new JsonLines([_folder["long.jsonl"]], "text"), 0.9),
            new("short", new JsonLines([_folder["short.jsonl"]], "text"), 0.1)];
        var refused = Assert.Throws<DataException>(() => Mix.Write(parts, null, _folder["mix.jsonl"], default));
        Assert.Equal("long: its share is 27 bytes, and its first document by hash is longer: give more text of short, "
            + "which is the scarcest.", Assert.Single(refused.Problems));
        Assert.False(File.Exists(_folder["mix.jsonl"]));

        MixPart[] few = [parts[0] with { Weight = 1 }, new("b", Lines("b.jsonl", 900, 400), 1)];
        Assert.StartsWith("long has 4", Mix.Write(few, 1_500, _folder["few.jsonl"], default).Notes[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_mixture_without_a_length_uses_the_scarcest_text_up()
    {
        MixPart[] parts = [new("a", Lines("a.jsonl", 1, 400), 1), new("b", Lines("b.jsonl", 900, 40), 1)];
        var report = Mix.Write(parts, null, _folder["mix.jsonl"], default);
        Assert.Equal(("b", 40L), (report.Limit, report.Parts[1].Taken.Documents));
        var more = Assert.Throws<DataException>(() => Mix.Write(parts, 1_000_000, _folder["more.jsonl"], default));
        Assert.Equal(2, more.Problems.Count);
        Assert.StartsWith("a: its share of 1,000,000 bytes is 500,000, and it has", more.Problems[0],
            StringComparison.Ordinal);
    }
}
