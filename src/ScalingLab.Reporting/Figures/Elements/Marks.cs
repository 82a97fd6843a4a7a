using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>Something known of a mark: a line of its tooltip, and a field of the table.</summary>
/// <param name="Name">Also the table's column.</param>
/// <param name="Text">As a reader has it.</param>
internal sealed record Fact(string Name, string Text)
{
    /// <summary>The number behind the text, for the table.</summary>
    public double? Number { get; init; }

    /// <summary>A number, with five significant digits unless said otherwise.</summary>
    public static Fact FromNumber(string name, double value, Func<double, string>? say = null) =>
        new(name, say is null ? Numbers.Significant(value, 5) : say(value)) { Number = value };

    /// <summary>The facts that are known.</summary>
    public static IReadOnlyList<Fact> Known(params (string Name, string? Text)[] facts) =>
        [.. facts.Where(f => !string.IsNullOrEmpty(f.Text)).Select(f => new Fact(f.Name, f.Text!))];
}

/// <summary>A place between the axes, in their values.</summary>
internal readonly record struct PlotPoint(double X, double Y);

/// <summary>A span of one axis at a value of the other.</summary>
internal sealed record ValueSpan(double At, double Low, double High);

/// <summary>A dot and what is known of it beside its place.</summary>
internal sealed record Dot(double X, double Y, IReadOnlyList<Fact> Facts)
{
    public Dot(double x, double y)
        : this(x, y, [])
    {
    }
}

/// <summary>How a dot looks, or the piece of line of a key.</summary>
internal enum Shape
{
    Dot,
    Ring,
    Diamond,
    HollowDiamond,
    Cross,
    Line,
}

/// <summary>What is drawn between the axes of a panel.</summary>
internal abstract record Mark
{
    /// <summary>#rrggbb.</summary>
    public string Colour { get; init; } = Colours.Ink;

    /// <summary>From 0, nothing to be seen, to 1.</summary>
    public double Opacity { get; init; } = 1;

    /// <summary>The series that it belongs to: hidden where one of them is hidden.</summary>
    public IReadOnlyList<string> Series { get; init; } = [];

    /// <summary>What it is of, e.g. a run: marks of one thing are lit together. Null: of its series.</summary>
    public string? Item { get; init; }

    /// <summary>What is known of all of it.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];
}

/// <summary>A line through places.</summary>
internal sealed record Curve(IReadOnlyList<PlotPoint> Places) : Mark
{
    /// <summary>Pixels.</summary>
    public double Width { get; init; } = 1.5;

    /// <summary>Lengths of strokes and gaps, pixels; empty: solid.</summary>
    public IReadOnlyList<float> Dash { get; init; } = [];

    /// <summary>
    /// How far it may be drawn off its places, pixels, so that it is drawn through fewer; 0: through each.
    /// </summary>
    public double Tolerance { get; init; }

    /// <summary>
    /// Its places as dots too small to be seen: what a pointer finds on a line that has none of its own.
    /// </summary>
    public Dots Targets() => new([.. Places.Select(p => new Dot(p.X, p.Y))])
    {
        Colour = Colour, Size = 0, Opacity = 0, Series = Series, Facts = Facts,
    };
}

internal sealed record Dots(IReadOnlyList<Dot> At) : Mark
{
    private const double CrossSize = 7.5;

    public Shape Shape { get; init; } = Shape.Dot;

    /// <summary>Across, pixels.</summary>
    public double Size { get; init; } = 6;

    /// <summary>The same of runs that should not be believed: crosses, in full ink.</summary>
    public Dots Crossed() => this with { Shape = Shape.Cross, Size = CrossSize, Opacity = 1 };
}

/// <summary>A shaded area between two values of y along x.</summary>
internal sealed record Band(IReadOnlyList<ValueSpan> Along) : Mark;

/// <summary>Intervals, as bars without ends.</summary>
/// <param name="Of">The spans.</param>
/// <param name="IsHorizontal">Whether they are spans of x, at values of y.</param>
internal sealed record Intervals(IReadOnlyList<ValueSpan> Of, bool IsHorizontal = false) : Mark
{
    /// <summary>Pixels.</summary>
    public double Width { get; init; } = 1.2;
}

/// <summary>Boxes along x at values of y, each as high as a line of text and wide enough to be seen.</summary>
/// <param name="Of">The spans of x.</param>
internal sealed record Bars(IReadOnlyList<ValueSpan> Of) : Mark;

/// <summary>A straight line across the whole panel at one value.</summary>
/// <param name="At">The value, of x where vertical, else of y.</param>
/// <param name="IsVertical">Whether it goes from bottom to top.</param>
internal sealed record Rule(double At, bool IsVertical) : Mark
{
    /// <summary>Lengths of strokes and gaps, pixels; empty: solid.</summary>
    public IReadOnlyList<float> Dash { get; init; } = [];
}

/// <summary>Words at a place, with a halo that keeps them legible over lines.</summary>
internal sealed record TextLabel(double X, double Y, string Text) : Mark;

/// <summary>Lines of equal height, each with its height in words.</summary>
/// <param name="Height">The height at values of x and y.</param>
/// <param name="Levels">The heights that have a line.</param>
internal sealed record Contours(Func<double, double, double> Height, IReadOnlyList<double> Levels) : Mark
{
    /// <summary>A height as its label says it.</summary>
    public Func<double, string> Format { get; init; } = Numbers.Plain;
}
