using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>A figure with the SVG drawn of it, where it could be drawn.</summary>
internal sealed record DrawnFigure(Figure Figure, string? Svg);

/// <summary>Figures as files: NAME.vl.json always; NAME.svg by Vega; NAME.pdf and NAME.png by rsvg-convert.</summary>
internal static class FigureFiles
{
    /// <summary>Writes what can be made into <paramref name="folder"/>; what cannot is told in <paramref name="missing"/>, once for each
    /// cause.</summary>
    public static async Task<IReadOnlyList<DrawnFigure>> WriteAsync(
        IReadOnlyList<Figure> figures, string folder, VegaFolder vega, List<string> files, List<Problem> missing, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        foreach (var figure in figures)
            await SaveAsync($"{figure.Name}.vl.json", WholeFile.Utf8.GetBytes(SpecText.Of(figure.Spec))).ConfigureAwait(false);
        var drawn = await DrawAsync(figures, vega, missing, stop).ConfigureAwait(false);
        var canConvert = true;
        foreach (var (figure, svg) in drawn)
        {
            if (svg is null)
            {
                // An older drawing beside newer numbers would mislead.
                foreach (var ending in (string[])["svg", "pdf", "png"]) File.Delete(Path.Combine(folder, $"{figure.Name}.{ending}"));
                continue;
            }

            await SaveAsync($"{figure.Name}.svg", WholeFile.Utf8.GetBytes(svg)).ConfigureAwait(false);
            foreach (var ending in (string[])["pdf", "png"])
            {
                if (canConvert) canConvert = await ConvertAsync(figure.Name, svg, ending).ConfigureAwait(false);
                if (!canConvert) File.Delete(Path.Combine(folder, $"{figure.Name}.{ending}"));
            }
        }

        return drawn;

        async Task SaveAsync(string name, byte[] bytes)
        {
            await WholeFile.WriteAsync(Path.Combine(folder, name), bytes, stop).ConfigureAwait(false);
            files.Add($"{Path.GetFileName(folder)}/{name}");
        }

        async Task<bool> ConvertAsync(string name, string svg, string ending)
        {
            try
            {
                await SaveAsync($"{name}.{ending}", ending == "pdf"
                    ? await RsvgConvert.PdfAsync(svg, stop).ConfigureAwait(false)
                    : await RsvgConvert.PngAsync(svg, stop).ConfigureAwait(false)).ConfigureAwait(false);
                return true;
            }
            catch (DrawingException e)
            {
                missing.Add(new Problem("figures as PDF and PNG",
                    $"{e.Message}; '{RsvgConvert.Mend}' brings it, then 'lab report' draws them"));
                return false;
            }
        }
    }

    private static async Task<IReadOnlyList<DrawnFigure>> DrawAsync(IReadOnlyList<Figure> figures, VegaFolder vega, List<Problem> missing,
        CancellationToken stop)
    {
        if (figures.Count == 0) return [];
        var names = string.Join(", ", figures.Select(f => f.Name));
        if (!vega.IsInstalled)
        {
            missing.Add(new Problem($"figures ({names})",
                $"the npm packages of Vega are not installed; '{VegaFolder.Mend}' brings them, then 'lab report' draws them"));
            return [.. figures.Select(f => new DrawnFigure(f, null))];
        }

        try
        {
            using var host = VegaHost.Start(vega);
            var drawn = new List<DrawnFigure>();
            foreach (var figure in figures)
                drawn.Add(new DrawnFigure(figure, await RenderAsync(host, figure).ConfigureAwait(false)));
            return drawn;
        }
        catch (NodeMissingException e)
        {
            missing.Add(new Problem($"figures ({names})",
                $"{e.Message}; 'apt-get install -y nodejs npm' brings it, then 'lab report' draws them"));
            return [.. figures.Select(f => new DrawnFigure(f, null))];
        }

        // One faulty figure must not cost the others, nor the report.
        async Task<string?> RenderAsync(VegaHost host, Figure figure)
        {
            try
            {
                return await host.RenderAsync(figure.Spec, stop).ConfigureAwait(false);
            }
            catch (DrawingException e)
            {
                missing.Add(new Problem($"figure {figure.Name}", $"{e.Message}; please report this with figures/{figure.Name}.vl.json"));
                return null;
            }
        }
    }
}
