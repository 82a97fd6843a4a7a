using System.Net;
using System.Text;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;
using SkiaSharp;

namespace ScalingLab.Reporting.Drawing;

/// <summary>
/// Draws a figure as SVG, PDF and PNG. This folder alone knows ScottPlot and SkiaSharp; what is done about their faults
/// stands where it is done, and is held by tests. The same figure gives the same bytes.
/// </summary>
internal sealed class FigureDrawing(Figure figure, Theme? theme = null) : IDisposable
{
    /// <summary>Pixels of a PNG a CSS pixel.</summary>
    private const float PngZoom = 2;

    /// <summary>Points a CSS pixel: 72 of the first and 96 of the second make an inch.</summary>
    private const float PdfZoom = 0.75f;

    // Between a line's label and the axes.
    private const float LabelRoom = 3;

    // Lines that end on an axis are not cut in half.
    private const float Slack = 1;

    private static readonly DateTime Day = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly FigureLayout _plan = new((theme ?? Theme.Print).Recolour(figure), theme ?? Theme.Print);

    /// <summary>CSS pixels.</summary>
    public float Width => _plan.Width;

    /// <summary>CSS pixels.</summary>
    public float Height => _plan.Height;

    // A page has a name, whether or not it is written above the panels.
    private string Title => _plan.HeadingText.Length > 0 ? _plan.HeadingText : Typefaces.Readable(figure.Title);

    /// <summary>The picture with two pixels a CSS pixel.</summary>
    public byte[] Png()
    {
        var zoom = PngZoom * _plan.Theme.Zoom;
        using var surface = SKSurface.Create(new SKImageInfo((int)(Width * zoom), (int)(Height * zoom)));
        surface.Canvas.Scale(zoom);
        Draw(surface.Canvas);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    /// <summary>One page of vectors with the font in it.</summary>
    public byte[] Pdf()
    {
        using var stream = new MemoryStream();
        var about =
            new SKDocumentPdfMetadata { Title = Title, Producer = "ScalingLab", Creation = Day, Modified = Day };
        using (var document = SKDocument.CreatePdf(stream, about))
        {
            var zoom = PdfZoom * _plan.Theme.Zoom;
            var canvas = document.BeginPage(Width * zoom, Height * zoom);
            canvas.Scale(zoom);
            Draw(canvas);
            document.EndPage();
            document.Close();
        }

        return stream.ToArray();
    }

    /// <summary>
    /// A group for each mark and each entry of a key, named by numbers: data-mark counts the marks of all panels,
    /// data-series the figure's series. A page's script shows, hides and lights them; without one the picture is whole.
    /// </summary>
    /// <param name="data">What the script needs to know, in the attribute data-live; must hold no single quote, &lt; or
    /// &amp;.</param>
    public string Svg(string? data = null)
    {
        var (series, parts, mark, zoom) = (SeriesOf(figure), new StringBuilder(), 0, _plan.Theme.Zoom);
        var heading = WebUtility.HtmlEncode(Title);
        // On a page a title would be shown as a second tooltip.
        var live = data is null ? $">\n<title>{heading}</title>\n"
            : $" role=\"group\" aria-label=\"{heading}\" data-live='{data}'>\n";
        parts.Append(
            FormattableString.Invariant(
                $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width * zoom}\" height=\"{Height * zoom}\" "))
            .Append(FormattableString.Invariant(
                $"viewBox=\"0 0 {Width} {Height}\" font-family=\"'{Typefaces.Name}', Verdana, sans-serif\"{live}"));
        Add("<g>", DrawGround);
        foreach (var (panel, number) in _plan.Panels.Select((p, i) => (p, i)))
        {
            var (area, clip) = (panel.Inner, $"{figure.Name}-panel-{number}");
            Add($"<g class=\"axes\" data-panel=\"{number}\">", panel.DrawFrame);
            parts.Append(
                FormattableString.Invariant(
                    $"<clipPath id=\"{clip}\"><rect x=\"{area.Left - Slack}\" y=\"{area.Top - Slack}\" "))
                .Append(FormattableString.Invariant(
                    $"width=\"{area.Width + (2 * Slack)}\" height=\"{area.Height + (2 * Slack)}\"/></clipPath>\n"))
                .Append($"<g clip-path=\"url(#{clip})\"><g class=\"marks\" data-panel=\"{number}\">\n");
            foreach (var one in panel.Panel.Marks)
            {
                var (own, kind) =
                    (string.Join(' ', one.Series.Select(s => series.IndexOf(s))), one is Dots ? " class=\"dots\"" : "");
                Add($"<g data-mark=\"{mark++}\" data-series=\"{own}\"{kind}>", c => Draw(panel, one, c));
            }

            parts.Append("</g></g>\n");
        }

        foreach (var key in _plan.Keys)
            foreach (var entry in key.Entries)
                Add($"<g class=\"key\" data-series=\"{series.IndexOf(entry.Entry.Series)}\">", c => key.Draw(entry, c));
        return parts.Append("</svg>\n").ToString();

        void Add(string group, Action<SKCanvas> draw)
        {
            var elements = SvgText.Fragment($"{figure.Name}-{parts.Length}-", Width, Height, draw);
            parts.Append(data is null ? group + elements : CompactSvg.Compact(group, elements)).Append("</g>\n");
        }
    }

