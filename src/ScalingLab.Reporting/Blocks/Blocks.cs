using ScalingLab.Reporting.Drawing;

namespace ScalingLab.Reporting.Blocks;

/// <summary>How a piece of text is set.</summary>
internal enum TextStyle
{
    Plain,
    Strong,
    Code,
}

/// <summary>A piece of text, unescaped: each writer escapes it for its own format.</summary>
/// <param name="Value">The text.</param>
/// <param name="Style">How it is set.</param>
/// <param name="Address">Where it leads; null: nowhere.</param>
internal sealed record Span(string Value, TextStyle Style = TextStyle.Plain, string? Address = null);

/// <summary>A line of text in pieces.</summary>
internal sealed record Line(params IReadOnlyList<Span> Spans)
{
    /// <summary>In a table that sorts: the number that the text stands for; null: the text itself.</summary>
    public double? Order { get; init; }

    /// <summary>The text alone.</summary>
    public string Text => string.Concat(Spans.Select(s => s.Value));

    public static implicit operator Line(string text) => new(new Span(text));

    public static Line Strong(string text) => new(new Span(text, TextStyle.Strong));

    public static Line Code(string text) => new(new Span(text, TextStyle.Code));

    /// <summary>
    /// Text with the parts between back-ticks set as code; for the program's own words, not for a user's.
    /// </summary>
    public static Line Marked(string text) =>
        new([.. text.Split('`').Select((part, i) => new Span(part, i % 2 == 1 ? TextStyle.Code : TextStyle.Plain))
            .Where(s => s.Value.Length > 0)]);
}

/// <summary>
/// A part of the report. The report is written once as blocks and set twice, as Markdown and as HTML.
/// </summary>
internal abstract record Block;

/// <summary>A heading; level 1 is the title.</summary>
internal sealed record Heading(int Level, string Text) : Block;

internal sealed record Paragraph(Line Text) : Block;

/// <summary>The one sentence to take away.</summary>
internal sealed record Finding(Line Text) : Block;

internal sealed record Bullets(IReadOnlyList<Line> Items) : Block;

/// <summary>A table; columns after the first <paramref name="TextColumns"/> are numbers, set to the right.</summary>
internal sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<Line>> Rows,
    int TextColumns = 1) : Block
{
    /// <summary>
    /// A list to look things up in: the page sorts and filters it, Markdown has it where it is short, LaTeX has it not.
    /// </summary>
    public bool IsList { get; init; }

    /// <summary>The same without columns that have nothing in any row; the first stays.</summary>
    public Table Compact()
    {
        List<int> kept =
            [.. Enumerable.Range(0, Columns.Count).Where(c => c == 0 || Rows.Any(r => r[c].Text.Length > 0))];
        return kept.Count == Columns.Count ? this : this with
        {
            Columns = [.. kept.Select(c => Columns[c])],
            Rows = [.. Rows.Select(r => (IReadOnlyList<Line>)[.. kept.Select(c => r[c])])],
            TextColumns = kept.Count(c => c < TextColumns),
        };
    }

    /// <summary>Whether a column holds sentences or the like, which may break over lines.</summary>
    public bool IsLong(int column) => column < TextColumns && Rows.Any(r => r[column].Text.Length > LongCell);

    private const int LongCell = 40;
}

/// <summary>The headings of level 2 that follow, as links: the page's alone.</summary>
internal sealed record Contents : Block;

/// <summary>Text as it stands.</summary>
internal sealed record Verbatim(string Text) : Block;

/// <summary>A figure with its number and caption.</summary>
internal sealed record FigureBlock(int Number, DrawnFigure Figure) : Block;
