using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;

namespace ScalingLab.Reporting.Requests;

/// <summary>A figure that somebody asks for.</summary>
/// <param name="Name">Which.</param>
/// <param name="Results">Results folders, at least one.</param>
public sealed record FigureRequest(string Name, IReadOnlyList<string> Results)
{
    /// <summary>The formats that there are.</summary>
    public static IReadOnlyList<string> AllFormats => FigureFiles.Formats;

    /// <summary>Some of <see cref="AllFormats"/>.</summary>
    public IReadOnlyList<string> Formats { get; init; } = AllFormats;

    /// <summary>Width of the whole; letters keep their size. Null: what the panels and keys take.</summary>
    public double? Millimetres { get; init; }

    /// <summary>What stands above; empty: nothing; null: the figure's own.</summary>
    public string? Title { get; init; }

    /// <summary>The horizontal axis; null: the figure's own.</summary>
    public AxisScale? X { get; init; }

    /// <summary>What loss curves go over.</summary>
    public CurveAxis Over { get; init; }

    /// <summary>Ends of the vertical axis; null: the figure's own.</summary>
    public (double Low, double High)? YRange { get; init; }

    /// <summary>The look.</summary>
    public FigureTheme Theme { get; init; }

    /// <summary>
    /// The column of runs.csv that colours the runs; null: the figure's own, and the sweep's name where there are
    /// several.
    /// </summary>
    public string? GroupBy { get; init; }
}

/// <summary>A figure that was drawn.</summary>
/// <param name="Files">File names in the folder, in the order written.</param>
/// <param name="Caption">How to read it.</param>
public sealed record FigureOutcome(IReadOnlyList<string> Files, string Caption);
