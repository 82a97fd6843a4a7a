using System.Text.Json;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Rendering;
using ScalingLab.Reporting.Sections;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>The list of runs, of none and of very many.</summary>
public sealed class EveryRunTests
{
    [Fact]
    public void Ten_thousand_runs_are_all_there_the_first_as_rows_and_every_one_as_data()
    {
        var runs = Many(10_000);
        var blocks = EveryRunSection.Write(runs).ToList();
        var table = Assert.Single(blocks.OfType<Table>());
        Assert.Equal(10_000, table.Rows.Count);
        Assert.Contains("shows 100 at a time", blocks.OfType<Paragraph>().Single().Text.Text, StringComparison.Ordinal);
        Assert.Contains("10000 rows, which `report.html` has.", MarkdownWriter.Write(blocks), StringComparison.Ordinal);
        Assert.Empty(LatexTables.Render(blocks));
        var page = HtmlWriter.Write("many", blocks);
        Assert.Equal(101, page.Split("<tr>").Length - 1);
        Assert.InRange(page.Length, 100_000, 1_500_000);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        using var columns = JsonDocument.Parse(ListRows.ToJson(table));
        var (ids, losses) = (Texts(columns, table, "run"), Texts(columns, table, "loss"));
        Assert.Equal(runs.Select(r => r.RunId), ids);
        Assert.Equal(table.Rows.Select(r => r[table.Columns.ToList().IndexOf("loss")].Text), losses);
        // Their places are in the order of the numbers, of which the texts have fewer digits.
        var places = columns.RootElement[table.Columns.ToList().IndexOf("loss")].GetProperty("rows").EnumerateArray()
            .Select(v => v.GetInt32()).ToList();
        Assert.Equal(runs.OrderBy(r => r.LossValidation).Select(r => r.RunId),
            Enumerable.Range(0, runs.Count).OrderBy(i => places[i]).Select(i => ids[i]));
    }

    [ChromiumFact]
    public async Task A_long_list_turns_its_pages_and_sorts_and_filters_all_its_rows()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["report.html"], HtmlWriter.Write("many", [.. EveryRunSection.Write(Many(250))]));
        await using var page = await Chromium.OpenAsync(new Uri(folder["report.html"]));
        const string Rows = "[...document.querySelectorAll('table.list tbody tr')]",
            Bar = "document.querySelector('.filter')";
        async Task<string> Text(string script) => (await page.ValueAsync(script)).ToString();
        await page.UntilAsync($"{Bar}?.textContent.includes('page 1 of 3')");
        Assert.Equal("100", await Text($"{Rows}.length"));
        Assert.Contains("250 rows", await Text($"{Bar}.textContent"), StringComparison.Ordinal);
        await page.ValueAsync($"{Bar}.querySelectorAll('button')[1].click(); "
            + $"{Bar}.querySelectorAll('button')[1].click()");
        Assert.Equal("50", await Text($"{Rows}.length"));
        Assert.Equal("True", await Text($"{Bar}.querySelectorAll('button')[1].disabled"));
        Assert.Equal("00000000000000c8", await Text($"{Rows}[0].cells[0].textContent"));

        // The lowest loss stands on another page than the first.
        await page.ValueAsync("[...document.querySelectorAll('table.list th button')].find(b => b.textContent === "
            + "'loss').click()");
        Assert.Contains("page 1 of 3", await Text($"{Bar}.textContent"), StringComparison.Ordinal);
        Assert.Equal("0000000000000000,0000000000000017,000000000000002e",
            await Text($"{Rows}.slice(0, 3).map(r => r.cells[0].textContent).join()"));
        await page.ValueAsync("{ const f = document.querySelector('.filter input'); f.value = 'c8'; "
            + "f.dispatchEvent(new Event('input')) }");
        Assert.Equal("1 of 250", await Text($"{Bar}.querySelector('output').textContent"));
        Assert.Equal("CODE", await Text($"{Rows}[0].cells[0].firstChild.tagName"));
        await page.RequireAccessibleAsync();
        Assert.Empty(page.Console);
    }

    [Fact]
    public void Five_hundred_runs_are_all_there_and_no_runs_have_no_list()
    {
        var row = RunRow.From("many", Sweeps.Quickstart().Runs[0]);
        var runs = Enumerable.Range(0, 500).Select(i => row with { RunId = FormattableString.Invariant($"{i:x16}") })
            .ToList();
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
        Assert.Contains("> No run completed, so nothing is known yet.", File.ReadAllText(folder["report.md"]),
            StringComparison.Ordinal);
    }

    // Losses that the list's digits do not tell apart are in another order than the runs.
    private static List<RunRow> Many(int count)
    {
        var row = RunRow.From("many", Sweeps.Quickstart().Runs[0]) with { Model = "<b>&'\"" };
        return [.. Enumerable.Range(0, count).Select(i => row with
        {
            RunId = FormattableString.Invariant($"{i:x16}"), LossValidation = 2
                + (0.00001 * (i * LossStep(count) % count)),
            State = i % 1000 == 5 ? RunState.Failed : RunState.Completed, Flags = i == 77 ? RunDefects.Overfitted
                : RunDefects.None,
        })];
    }

    private static int LossStep(int count) => count == 250 ? 87 : 7919;

    private static List<string> Texts(JsonDocument columns, Table table, string name)
    {
        var column = columns.RootElement[table.Columns.ToList().IndexOf(name)];
        var texts = column.GetProperty("texts").EnumerateArray().Select(v => v.GetString()!).ToList();
        return [.. column.GetProperty("rows").EnumerateArray().Select(v => texts[v.GetInt32()])];
    }
}
