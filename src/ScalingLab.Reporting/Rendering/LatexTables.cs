using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Rendering;

/// <summary>
/// The report's tables for a paper: each a tabular with the rules of booktabs, to be taken by \input, in pure ASCII and
/// right under pdflatex. Caption and place are the paper's.
/// </summary>
internal static class LatexTables
{
    // A tabular breaks over no page.
    private const int MostRows = 60;

    /// <summary>
    /// Makes the folder tables/ anew: a table that the report no longer has must not end up in a paper.
    /// </summary>
    public static async Task WriteAsync(IReadOnlyList<Block> blocks, string folder, List<string> files,
        CancellationToken stop)
    {
        var place = Path.Combine(folder, "tables");
        Directory.CreateDirectory(place);
        var tables = Render(blocks);
        foreach (var old in Directory.EnumerateFiles(place, "*.tex")
            .Where(f => tables.All(t => t.Name != Path.GetFileName(f)))) File.Delete(old);
        foreach (var (name, text) in tables)
        {
            await AtomicFile.WriteAsync(Path.Combine(place, name), text, stop).ConfigureAwait(false);
            files.Add($"tables/{name}");
        }
    }

    /// <summary>
    /// File names without folder, named by the headings that the tables stand under, and what is in them.
    /// </summary>
    public static IReadOnlyList<(string Name, string Text)> Render(IReadOnlyList<Block> blocks)
    {
        var headings = new PageHeadings(blocks);
        var taken = new HashSet<string>();
        var files = new List<(string, string)>();
        foreach (var (place, block) in blocks.Index())
        {
            if (block is not Table { IsList: false, Rows.Count: > 0 and <= MostRows } table) continue;
            var name = headings.IdAbove(place);
            for (var n = 2; !taken.Add(name); n++)
                name = FormattableString.Invariant($"{headings.IdAbove(place)}-table-{n}");
            files.Add(($"{name}.tex", Render(table, headings.Above(place))));
        }

        return files;
    }

    private static string Render(Table table, string heading)
    {
        var columns = string.Concat(table.Columns.Select((_, i) => Column(table, i)));
        var rows = table.Rows.Select(row => $"{string.Join(" & ", row.Select(Cell))} \\\\");
        return $"% {LatexText.Comment(heading)}. Needs "
            + $"\\usepackage{{booktabs}}.\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n"
            + $"{string.Join(" & ", table.Columns.Select(LatexText.Escaped))} "
                + $"\\\\\n\\midrule\n{string.Join('\n', rows)}\n\\bottomrule\n\\end{{tabular}}\n";
    }

    private static string Column(Table table, int column) => column >= table.TextColumns ? "r"
        : table.IsLong(column) ? "p{6cm}" : "l";

    private static string Cell(Line line) => string.Concat(line.Spans.Select(span => span.Style switch
    {
        TextStyle.Strong => $"\\textbf{{{LatexText.Escaped(span.Value)}}}",
        TextStyle.Code => $"\\texttt{{{LatexText.Escaped(span.Value)}}}",
        _ => LatexText.Escaped(span.Value),
    }));
}
