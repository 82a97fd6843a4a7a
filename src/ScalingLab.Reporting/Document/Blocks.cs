namespace ScalingLab.Reporting;

/// <summary>How a piece of text is set.</summary>
internal enum TextStyle
{
    Plain,
    Strong,
    Code,
}

/// <summary>A piece of text, unescaped: each writer escapes it for its own format.</summary>
internal sealed record Span(string Value, TextStyle Style = TextStyle.Plain);

/// <summary>A line of text in pieces.</summary>
internal sealed record Line(params IReadOnlyList<Span> Spans)
{
    public static implicit operator Line(string text) => new(new Span(text));

    public static Line Strong(string text) => new(new Span(text, TextStyle.Strong));

    public static Line Code(string text) => new(new Span(text, TextStyle.Code));

    /// <summary>Text with the parts between back-ticks set as code; for the program's own words, not for a user's.</summary>
    public static Line Marked(string text) =>
        new([.. text.Split('`').Select((part, i) => new Span(part, i % 2 == 1 ? TextStyle.Code : TextStyle.Plain))
            .Where(s => s.Value.Length > 0)]);
}

/// <summary>A part of the report. The report is written once as blocks and set twice, as Markdown and as HTML.</summary>
internal abstract record Block;

/// <summary>A heading; level 1 is the title.</summary>
internal sealed record Heading(int Level, string Text) : Block;

/// <summary>A paragraph.</summary>
internal sealed record Paragraph(Line Text) : Block;

/// <summary>The one sentence to take away.</summary>
internal sealed record Finding(Line Text) : Block;

/// <summary>A list.</summary>
internal sealed record Bullets(IReadOnlyList<Line> Items) : Block;

/// <summary>A table; columns after the first <paramref name="TextColumns"/> are numbers, set to the right.</summary>
internal sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<Line>> Rows, int TextColumns = 1) : Block;

/// <summary>Text as it stands.</summary>
internal sealed record Verbatim(string Text) : Block;

/// <summary>A figure with its number and caption.</summary>
internal sealed record FigureBlock(int Number, DrawnFigure Figure) : Block;
