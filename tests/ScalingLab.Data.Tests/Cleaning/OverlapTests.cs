using System.Text.Json;
using ScalingLab.Data.Cleaning;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Overlaps;

namespace ScalingLab.Data.Tests.Cleaning;

/// <summary>Evaluation text that stands in training text, against plain comparison of words.</summary>
public sealed class OverlapTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private JsonLines Lines(string name, params IEnumerable<string> texts) => new(
        [_folder.Write(name, string.Concat(texts.Select(t => JsonSerializer.Serialize(new { t }) + "\n")))], "t");

    private static OverlapReport Run(CorpusSource training, CorpusSource evaluation, string? output = null,
        OverlapCut cut = OverlapCut.Documents) =>
        OverlapSearch.Run(new(training, evaluation) { Out = output, Cut = cut }, null, default);

    private static string Text(int seed, int words) => string.Join(' ', DuplicateSearchTests.Words(seed, words));

    private List<string> Written(string name) =>
        [.. File.ReadLines(_folder[name])
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("t").GetString()!)];

    [Fact]
    public void Shares_are_those_of_comparing_every_run_of_thirteen_words()
    {
        var random = new Random(4);
        List<string> training = [.. Enumerable.Range(0, 40).Select(i => Text(i, 200))];
        List<string> evaluation = [.. Enumerable.Range(0, 30).Select(i =>
        {
            // Text of its own, with a piece of a training document of up to 40 words within.
            var piece = training[random.Next(40)].Split(' ')[random.Next(100)..][..random.Next(0, 40)];
            return string.Join(' ', Text(500 + i, 30).Split(' ').Concat(piece).Concat(Text(900 + i, 10).Split(' ')));
        })];
        HashSet<string> runs = [.. training.SelectMany(Runs)];
        var expected = evaluation.Select(text => Runs(text).Average(run => runs.Contains(run) ? 1.0 : 0))
            .Where(share => share > 0).OrderDescending().ToList();
        var report = Run(Lines("train.jsonl", training), Lines("eval.jsonl", evaluation));
        Assert.Equal(expected, report.Documents.Select(document => document.Share));
        Assert.Equal((30, 30, expected.Count),
            (report.Sets[0].Documents, report.Sets[0].Compared, report.Sets[0].Touched));
        Assert.InRange(expected.Count, 5, 29);

        static IEnumerable<string> Runs(string text)
        {
            var words = text.Split(' ');
            return Enumerable.Range(0, words.Length - 12).Select(i => string.Join(' ', words[i..(i + 13)]));
        }
    }

    [Fact]
    public void Capitals_and_punctuation_do_not_count_and_short_documents_are_one_run()
    {
        var words = Text(1, 40).Split(' ');
        var report = Run(
            Lines("train.jsonl", string.Join(' ', words)),
            Lines("eval.jsonl", string.Join(", ", words[3..18]).ToUpperInvariant() + "!",
                string.Join(' ', words[5..13]),
                string.Join(' ', words[5..12]), string.Join(' ', words[5..12].Append("w-else").Append("x"))));
        Assert.Equal([("eval.jsonl:1", 1.0), ("eval.jsonl:2", 1.0)],
            report.Documents.Select(document => (document.Name, document.Share)));
        Assert.Equal((4, 3, 2), (report.Sets[0].Documents, report.Sets[0].Compared, report.Sets[0].Whole));
        Assert.Equal("train.jsonl:1", report.Documents[0].FirstTraining);
    }

    [Fact]
    public void Training_documents_with_evaluation_text_are_dropped()
    {
        var (clean, dirty) = (Text(1, 50), Text(2, 50));
        var report = Run(Lines("train.jsonl", clean, dirty), Lines("eval.jsonl", dirty), _folder["out.jsonl"]);
        Assert.Equal([clean], Written("out.jsonl"));
        Assert.Equal(("documents", 1, 1), (report.Removal!.Kind, report.Removal.Documents,
            report.Removal.WrittenDocuments));
        Assert.Equal(dirty.Length, report.Removal.RemovedBytes);
    }

    [Fact]
    public void Passages_are_cut_with_two_hundred_letters_either_side_and_the_rest_stays_in_pieces()
    {
        var (before, shared, after) = (Text(1, 200), Text(2, 30), Text(3, 20));
        Run(Lines("train.jsonl", $"{before} {shared} {after}"), Lines("eval.jsonl", shared), _folder["out.jsonl"],
            OverlapCut.Passages);
        var piece = Assert.Single(Written("out.jsonl"));
        Assert.StartsWith(piece, before, StringComparison.Ordinal);
        Assert.InRange(before.Length - piece.Length, 200, 210);
        var left = Run(Lines("train.jsonl", piece), Lines("eval.jsonl", shared));
        Assert.Empty(left.Documents);
    }
}
