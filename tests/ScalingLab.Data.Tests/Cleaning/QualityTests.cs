using System.Text.Json;
using ScalingLab.Data.Cleaning;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Quality;

namespace ScalingLab.Data.Tests.Cleaning;

/// <summary>Filters, languages and personal data of documents.</summary>
public sealed class QualityTests : IDisposable
{
    private const string English =
        "The committee said that it would look at the plan again in the spring. It was one of many that have to be "
        + "made by the city before the end of the year, and not all of them are liked. A vote is to follow, with the "
        + "mayor in favour of it. People from the town came to listen, and most of them left before the end.";

    private const string Swahili =
        "Rais alisema kuwa serikali ya nchi hiyo itatoa fedha kwa ajili ya shule za msingi na sekondari katika mikoa "
        + "yote. Wananchi wa mji huo wamefurahi kwa sababu ya mpango huo, lakini baadhi ya wabunge hawakubaliani na "
        + "hatua hiyo. Kwa sasa ni kama kila mtu anasubiri.";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static List<string> Failing(string text)
    {
        var measures = TextMeasures.Of(text);
        return [.. QualityFilter.All.Where(filter => !filter.IsLanguage && !filter.Passes(measures))
            .Select(filter => filter.Name)];
    }

    [Fact]
    public void Plain_prose_passes_every_filter() => Assert.Empty(Failing(English));

    [Theory]
    [InlineData("gopher-words", "Too short a text. It has few words. That is all.")]
    [InlineData("gopher-symbols", "#one #two #three")]
    [InlineData("gopher-bullets", "- one\n- two\n* three")]
    [InlineData("gopher-ellipsis", "Read more...\nAnd more…\nThe end.")]
    [InlineData("gopher-letters", "12 34 56 78 and")]
    [InlineData("gopher-word-length", "a b c d e f")]
    [InlineData("gopher-stop-words", "Lorem dolor sit amet consectetur")]
    [InlineData("gopher-repeated-lines", "One line.\nOne line.\nOne line.")]
    [InlineData("gopher-repeated-runs", "buy it now buy it now buy it now buy it now")]
    [InlineData("c4-sentences", "One sentence. Two of them.")]
    [InlineData("c4-braces", "function() { }")]
    [InlineData("c4-lorem-ipsum", "Lorem Ipsum dolor")]
    [InlineData("fineweb-punctuation", "Home\nAbout\nContact")]
    [InlineData("fineweb-repeated-lines", "All the news of today\nAll the news of today\nAnd more of it")]
    [InlineData("fineweb-short-lines", "Home\nAbout\nContact")]
    public void Each_filter_stops_what_it_is_for(string filter, string text) => Assert.Contains(filter, Failing(text));

    [Fact]
    public void Languages_are_told_by_their_stop_words()
    {
        Assert.Equal("en", TextMeasures.Of(English).Language?.Code);
        Assert.Equal("sw", TextMeasures.Of(Swahili).Language?.Code);
        Assert.Equal("fr", TextMeasures.Of("Le chat est dans la maison et il ne veut pas sortir.").Language?.Code);
        Assert.Equal("de", TextMeasures.Of("Der Hund ist nicht in dem Haus und auf der Straße.").Language?.Code);
        Assert.Null(TextMeasures.Of("東京は日本の首都です").Language);
        Assert.Null(TextMeasures.Of("").Language);
    }

    [Fact]
    public void Languages_of_real_news_are_told_with_few_errors()
    {
        foreach (var (folder, code) in (ReadOnlySpan<(string, string)>)[("english-news", "en"), ("swahili-news", "sw")])
        {
            var path = Repository.Shared("data", folder, "dev.tsv");
            if (!File.Exists(path)) continue; // the reference text is not beside the repository
            var languages = CorpusText.Read(new DelimitedFiles([path], "text", Tabs: true), default)
                .Select(text => TextMeasures.Of(text).Language?.Code).ToList();
            Assert.True(languages.Count(language => language == code) >= 0.99 * languages.Count, folder);
        }
    }

    [Fact]
    public void Personal_data_are_counted_by_form_and_check_digits()
    {
        Assert.Equal(new PersonalData(2, 2, 1, 1, 1), PersonalData.In(
            "Write to a.b+c@mail.example.org or x@y.co.ke, call +255 22 211 1111 or (+44) no, +1-202-555-0143; "
            + "from 8.8.4.4 and 192.168.1.1, not 300.1.1.1 or 1.2.3.4.5; pay to GB82 WEST 1234 5698 7654 32, not "
            + "GB82 WEST 1234 5698 7654 33; card 4111 1111 1111 1111 and not 4111 1111 1111 1112."));
        Assert.Equal(PersonalData.None,
            PersonalData.In("In 2024 there were 1,234,567,890,123 of 0000 0000 0000 0000."));
    }

    [Fact]
    public void Only_what_is_asked_for_is_removed_and_all_is_counted()
    {
        string[] texts = [English, Swahili, "fuck", $"{English} Mail a@b.example."];
        var path = _folder.Write("a.jsonl",
            string.Concat(texts.Select(text => JsonSerializer.Serialize(new { text }) + "\n")));
        var report = QualityFiltering.Run(
            new(new JsonLines([path], "text"), [QualityFilter.Find("language-en")!]) { Out = _folder["out.jsonl"] },
            default);
        Assert.Equal([texts[0], texts[3]], File.ReadLines(_folder["out.jsonl"])
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()));
        Assert.Equal((4, 2), (report.Read.Documents, report.Kept.Documents));
        Assert.Equal(2, report.Filters.Single(filter => filter.IsApplied).Failing.Documents);
        Assert.Equal(2, report.Filters.Single(filter => filter.Name == "gopher-words").Failing.Documents);
        Assert.Equal((1, 1, 1), (report.PersonalData.Emails, report.PersonalDataDocuments, report.Profanities));
        Assert.Equal([("English", 2L), ("Swahili", 1L), ("unknown", 1L)],
            report.Languages.Select(one => (one.Language, one.Count.Documents)));
    }
}
