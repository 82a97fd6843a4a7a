namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>
/// How to read a figure. It is put into words when it is asked for: runs may be coloured, and axes scaled, otherwise
/// than the figure had it.
/// </summary>
/// <param name="Shows">What is shown, without its full stop.</param>
internal sealed record FigureCaption(string Shows)
{
    /// <summary>What the colours of runs stand for; null: a key says it.</summary>
    public string? ColouredBy { get; init; }

    /// <summary>What lines and dots are, and what to take from them: whole sentences.</summary>
    public string Signs { get; init; } = "";

    /// <summary>Whether it says which axes are logarithmic.</summary>
    public bool NamesScales { get; init; }

    /// <summary>Whether crosses mark flagged runs.</summary>
    public bool HasCrosses { get; init; }

    public static implicit operator FigureCaption(string sentences) => new(sentences.TrimEnd('.'));

    /// <summary>The sentences, of a figure whose panels have these axes.</summary>
    public string Text(Axis x, Axis y) => string.Join(' ', new[]
    {
        $"{Shows}{(ColouredBy is null ? "" : $", coloured by {ColouredBy}")}.",
        Signs,
        NamesScales ? Scales(x.Scale, y.Scale) : "",
        HasCrosses ? "Crosses: runs flagged undertrained, unstable or overfitted." : "",
    }.Where(sentence => sentence.Length > 0));

    private static string Scales(AxisScale x, AxisScale y) => (x, y) switch
    {
        (AxisScale.Log, AxisScale.Log) => "Both axes logarithmic.",
        (_, AxisScale.Log) => "Vertical axis logarithmic.",
        (AxisScale.Log, _) => "Horizontal axis logarithmic.",
        _ => "",
    };
}
