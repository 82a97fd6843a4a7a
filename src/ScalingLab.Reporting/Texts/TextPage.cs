using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Rendering;

namespace ScalingLab.Reporting.Texts;

/// <summary>A page about some text: one HTML file that needs nothing else.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Lead">What to take away.</param>
/// <param name="Sections">What follows.</param>
public sealed record TextPage(string Title, string Lead, IReadOnlyList<TextSection> Sections)
{
    /// <summary>The page as HTML.</summary>
    public string ToHtml()
    {
        List<Block> blocks = [new Heading(1, Title), new Finding(Lead)];
        var figures = 0;
        foreach (var section in Sections)
        {
            blocks.Add(new Heading(2, section.Heading));
            blocks.AddRange(section.Paragraphs.Select(words => new Paragraph(words)));
            if (section.Chart is { } chart) blocks.Add(new FigureBlock(++figures, Draw(chart)));
            if (section.Table is { } table) blocks.Add(ToBlock(table));
            foreach (var sample in section.Samples)
            {
                blocks.Add(new Paragraph(Line.Code(sample.Name)));
                blocks.Add(new Paragraph(sample.Text));
            }
        }
        return HtmlWriter.Write(Title, blocks);
    }

    private static Table ToBlock(TextTable table) => new(table.Columns,
        [.. table.Rows.Select(row => (IReadOnlyList<Line>)[.. row.Select(cell => (Line)cell)])], table.TextColumns);

    private static DrawnFigure Draw(TextChart chart)
    {
        var figure = BarFigure.Create(chart);
        using var drawing = new FigureDrawing(figure);
        return new DrawnFigure(figure, InteractiveSvg.Render(drawing, figure));
    }
}

/// <summary>A section of such a page.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="Paragraphs">What it says.</param>
public sealed record TextSection(string Heading, IReadOnlyList<string> Paragraphs)
{
    /// <summary>Its figure.</summary>
    public TextChart? Chart { get; init; }

    /// <summary>Its table.</summary>
    public TextTable? Table { get; init; }

    /// <summary>Pieces of the text.</summary>
    public IReadOnlyList<(string Name, string Text)> Samples { get; init; } = [];
}

/// <summary>A table; columns after the first <paramref name="TextColumns"/> are numbers.</summary>
public sealed record TextTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows,
    int TextColumns = 1);

/// <summary>Bars one below the other.</summary>
/// <param name="Name">The figure's name: letters, digits, dashes.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Caption">How to read it.</param>
/// <param name="Of">What the bars are of, a word.</param>
/// <param name="Quantity">What they are long by, with its unit.</param>
/// <param name="Bars">Name and length of each, from the top; at least one.</param>
public sealed record TextChart(string Name, string Title, string Caption, string Of, string Quantity,
    IReadOnlyList<(string Label, double Value)> Bars);
