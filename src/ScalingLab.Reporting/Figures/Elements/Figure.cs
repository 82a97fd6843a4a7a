namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>
/// A figure as data: what it says, and nothing of how it is drawn. Drawing, page and table are made from it.
/// </summary>
/// <param name="Name">Its file name without extension, e.g. "isoflop".</param>
/// <param name="Title">What it shows, a few words.</param>
/// <param name="CaptionParts">How to read it.</param>
/// <param name="Panels">Its panels, row by row; at least one.</param>
internal sealed record Figure(string Name, string Title, FigureCaption CaptionParts, IReadOnlyList<Panel> Panels)
{
    /// <summary>How to read it, one to three sentences.</summary>
    public string Caption => CaptionParts.Text(Panels[0].X, Panels[0].Y);

    /// <summary>What stands above the panels, where it is not the title; empty: nothing.</summary>
    public string? Heading { get; init; }

    /// <summary>What stands below the heading: a recipe, a law, a status.</summary>
    public string? Subtitle { get; init; }

    /// <summary>Panels in a row.</summary>
    public int Columns { get; init; } = 3;

    /// <summary>Keys to the right of the panels, one below the other.</summary>
    public IReadOnlyList<FigureLegend> Beside { get; init; } = [];

    /// <summary>Whether these keys stand below the panels instead: the figure is narrow.</summary>
    public bool HasKeysBelow { get; init; }

    /// <summary>The key below the panels.</summary>
    public FigureLegend? Below { get; init; }

    /// <summary>Width of the whole, CSS pixels; null: what the panels and keys take.</summary>
    public double? FullWidth { get; init; }

    /// <summary>The scale of colours, to the right of the panels.</summary>
    public ColourBar? Bar { get; init; }
}

/// <summary>A figure that the data do not give, and why.</summary>
internal sealed record FigureLeftOut(string Name, string Reason);

/// <summary>Two axes and what is drawn between them, the first mark lowest.</summary>
internal sealed record Panel(Axis X, Axis Y, IReadOnlyList<Mark> Marks)
{
    public string? Title { get; init; }

    /// <summary>Width of the area between the axes, CSS pixels: 96 an inch.</summary>
    public double Width { get; init; } = 270;

    /// <summary>Height of the area between the axes, CSS pixels.</summary>
    public double Height { get; init; } = 240;
}

/// <summary>What the signs of a figure mean.</summary>
/// <param name="Title">What tells the entries apart; null where they need no title.</param>
/// <param name="Entries">At least one.</param>
internal sealed record FigureLegend(string? Title, IReadOnlyList<LegendEntry> Entries)
{
    private const int MostRows = 14;

    /// <summary>Entries in a row.</summary>
    public int Columns { get; init; } = 1;

    /// <summary>
    /// Things in an order, in the colours of <see cref="Colours.Ordered"/>; many of them in several columns.
    /// </summary>
    public static FigureLegend Ordered(string? title, IReadOnlyCollection<string> labels) =>
        new(title, [.. labels.Select((label, i) => new LegendEntry(label, Colours.Ordered(i, labels.Count)))])
        { Columns = 1 + ((labels.Count - 1) / MostRows) };
}

/// <summary>A sign with its meaning.</summary>
/// <param name="Label">The meaning.</param>
/// <param name="Colour">#rrggbb.</param>
/// <param name="Shape">A mark's shape, or a piece of line.</param>
internal sealed record LegendEntry(string Label, string Colour, Shape Shape = Shape.Dot)
{
    /// <summary>Lengths of strokes and gaps of a line, pixels; empty: solid.</summary>
    public IReadOnlyList<float> Dash { get; init; } = [];

    /// <summary>The series that the entry stands for, and that it shows and hides on a page.</summary>
    public string Series { get; init; } = Label;
}

/// <summary>Colours along an axis, lowest first.</summary>
/// <param name="Axis">The quantity.</param>
/// <param name="Colour">The colour at a share, 0 to 1, of the axis.</param>
internal sealed record ColourBar(Axis Axis, Func<double, string> Colour);
