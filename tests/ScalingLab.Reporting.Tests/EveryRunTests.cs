using ScalingLab.Runs;

namespace ScalingLab.Reporting.Tests;

/// <summary>The list of runs, of none and of very many.</summary>
public sealed class EveryRunTests
{
    [Fact]
    public void Ten_thousand_runs_are_thinned_to_what_a_page_holds_with_the_odd_and_the_best_among_them()
    {
        var row = RunRow.Of("many", Sweeps.Quickstart().Runs[0]);
        var runs = Enumerable.Range(0, 10_000).Select(i => row with
        {
            RunId = FormattableString.Invariant($"{i:x16}"), LossValidation = 2 + (0.0001 * (i * 7919 % 10_000)),
            State = i % 1000 == 5 ? RunState.Failed : RunState.Completed, Flags = i == 77 ? RunDefects.Overfitted : RunDefects.None,
        }).ToList();
        var blocks = EveryRunSection.Write(runs).ToList();
        var table = Assert.Single(blocks.OfType<Table>());
        Assert.Equal(2000, table.Rows.Count);
        var listed = table.Rows.Select(r => r[0].Text).ToList();
        var odd = runs.Where(r => r.State == RunState.Failed || r.Flags != RunDefects.None);
        Assert.All(odd.Append(runs.Where(r => r.State == RunState.Completed).MinBy(r => r.LossValidation)!), r => Assert.Contains(r.RunId, listed));
        Assert.Equal(listed, runs.Select(r => r.RunId).Where(listed.Contains));
        Assert.Contains("Of 10000 runs these are 2000", blocks.OfType<Paragraph>().Single().Text.Text, StringComparison.Ordinal);
        Assert.Contains("2000 rows, which `report.html` has.", MarkdownWriter.Write(blocks), StringComparison.Ordinal);
        Assert.Empty(LatexTables.Of(blocks));
    }

    [Fact]
    public void Five_hundred_runs_are_all_there_and_no_runs_have_no_list()
    {
        var row = RunRow.Of("many", Sweeps.Quickstart().Runs[0]);
        var runs = Enumerable.Range(0, 500).Select(i => row with { RunId = FormattableString.Invariant($"{i:x16}") }).ToList();
        Assert.Equal(500, EveryRunSection.Write(runs).OfType<Table>().Single().Rows.Count);
        Assert.Empty(EveryRunSection.Write([]));
    }

    [Fact]
    public async Task Results_without_a_run_are_reported_as_such()
    {
        using var folder = new TemporaryFolder();
        await ResultsWriter.WriteAsync(Sweeps.Quickstart() with { Runs = [] }, folder.Path, Sweeps.Quick);
        var first = File.ReadAllText(folder["report.md"]);
        Assert.Contains("> No run completed, so nothing is known yet.", first, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", first, StringComparison.Ordinal);
        await ResultsWriter.RewriteAsync(folder.Path, Sweeps.Quick);
        Assert.Contains("> No run completed, so nothing is known yet.", File.ReadAllText(folder["report.md"]), StringComparison.Ordinal);
    }
}