    /// <summary>The figure's series, in the order in which the SVG numbers them.</summary>
    public static List<string> SeriesOf(Figure figure) =>
        [.. figure.Beside.Concat(figure.Below is { } below ? [below] : []).SelectMany(k => k.Entries)
            .Select(e => e.Series)
            .Concat(figure.Panels.SelectMany(p => p.Marks).SelectMany(m => m.Series)).Distinct()];

    /// <summary>The areas between the axes, CSS pixels from the top left.</summary>
    public IEnumerable<(Panel Panel, double X, double Y, double Width, double Height)> Areas() =>
        _plan.Panels.Select(p =>
            (p.Panel, (double)p.Inner.Left, (double)p.Inner.Top, (double)p.Inner.Width, (double)p.Inner.Height));

    /// <summary>The dots that lie between the axes, with their places and the number of their mark.</summary>
    public IEnumerable<(double X, double Y, int Mark, Dot Dot)> Targets()
    {
        var number = 0;
        foreach (var (panel, mark) in _plan.Panels.SelectMany(p => p.Panel.Marks.Select(m => (p, m))))
        {
            foreach (var dot in mark is Dots dots ? dots.At.Where(d => panel.Has(d.X, d.Y)) : [])
            {
                var at = panel.Pixel(dot.X, dot.Y);
                if (SKRect.Inflate(panel.Inner, Slack, Slack).Contains(at))
                    yield return (Math.Round(at.X, 1), Math.Round(at.Y, 1), number, dot);
            }

            number++;
        }
    }

    public void Dispose() => _plan.Dispose();

    private void Draw(SKCanvas canvas)
    {
        DrawGround(canvas);
        foreach (var panel in _plan.Panels)
        {
            panel.DrawFrame(canvas);
            canvas.Save();
            canvas.ClipRect(SKRect.Inflate(panel.Inner, Slack, Slack));
            foreach (var mark in panel.Panel.Marks) Draw(panel, mark, canvas);
            canvas.Restore();
        }

        foreach (var key in _plan.Keys)
            foreach (var entry in key.Entries) key.Draw(entry, canvas);
    }

    private void DrawGround(SKCanvas canvas)
    {
        using var ground = new SKPaint { Color = SKColor.Parse(_plan.Theme.Ground) };
        canvas.DrawRect(0, 0, Width, Height, ground);
        _plan.DrawTitles(canvas);
    }

    private void Draw(PanelPlot panel, Mark mark, SKCanvas canvas)
    {
        if (mark.Opacity == 0) return; // a pointer's target
        panel.Draw(mark, canvas);
        if (mark is TextLabel words && panel.Has(words.X, words.Y))
            _plan.Lettering.WriteOver(canvas, Typefaces.Readable(words.Text), panel.Pixel(words.X, words.Y),
                words.Colour);
        if (mark is not Contours contours) return;
        // ScottPlot's own labels sit on their lines, in one fixed format.
        var taken = panel.Panel.Marks.SelectMany(Places).Where(p => panel.Has(p.X, p.Y))
            .Select(p => panel.Pixel(p.X, p.Y)).ToList();
        foreach (var (height, path) in MarkPlots.Levels(contours, panel))
        {
            var label = contours.Format(height);
            if (LabelAt(path, label, panel, taken) is { } at)
                _plan.Lettering.WriteOver(canvas, label, at, contours.Colour);
        }
    }

    private static IEnumerable<PlotPoint> Places(Mark mark) => mark switch
    {
        Curve curve => curve.Places, Dots dots => dots.At.Select(d => new PlotPoint(d.X, d.Y)), _ => [],
    };

    // As near to the line's middle as the whole label lies between the axes, over nothing else where it can be; null:
    // nowhere.
    private SKPoint? LabelAt(IReadOnlyList<ScottPlot.Coordinates> path, string label, PanelPlot panel,
        IReadOnlyList<SKPoint> taken)
    {
        var (half, tall) =
            ((_plan.Lettering.Small.MeasureText(label) / 2) + LabelRoom, (_plan.Theme.Small / 2) + LabelRoom);
        var room = SKRect.Inflate(panel.Inner, -half, -tall);
        SKPoint? first = null;
        foreach (var place in Enumerable.Range(0, path.Count).OrderBy(i => Math.Abs(i - (path.Count / 2)))
            .Select(i => path[i]))
        {
            var at =
                new SKPoint((float)(panel.Inner.Left + (place.X * panel.Inner.Width)),
                    (float)(panel.Inner.Bottom - (place.Y * panel.Inner.Height)));
            if (!room.Contains(at)) continue;
            if (!taken.Any(p => Math.Abs(p.X - at.X) < half + LabelRoom && Math.Abs(p.Y - at.Y) < tall + LabelRoom))
                return at;
            first ??= at;
        }

        return first;
    }
}
