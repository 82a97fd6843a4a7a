namespace ScalingLab.Fuzz.Mutations;

/// <summary>Pages of HTML and Markdown whose parts are put in other places, repeated, and nested deep.</summary>
internal static class MarkupMutator
{
    // More than a text that repeats itself tells.
    private const int Longest = 300_000;

    private static readonly string[] HtmlParts =
    [
        "<!DOCTYPE html>", "<html lang=en>", "<head><title>t</title>",
        "<style>p{}</style>", "</head>", "<body>", "<h1>",
        "Heading &amp; more", "</h1>", "<p>", "text &eacute; &#x4e2d; &#xffffffff; &#0;", "<br>", "<b><i>", "</b></i>",
        "<table>", "<tr>", "<td>", "cell", "</td></tr></table>",
        "<ul><li>", "one", "</ul>", "<pre>\n  code\n", "</pre>",
        "<script>if (a<b) '</scr'</script>", "<!--", "-->", "<svg><math><mi>", "</svg>", "<template>", "</template>",
        "<select><option>", "<div hidden style='display:none'>", "</div>", "<a href=\"x", "\">", "<![CDATA[", "]]>",
        "<frameset>", "<textarea>", "<plaintext>", "<noscript>", "\u202e", "\0", "<font size=1>", "</p>", "<",
    ];

    private static readonly string[] MarkdownParts =
    [
        "---\ntitle: t\n---\n", "# Heading\n", "\n\n", "text *em* **strong** `code`\n",
        "> ", "- one\n", "1. two\n", "  ",
        "```cs\ncode\n```\n", "    code\n", "[link](http://a.example \"t\")", "[ref][a]",
        "[a]: <b>\n", "![", "](", "<b>",
        "</b>", "<!-- c -->", "| a | b |\n|---|:-:|\n| 1 | 2 |\n", "***",
        "___\n", "&amp;&#0;", "\\*", "[^1]", "[^1]: n\n",
        "~~x~~", "$$\nx\n$$\n", ":::", "\t", "*", "_", "[", "`", "<div>\n", "===\n", "+ ", "<a@b.example>", "\0",
    ];

    /// <summary>A whole page.</summary>
    public static string Html => string.Concat(HtmlParts.Take(14));

    /// <summary>A whole text.</summary>
    public static string Markdown => string.Concat(MarkdownParts.Take(13));

    public static string MutateHtml(Random random) => Mutate(Html, HtmlParts, random);

    public static string MutateMarkdown(Random random) => Mutate(Markdown, MarkdownParts, random);

    private static string Mutate(string text, string[] parts, Random random)
    {
        int[] counts = [1, 1, 2, 10, 100, 101, 1000, 2000];
        for (var i = 1 + JsonMutator.Times(random); i > 0 && text.Length < Longest; i--)
        {
            var at = random.Next(text.Length + 1);
            var part = random.Next(8) == 0 ? Oddities.Text(random) : Oddities.Of(random, parts);
            if (random.Next(3) == 0) part += Oddities.Of(random, parts);
            var times = Math.Min(Oddities.Of(random, counts), Longest / Math.Max(1, part.Length));
            text = random.Next(6) switch
            {
                0 => text[..at],
                1 => text[at..],
                _ => text.Insert(at, string.Concat(Enumerable.Repeat(part, times))),
            };
        }
        return text;
    }
}
