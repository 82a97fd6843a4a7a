using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;

namespace ScalingLab.Reporting.Comparisons;

/// <summary>What two sweeps were given differently.</summary>
internal static class CompareGrids
{
    public static IEnumerable<Block> Write(CompareContent content)
    {
        var (a, b) = (content.A, content.B);
        var pairs = content.Pairing.Recipes.SelectMany(r => r.Pairs).ToList();
        return
        [
            new Heading(2, "What differs"),
            .. Fields(a, b),
            new Paragraph("What the runs themselves say:"),
            Runs(a, b),
            .. pairs.Count == 0 ? (IReadOnlyList<Block>)[] : [Paired(pairs), .. UnknownText(a, b)],
        ];
    }

    /// <summary>The fields of the grids that are not alike.</summary>
    private static IEnumerable<Block> Fields(ComparedSweep a, ComparedSweep b)
    {
        var (left, right) = (a.Table.About.Grid, b.Table.About.Grid);
        if (left is null || right is null)
        {
            yield return new Paragraph($"The grid of {(left is null ? a.Name : b.Name)} is not recorded with its "
                + "results: what follows is read from the runs.");
            yield break;
        }

        var fields = GridDifference.Compare(left, right);
        if (fields.Count == 0)
        {
            yield return new Paragraph("The grids say the same but for name and question.");
            yield break;
        }

        yield return new Paragraph("The fields of the grids that are not alike. One that is not given has its "
            + "default, which a later version of "
            + "the program may have changed.");
        yield return new Table(
            ["field", a.Name, b.Name],
            [.. fields.Select(f => (IReadOnlyList<Line>)[Line.Code(f.Field), Given(f.A), Given(f.B)])],
            TextColumns: 3);
    }

    private static Table Runs(ComparedSweep a, ComparedSweep b) => new(["", a.Name, b.Name],
        [.. new (string Name, Func<ComparedSweep, string> Say)[]
        {
            ("completed runs", s => $"{ReportText.Whole(s.Runs.Count)} of {ReportText.Whole(s.Table.Runs.Count)}"),
            ("N", s => Range(s, r => r.ParametersWithHead)),
            ("D, tokens", s => Range(s, r => r.Tokens)),
            ("C, FLOPs", s => Range(s, r => r.Flops, v => Numbers.Scientific(v))),
            ("text", s => s.Table.About.Data?.Corpus ?? "not recorded"),
            ("tokenizer", s => s.Table.About.Data?.Tokenizer ?? "not recorded"),
            ("seeds",
                s => string.Join(", ", s.Runs.Select(r => r.Seed).Distinct().Order().Take(12)
                    .Select(v => ReportText.Whole(v)))),
            ("learning rate", s => Range(s, r => r.LearningRate, v => Numbers.Significant(v, 3))),
            ("batch, tokens", s => Range(s, r => r.BatchTokens)),
            ("precision", s => Words(s, r => EnumNames.ToName(r.Precision))),
            ("device", s => Words(s, r => r.Device ?? "not recorded")),
        }.Select(row => (IReadOnlyList<Line>)[row.Name, row.Say(a), row.Say(b)])], TextColumns: 3);

    /// <summary>In what the two runs of a pair differ, and how often.</summary>
    private static Paragraph Paired(List<RunPair> pairs)
    {
        (string Name, Func<RunRow, object> Value)[] facts =
        [
            ("learning rate", r => r.LearningRate), ("batch", r => r.BatchTokens),
            ("number of parameters", r => r.ParametersTotal), ("precision", r => r.Precision),
            ("tokens", r => r.Tokens),
        ];
        var differ = facts.Select(f => (f.Name, Count: pairs.Count(p => !f.Value(p.A).Equals(f.Value(p.B)))))
            .Where(f => f.Count > 0).ToList();
        return new Paragraph(differ.Count == 0 ? "Paired runs have the same rate, batch, precision, tokens and "
            + "number of parameters."
            : $"Of {ReportText.Plural(pairs.Count, "pair")} of runs "
                + $"{string.Join(", ", differ.Select(f => $"{ReportText.Whole(f.Count)} differ in {f.Name}"))}.");
    }

    private static IEnumerable<Block> UnknownText(ComparedSweep a, ComparedSweep b)
    {
        if (a.Table.About.Data is not null && b.Table.About.Data is not null) yield break;
        yield return new Paragraph($"The text of {(a.Table.About.Data is null ? a.Name : b.Name)} is not recorded "
            + "with its results. Losses of "
            + "different texts are not comparable: the differences below hold only if both sweeps had the same "
                + "text, tokenizer and held-out part.");
    }

    private static Line Given(string value) => value.Length > 0 ? Line.Code(value) : "not given";

    private static string Words(ComparedSweep sweep, Func<RunRow, string> word) =>
        string.Join(", ", sweep.Runs.Select(word).Distinct());

    private static string Range(ComparedSweep sweep, Func<RunRow, double> value, Func<double, string>? say = null)
    {
        if (sweep.Runs.Count == 0) return "";
        say ??= Numbers.Count;
        var (low, high) = (say(sweep.Runs.Min(value)), say(sweep.Runs.Max(value)));
        return low == high ? low : $"{low} to {high}";
    }
}
