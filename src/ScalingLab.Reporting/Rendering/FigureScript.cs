using ScalingLab.Reporting.Drawing;

namespace ScalingLab.Reporting.Rendering;

/// <summary>
/// What makes an SVG of <see cref="InteractiveSvg"/> answer: the script and its style, the same on every page.
/// </summary>
internal static class FigureScript
{
    /// <summary>figure.js: <c>liveFigure(place)</c> for an element that holds the SVG.</summary>
    public static string Script { get; } = Read("figure.js");

    /// <summary>figure.css.</summary>
    public static string Style { get; } = Read("figure.css");

    private static string Read(string file)
    {
        using var stream = typeof(FigureScript).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not in the program");
        using var text = new StreamReader(stream);
        return text.ReadToEnd().ReplaceLineEndings("\n");
    }
}
