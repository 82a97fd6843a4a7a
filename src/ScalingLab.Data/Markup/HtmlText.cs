using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace ScalingLab.Data.Markup;

/// <summary>
/// The text of HTML as a browser shows it, but for style sheets: white space is one blank, except in pre and textarea;
/// blocks, table rows and br begin a line, paragraphs and headings are parted by an empty one, cells by a tab. Scripts,
/// styles, templates, the head, drawings, fallbacks of frames and hidden elements are left out.</summary>
internal static class HtmlText
{
    // A parser's work grows with the square of them, and browsers nest elements 512 deep at most.
    private const int MostOpen = 5000;

    /// <summary>Elements that the parser opens again in each block that follows (WHATWG HTML, 13.2.4.3).</summary>
    private static readonly HashSet<string> Formatting = new(StringComparer.OrdinalIgnoreCase)
    {
        "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
    };

    private static readonly HashSet<string> Unseen = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "canvas", "audio",
        "video", "select", "datalist",
    };

    private static readonly HashSet<string> Lines = new(StringComparer.OrdinalIgnoreCase)
    {
        "address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html", "legend", "li",
        "main", "menu", "nav", "ol", "optgroup", "option", "search", "section", "summary", "table", "tbody", "tfoot",
        "thead", "tr", "ul",
    };

    private static readonly HashSet<string> Paragraphs = new(StringComparer.OrdinalIgnoreCase)
    {
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre",
    };

    /// <exception cref="FormatException">Formatting elements are nested too deeply.</exception>
    public static string Strip(string text)
    {
        RequireShallow(text);
        using var page = new HtmlParser().ParseDocument(text);
        var plain = new Writer();
        for (INode? node = page.Body; node is not null;)
        {
            var isSeen = Begin(node, plain);
            if (isSeen && node.FirstChild is { } child)
            {
                node = child;
                continue;
            }
            if (isSeen) End(node, plain);
            while (node is not null && node.NextSibling is null)
            {
                node = node.Parent is IElement parent ? parent : null;
                if (node is not null) End(node, plain);
            }
            node = node?.NextSibling;
        }
        return plain.ToString();
    }

    private static void RequireShallow(string text)
    {
        var names = Formatting.GetAlternateLookup<ReadOnlySpan<char>>();
        var open = 0;
        for (var at = text.IndexOf('<', StringComparison.Ordinal); at >= 0; at = text.IndexOf('<', at + 1))
        {
            var closes = at + 1 < text.Length && text[at + 1] == '/';
            var start = at + (closes ? 2 : 1);
            var end = start;
            while (end < text.Length && char.IsAsciiLetterOrDigit(text[end])) end++;
            if (!names.Contains(text.AsSpan(start, end - start))) continue;
            open = closes ? Math.Max(0, open - 1) : open + 1;
            if (open > MostOpen)
                throw new FormatException($"cannot be read as HTML: more than {MostOpen} elements such as b and i stand "
                    + "one in the other; close them, or leave the text out");
        }
    }

    /// <summary>Writes what stands before a node's children. False where the node is not seen.</summary>
    private static bool Begin(INode node, Writer plain)
    {
        if (node is IText text) plain.Append(text.Data);
        if (node is not IElement element) return node is IText;
        if (Unseen.Contains(element.LocalName) || element.HasAttribute("hidden")) return false;
        if (element.LocalName == "br") plain.BreakLine();
        if (element.LocalName is "td" or "th" && element.PreviousElementSibling is not null) plain.Tab();
        Border(element, plain);
        if (element.LocalName is "pre" or "textarea") plain.Kept++;
        return true;
    }

    private static void End(INode node, Writer plain)
    {
        if (node is not IElement element) return;
        if (element.LocalName is "pre" or "textarea") plain.Kept--;
        Border(element, plain);
    }

    private static void Border(IElement element, Writer plain)
    {
        if (Paragraphs.Contains(element.LocalName)) plain.Part(2);
        else if (Lines.Contains(element.LocalName)) plain.Part(1);
    }

    /// <summary>Text as it is laid out: line ends and blanks are written when a letter follows.</summary>
    private sealed class Writer
    {
        private readonly StringBuilder _text = new();
        private int _lines;
        private string _blank = "";

        /// <summary>How many open elements keep white space as it is.</summary>
        public int Kept { get; set; }

        public void Append(string text)
        {
            foreach (var letter in text)
            {
                if (Kept == 0 && (letter is ' ' or '\t' or '\n' or '\r' or '\f'))
                {
                    if (_blank.Length == 0) _blank = " ";
                    continue;
                }
                Flush();
                _text.Append(letter);
            }
        }

        /// <summary>At least so many line ends stand before what follows.</summary>
        public void Part(int lines) => (_lines, _blank) = (Math.Max(_lines, lines), "");

        public void BreakLine() => (_lines, _blank) = (_lines + 1, "");

        public void Tab()
        {
            if (_lines == 0) _blank = "\t";
        }

        public override string ToString() => _text.Length > 0 && _text[^1] != '\n' ? _text.Append('\n').ToString()
            : _text.ToString();

        private void Flush()
        {
            if (_text.Length > 0) _text.Append('\n', _lines);
            if (_text.Length > 0 && _lines == 0) _text.Append(_blank);
            (_lines, _blank) = (0, "");
        }
    }
}
