namespace ScalingLab.Reporting;

/// <summary>A figure with its SVG for a page, which has what the page's script needs to know in it.</summary>
internal sealed record DrawnFigure(Figure Figure, string Svg);

/// <summary>Figures as files: NAME.svg, NAME.pdf, NAME.png, and their data as NAME.csv.</summary>
internal static class FigureFiles
{
    /// <summary>Draws the figures into <paramref name="folder"/>, one after the other; the names of the files are added to <paramref name="files"/>.</summary>
    public static async Task<IReadOnlyList<DrawnFigure>> WriteAsync(IReadOnlyList<Figure> figures, string folder, List<string> files, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var drawn = new List<DrawnFigure>();
        foreach (var figure in figures)
        {
            using var drawing = new FigureDrawing(figure);
            await SaveAsync("svg", WholeFile.Utf8.GetBytes(drawing.Svg())).ConfigureAwait(false);
            await SaveAsync("pdf", drawing.Pdf()).ConfigureAwait(false);
            await SaveAsync("png", drawing.Png()).ConfigureAwait(false);
            await SaveAsync("csv", WholeFile.Utf8.GetBytes(FigureTable.Of(figure))).ConfigureAwait(false);
            drawn.Add(new DrawnFigure(figure, LiveSvg.Of(drawing, figure)));

            async Task SaveAsync(string ending, byte[] bytes)
            {
                var name = $"{figure.Name}.{ending}";
                await WholeFile.WriteAsync(Path.Combine(folder, name), bytes, stop).ConfigureAwait(false);
                files.Add($"{Path.GetFileName(folder)}/{name}");
            }
        }

        return drawn;
    }
}
