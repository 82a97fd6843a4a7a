using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ScalingLab.Reporting;

/// <summary>
/// The report as one HTML file that needs nothing else: the SVGs stand in it, and where scripts run and Vega was at hand, each is
/// replaced by the interactive figure. Its policy lets nothing be loaded and runs these scripts alone, by their hashes; Vega's expressions
/// are interpreted, not compiled, so that no script is made from text.
/// </summary>
internal static partial class HtmlWriter
{
    /// <param name="title">The page's title.</param>
    /// <param name="blocks">The report.</param>
    /// <param name="scripts">The texts of vega, vega-lite and vega-embed; none where they are not installed.</param>
    public static string Write(string title, IReadOnlyList<Block> blocks, IReadOnlyList<string> scripts)
    {
        var figures = blocks.OfType<FigureBlock>().Where(f => f.Figure.Svg is not null).ToList();
        List<string> inline = figures.Count == 0 || scripts.Count == 0 ? [] : [.. scripts.Select(Inline), Starter(figures)];
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'; ")
            .Append("img-src data: blob:; style-src 'unsafe-inline'; script-src ")
            .Append(inline.Count == 0 ? "'none'" : string.Join(' ', inline.Select(Hash))).Append("\">\n");
        // Without an icon of its own a page makes a browser ask its server for one.
        page.Append("<link rel=\"icon\" href=\"data:,\">\n<title>").Append(Escape(title)).Append("</title>\n");
        page.Append("<style>\n").Append(PageStyle.Css).Append("</style>\n</head>\n<body>\n<main>\n");
        foreach (var block in blocks) page.Append(Of(block)).Append('\n');
        page.Append("</main>\n");
        foreach (var script in inline) page.Append("<script>").Append(script).Append("</script>\n");
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
        var picture = svg is null
            ? "<p>Not drawn, see “What could not be made”.</p>"
            : $"<div class=\"plot\" id=\"{Id(block)}\" role=\"img\" aria-label=\"{Escape(figure.Title)}\">{Own(svg, block.Number)}</div>";
        return $"<figure>\n{picture}\n<figcaption><b>Figure {block.Number}: {Escape(figure.Title)}.</b> " +
            $"{Escape(figure.Caption)}</figcaption>\n</figure>";
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

    private static string Id(FigureBlock block) => $"figure-{block.Number}";

    /// <summary>The SVG with its ids made its own: every drawing numbers its clips from nought, and a page has one name space.</summary>
    private static string Own(string svg, int number) =>
        Ids().Replace(XmlHead().Replace(svg, ""), m => $"{m.Groups[1].Value}f{number}-{m.Groups[2].Value}");

    /// <summary>Replaces each drawing by the live figure; where that fails the drawing stays.</summary>
    private static string Starter(IReadOnlyList<FigureBlock> figures)
    {
        var specs = new JsonObject(figures.Select(f => KeyValuePair.Create(Id(f), (JsonNode?)f.Figure.Figure.Spec.DeepClone())));
        // The serializer's default encoder writes <, > and & as \u003C and so on: no text in a spec can end the script.
        return $$"""

            "use strict";
            const specs = {{specs.ToJsonString(JsonSerializerOptions.Default)}};
            const options = { renderer: "svg", ast: true, actions: { export: true, source: false, compiled: false, editor: false },
                tooltip: { theme: "light" } };
            window.figuresReady = Promise.all(Object.entries(specs).map(async ([id, spec]) => {
              const place = document.getElementById(id);
              const live = document.createElement("div");
              try {
                await vegaEmbed(live, spec, options);
                place.replaceChildren(live);
                place.dataset.live = "yes";
              } catch (error) {
                console.error("figure " + id + " stays as drawn: " + error);
              }
            })).then(() => { document.body.dataset.figures = "ready"; });

            """;
    }

    // A script's text must not hold its own end tag; the map it names is not shipped.
    private static string Inline(string script) =>
        SourceMap().Replace(script, "").Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase).ReplaceLineEndings("\n");

    private static string Hash(string script) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";

    [GeneratedRegex("""(\bid="|url\(#|href="#)([^")]+)""")]
    private static partial Regex Ids();

    [GeneratedRegex("""^\s*(<\?xml[^>]*>\s*)?(<!DOCTYPE[^>]*>\s*)?""")]
    private static partial Regex XmlHead();

    [GeneratedRegex("//# sourceMappingURL=.*")]
    private static partial Regex SourceMap();
}
