using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Drawing;

/// <summary>A figure with its SVG for a page, which has what the page's script needs to know in it.</summary>
internal sealed record DrawnFigure(Figure Figure, string Svg);

/// <summary>Figures as files: NAME.svg, NAME.pdf, NAME.png, and their data as NAME.csv.</summary>
internal static class FigureFiles
{
    /// <summary>What a figure can be written as.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["svg", "pdf", "png", "csv"];

    /// <summary>
    /// Draws the figures into <paramref name="folder"/>, one after the other; the names of the files are added to
    /// <paramref name="files"/>.
    /// </summary>
    public static async Task<IReadOnlyList<DrawnFigure>> WriteAsync(IReadOnlyList<Figure> figures, string folder,
        List<string> files, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var drawn = new List<DrawnFigure>();
        foreach (var figure in figures)
        {
            var seen = DotThinner.Thin(figure);
            using var drawing = new FigureDrawing(seen);
            foreach (var format in Formats)
                files.Add(
                    $"{Path.GetFileName(folder)}/{await SaveAsync(drawing, figure, format, folder, stop).ConfigureAwait(false)}");
            drawn.Add(new DrawnFigure(seen, InteractiveSvg.Render(drawing, seen)));
        }

        return drawn;
    }

    /// <summary>Writes a drawn figure into the folder in one of <see cref="Formats"/>; the file's name.</summary>
    public static async Task<string> SaveAsync(FigureDrawing drawing, Figure figure, string format, string folder,
        CancellationToken stop)
    {
        var bytes = format switch
        {
            "svg" => AtomicFile.Utf8.GetBytes(drawing.Svg()),
            "pdf" => drawing.Pdf(),
            "png" => drawing.Png(),
            _ => AtomicFile.Utf8.GetBytes(FigureTable.ToCsv(figure)),
        };
        var name = $"{figure.Name}.{format}";
        await AtomicFile.WriteAsync(Path.Combine(folder, name), bytes, stop).ConfigureAwait(false);
        return name;
    }
}
