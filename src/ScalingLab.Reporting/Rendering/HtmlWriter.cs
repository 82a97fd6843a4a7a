using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Rendering;

/// <summary>
/// The report as one HTML file that needs nothing else: the SVGs stand in it, and a short script makes them answer. Its
/// policy lets nothing be loaded and runs this script alone, by its hash.
/// </summary>
internal static class HtmlWriter
{
    /// <param name="title">The page's title.</param>
    /// <param name="blocks">The report.</param>
    public static string Write(string title, IReadOnlyList<Block> blocks)
    {
        var script = (blocks.OfType<FigureBlock>().Any() ? FigureScript.Script : "") + PageScript.Script;
        var headings = new PageHeadings(blocks);
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
            + "form-action 'none'; ")
            .Append("img-src data:; style-src 'unsafe-inline'; script-src ").Append(Hash(script)).Append("\">\n");
        // Without an icon of its own a page makes a browser ask its server for one.
        page.Append("<link rel=\"icon\" href=\"data:,\">\n<title>").Append(Escape(title)).Append("</title>\n");
        page.Append("<style>\n").Append(FigureScript.Style).Append(PageStyle.Css)
            .Append("</style>\n</head>\n<body>\n<main>\n");
        foreach (var (place, block) in blocks.Index()) page.Append(Render(block, place, headings)).Append('\n');
        page.Append("</main>\n<script>").Append(script).Append("</script>\n");
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static string Render(Block block, int place, PageHeadings headings) => block switch
    {
        Heading h => $"<h{h.Level} id=\"{headings.Id(place)}\">{Escape(h.Text)}</h{h.Level}>",
        Paragraph p => $"<p>{Render(p.Text)}</p>",
        Finding f => $"<p class=\"finding\">{Render(f.Text)}</p>",
        Bullets b => $"<ul>\n{string.Concat(b.Items.Select(i => $"<li>{Render(i)}</li>\n"))}</ul>",
        Table t => Render(t, headings.Above(place)),
        Contents => $"<nav aria-label=\"Contents\">\n<ul>\n{string.Concat(headings.After(place)
            .Select(h => $"<li><a href=\"#{h.Id}\">{Escape(h.Text)}</a></li>\n"))}</ul>\n</nav>",
        Verbatim v => Wide(headings.Above(place), $"<pre><code>{Escape(v.Text.TrimEnd())}</code></pre>"),
        FigureBlock f => Render(f),
        _ => throw new ArgumentOutOfRangeException(nameof(block), block, null),
    };

    private static string Render(FigureBlock block)
    {
        var figure = block.Figure.Figure;
        var title = Escape(figure.Title);
        string Plot(string kind, string id, string svg) =>
            $"<div class=\"plot{kind}\" id=\"figure-{block.Number}{id}\" role=\"group\" "
                + $"aria-label=\"{title}\">{svg}</div>\n";
        var (wide, narrow) = NarrowFigure.Render(block.Figure) is { } svg
            ? (Plot(" broad", "", block.Figure.Svg), Plot(" narrow", "-narrow", svg))
            : (Plot("", "", block.Figure.Svg), "");
        return $"<figure>\n{wide}{narrow}<figcaption><b>Figure {block.Number}: {title}.</b> "
            + $"{Escape(figure.Caption)}</figcaption>\n</figure>";
    }

    private static string Render(Table table, string heading)
    {
        List<string> classes =
            [.. table.Columns.Select((_, i) => i >= table.TextColumns ? " class=\"n\"" : table.IsLong(i)
                ? " class=\"long\"" : "")];
        string Order(Line cell) => table.IsList && cell.Order is { } order
            ? $" data-v=\"{order.ToString("R", CultureInfo.InvariantCulture)}\"" : "";
        var head = string.Concat(table.Columns.Select((c, i) => $"<th scope=\"col\"{classes[i]}>{Escape(c)}</th>"));
        var rows = new StringBuilder();
        var isPaged = table.IsList && table.Rows.Count > ListRows.Shown;
        foreach (var row in isPaged ? table.Rows.Take(ListRows.Shown) : table.Rows)
        {
            rows.Append("<tr>");
            foreach (var (i, cell) in row.Index()) rows.Append("<td").Append(classes[i]).Append(Order(cell)).Append('>')
                .Append(Render(cell)).Append("</td>");
            rows.Append("</tr>\n");
        }

        var data = isPaged ? $"\n<script type=\"application/json\">{ListRows.ToJson(table)}</script>" : "";
        return Wide(heading,
            $"<table{(table.IsList ? " class=\"list\"" : "")}>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>{data}");
    }

    // What may be wider than the page scrolls by itself.
    private static string Wide(string heading, string content) =>
        $"<div class=\"wide\" role=\"group\" aria-label=\"{Escape(heading)}\">{content}</div>";

    private static string Render(Line line) => string.Concat(line.Spans.Select(Render));

    private static string Render(Span span) => (span.Style, span.Address) switch
    {
        (TextStyle.Strong, _) => $"<strong>{Escape(span.Value)}</strong>",
        (TextStyle.Code, _) => $"<code>{Escape(span.Value)}</code>",
        (_, { } address) => $"<a href=\"{Escape(address)}\">{Escape(span.Value)}</a>",
        _ => Escape(span.Value),
    };

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Hash(string script) =>
        $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";
}
