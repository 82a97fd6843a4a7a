using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace ScalingLab.Reporting;

/// <summary>
/// The report as one HTML file that needs nothing else: the SVGs stand in it, and a short script makes them answer. Its policy lets nothing be loaded and
/// runs this script alone, by its hash.
/// </summary>
internal static class HtmlWriter
{
    private const string Start = "document.querySelectorAll('.plot').forEach(liveFigure);\ndocument.body.dataset.figures = 'ready';\n";

    /// <param name="title">The page's title.</param>
    /// <param name="blocks">The report.</param>
    public static string Write(string title, IReadOnlyList<Block> blocks)
    {
        var script = blocks.OfType<FigureBlock>().Any() ? FigureScript.Script + Start : null;
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'; ")
            .Append("img-src data:; style-src 'unsafe-inline'; script-src ").Append(script is null ? "'none'" : Hash(script)).Append("\">\n");
        // Without an icon of its own a page makes a browser ask its server for one.
        page.Append("<link rel=\"icon\" href=\"data:,\">\n<title>").Append(Escape(title)).Append("</title>\n");
        page.Append("<style>\n").Append(PageStyle.Css).Append(FigureScript.Style).Append("</style>\n</head>\n<body>\n<main>\n");
        foreach (var block in blocks) page.Append(Of(block)).Append('\n');
        page.Append("</main>\n");
        if (script is not null) page.Append("<script>").Append(script).Append("</script>\n");
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static string Of(Block block) => block switch
    {
        Heading h => $"<h{h.Level}>{Escape(h.Text)}</h{h.Level}>",
        Paragraph p => $"<p>{Of(p.Text)}</p>",
        Finding f => $"<p class=\"finding\">{Of(f.Text)}</p>",
        Bullets b => $"<ul>\n{string.Concat(b.Items.Select(i => $"<li>{Of(i)}</li>\n"))}</ul>",
        Table t => Of(t),
        Verbatim v => $"<pre><code>{Escape(v.Text.TrimEnd())}</code></pre>",
        FigureBlock f => Of(f),
        _ => throw new ArgumentOutOfRangeException(nameof(block), block, null),
    };

    private static string Of(FigureBlock block)
    {
        var (figure, svg) = block.Figure;
        return $"<figure>\n<div class=\"plot\" id=\"figure-{block.Number}\" role=\"group\" aria-label=\"{Escape(figure.Title)}\">{svg}</div>\n" +
            $"<figcaption><b>Figure {block.Number}: {Escape(figure.Title)}.</b> {Escape(figure.Caption)}</figcaption>\n</figure>";
    }

    private static string Of(Table table)
    {
        string Class(int column) => column < table.TextColumns ? "" : " class=\"n\"";
        var head = string.Concat(table.Columns.Select((c, i) => $"<th scope=\"col\"{Class(i)}>{Escape(c)}</th>"));
        var rows = string.Concat(table.Rows.Select(r => $"<tr>{string.Concat(r.Select((c, i) => $"<td{Class(i)}>{Of(c)}</td>"))}</tr>\n"));
        return $"<div class=\"wide\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>";
    }

    private static string Of(Line line) => string.Concat(line.Spans.Select(s => s.Style switch
    {
        TextStyle.Strong => $"<strong>{Escape(s.Value)}</strong>",
        TextStyle.Code => $"<code>{Escape(s.Value)}</code>",
        _ => Escape(s.Value),
    }));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Hash(string script) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";
}
