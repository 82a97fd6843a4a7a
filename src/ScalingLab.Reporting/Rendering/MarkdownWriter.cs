using System.Globalization;
using System.Text;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Rendering;

/// <summary>The report as GitHub-flavoured Markdown; figures are links to their SVG.</summary>
internal static class MarkdownWriter
{
    private const string Special = "\\`*_{}[]<>#|~$&";

    // A longer list is the page's.
    private const int MostListed = 60;

    public static string Write(IReadOnlyList<Block> blocks) =>
        string.Join("\n\n", blocks.Where(b => b is not Contents).Select(Render)) + "\n";

    private static string Render(Block block) => block switch
    {
        Heading h => $"{new string('#', h.Level)} {Escape(h.Text)}",
        Paragraph p => Render(p.Text),
        Finding f => $"> {Render(f.Text)}",
        Bullets b => string.Join('\n', b.Items.Select(i => $"- {Render(i)}")),
        Table { IsList: true, Rows.Count: > MostListed } t =>
            $"{t.Rows.Count.ToString(CultureInfo.InvariantCulture)} rows, which `report.html` has.",
        Table t => Render(t),
        Verbatim v => $"{Fence(v.Text)}\n{v.Text.TrimEnd()}\n{Fence(v.Text)}",
        FigureBlock { Figure.Figure: var figure } f =>
            $"![{Escape(figure.Title)}](figures/{figure.Name}.svg)\n\n{Caption(f.Number, figure)} "
                + $"([PDF](figures/{figure.Name}.pdf), " +
            $"[PNG](figures/{figure.Name}.png), [data](figures/{figure.Name}.csv))",
        _ => throw new ArgumentOutOfRangeException(nameof(block), block, null),
    };

    private static string Caption(int number, Figure figure) =>
        $"**Figure {number}: {Escape(figure.Title)}.** {Escape(figure.Caption)}";

    private static string Render(Table table)
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", table.Columns.Select(Escape)).Append(" |\n|");
        for (var i = 0; i < table.Columns.Count; i++) text.Append(i < table.TextColumns ? " --- |" : " ---: |");
        foreach (var row in table.Rows) text.Append("\n| ").AppendJoin(" | ", row.Select(Render)).Append(" |");
        return text.ToString();
    }

    private static string Render(Line line) => string.Concat(line.Spans.Select(Render));

    private static string Render(Span span) => (span.Style, span.Address) switch
    {
        (TextStyle.Strong, _) => $"**{Escape(span.Value)}**",
        (TextStyle.Code, _) => Code(span.Value),
        (_, { } address) => $"[{Escape(span.Value)}]({address})",
        _ => Escape(span.Value),
    };

    // A code span may hold back-ticks if more of them stand around it; in a table a bar would end the cell.
    private static string Code(string text)
    {
        var line = text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
        var ticks = new string('`', 1 + LongestRun(line));
        return line.Contains('`', StringComparison.Ordinal) ? $"{ticks} {line} {ticks}" : $"{ticks}{line}{ticks}";
    }

    private static string Fence(string text) => new('`', Math.Max(3, 1 + LongestRun(text)));

    private static int LongestRun(string text)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text) longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        return longest;
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text.ReplaceLineEndings(" "))
        {
            if (Special.Contains(c, StringComparison.Ordinal)) escaped.Append('\\');
            escaped.Append(c);
        }

        return escaped.ToString();
    }
}
