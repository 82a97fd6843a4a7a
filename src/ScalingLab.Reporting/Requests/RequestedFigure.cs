using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tuning;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Requests;

/// <summary>One figure of some results, as it was asked for.</summary>
public static class RequestedFigure
{
    private const double LeastMillimetres = 30;
    private const double MostMillimetres = 1000;
    private const double PixelsAMillimetre = 96 / 25.4;
    private const double Room = 0.03;
    private const int MostTitle = 300;

    /// <summary>
    /// Draws it into <paramref name="folder"/>, which is made where absent: NAME.svg and so on. The same request gives
    /// the same bytes.
    /// </summary>
    /// <exception cref="InputException">There is no such figure, these results do not have it, or an option has no
    /// meaning for it: every problem.</exception>
    public static async Task<FigureOutcome> WriteAsync(FigureRequest request, string folder,
        CancellationToken stop = default)
    {
        var theme = Theme.For(request.Theme);
        var figure = Create(request, theme, stop);
        Directory.CreateDirectory(folder);
        var files = new List<string>();
        using var drawing = new FigureDrawing(figure, theme);
        foreach (var format in request.Formats)
            files.Add(await FigureFiles.SaveAsync(drawing, figure, format, folder, stop).ConfigureAwait(false));
        return new FigureOutcome(files, figure.Caption);
    }

    internal static Figure Create(FigureRequest request, Theme theme, CancellationToken stop)
    {
        var kind = FigureKinds.Find(request.Name);
        Require(OptionProblems(request, kind));
        var parts = request.Results.Select(folder => Part(folder, request, kind, stop)).ToList();
        var column = request.GroupBy ?? (parts.Count > 1 ? FigureGroups.BySweep : null);
        var figure = column is null ? parts[0].Figure : FigureGroups.ColourBy(parts, column);
        figure = figure with { Heading = request.Title ?? figure.Heading };
        Require(RangeProblems(request, figure));
        figure = figure with
        {
            Panels = [.. figure.Panels.Select(p => WithAxes(p, request))],
        };
        if ((request.Millimetres ?? theme.Millimetres) is not { } wide) return figure;
        return Fitted(figure, theme, wide) ?? throw new InputException("--width", FormattableString.Invariant(
            $"{wide} mm leave no room for {figure.Name} beside its letters; {SmallestWidth(figure, theme, wide)}"));
    }

    private static Figure? Fitted(Figure figure, Theme theme, double millimetres) =>
        FigureWidth.Fitted(figure, theme, millimetres * PixelsAMillimetre / theme.Zoom);

    private static string SmallestWidth(Figure figure, Theme theme, double wide)
    {
        var enough = Enumerable.Range((int)wide + 1, (int)(MostMillimetres - wide))
            .FirstOrDefault(more => Fitted(figure, theme, more) is not null);
        return enough > 0 ? FormattableString.Invariant($"--width {enough} is enough")
            : "no width is enough: leave --width out";
    }

    /// <summary>What has no meaning, whatever the results hold.</summary>
    private static IEnumerable<Problem> OptionProblems(FigureRequest request, FigureKind kind)
    {
        foreach (var format in request.Formats.Except(FigureRequest.AllFormats))
            yield return new Problem("--format", $"no format is called "
                + $"'{format}'{NearestWord.Hint(format, FigureRequest.AllFormats)}");
        if (request.Formats.Count == 0) yield return new Problem("--format", "names no format");
        if (request.Millimetres is { } wide && wide is not (>= LeastMillimetres and <= MostMillimetres))
            yield return new Problem("--width",
                FormattableString.Invariant($"is {wide} mm; {LeastMillimetres} to {MostMillimetres} is expected"));
        if (request.Title?.Length > MostTitle)
            yield return new Problem("--title",
                FormattableString.Invariant($"has {request.Title.Length} letters; at most {MostTitle} are written"));
        if (request.YRange is { } range
            && !(double.IsFinite(range.Low) && double.IsFinite(range.High) && range.Low < range.High))
            yield return new Problem("--y-range",
                FormattableString.Invariant($"goes from {range.Low} to {range.High}; the lower end comes first"));
        var able = string.Join(" and ", FigureKinds.All.Where(k => k.TakesGroups).Select(k => k.Name));
        if (request.Results.Count > 1 && !kind.TakesGroups)
            yield return new Problem("RESULTS", $"{kind.Name} cannot hold several results; "
                + $"{able} can. Draw one figure of each");
        if (request.GroupBy is not null && !kind.TakesGroups)
            yield return new Problem("--group-by", $"{kind.Name} has colours of its own; {able} can be coloured by a "
                + "column of runs.csv");
        if (request.Over != CurveAxis.Flops && !kind.TakesCurveAxis)
        {
            var curves = string.Join(" and ", FigureKinds.All.Where(k => k.TakesCurveAxis).Select(k => k.Name));
            yield return new Problem("--over", $"{curves} alone can go over tokens or time; leave it out");
        }
        if (request.X is not null && !kind.TakesScale)
            yield return new Problem("--x", $"the horizontal axes of {kind.Name} are read on one scale; leave it out");
    }

    /// <summary>What these values do not allow.</summary>
    private static IEnumerable<Problem> RangeProblems(FigureRequest request, Figure figure)
    {
        if (request.YRange is not var (low, high)) yield break;
        var axes = figure.Panels.Select(p => p.Y).ToList();
        if (axes.Exists(y => y.Title.Length == 0))
            yield return new Problem("--y-range", $"the vertical axis of {figure.Name} has names, not numbers");
        else if (axes.Select(y => y.Name).Distinct().Count() > 1)
        {
            var names = string.Join(" and ", axes.Select(y => y.Name).Distinct());
            yield return new Problem("--y-range", $"the panels of {figure.Name} show {names}: no range is for both");
        }
        else if (axes[0].Scale == AxisScale.Log && low <= 0)
        {
            yield return new Problem(
                "--y-range",
                FormattableString.Invariant(
                    $"begins at {low}, and the axis is logarithmic; a number above 0 is expected"));
        }
        else if (axes.TrueForAll(y => high <= y.Low || low >= y.High))
        {
            var (least, most) = (Numbers.Drawn(axes.Min(y => y.Low)), Numbers.Drawn(axes.Max(y => y.High)));
            yield return new Problem(
                "--y-range",
                FormattableString.Invariant(
                    $"nothing lies from {low} to {high}: {axes[0].Name} goes from {least} to {most}"));
        }
    }

    private static Panel WithAxes(Panel panel, FigureRequest request) => panel with
    {
        X = panel.X.Over(request.X ?? panel.X.Scale, Lowest(panel.X, request.X), panel.X.High),
        Y = request.YRange is var (low, high) ? panel.Y.Over(panel.Y.Scale, low, high) : panel.Y,
    };

    // A logarithmic axis begins at a factor below its first dot, which is no room at all on a linear one.
    private static double Lowest(Axis axis, AxisScale? asked) =>
        asked == AxisScale.Linear && axis.Scale == AxisScale.Log ? axis.Low - (Room * (axis.High - axis.Low))
        : axis.Low;

    private static FigurePart Part(string folder, FigureRequest request, FigureKind kind, CancellationToken stop)
    {
        var sweep = kind is TuneFigureKind ? null : SweepTable.Read(folder);
        var (name, found) = (request.Name, FigureKinds.FromResults(kind, folder, sweep, request.Over, stop));
        var named = found.Figures.Where(f => f.Name == name).ToList();
        if (named.Count == 0 && name == kind.Name) named = [.. found.Figures];
        if (named is [var figure]) return new FigurePart(folder, sweep, figure);
        var others = found.Figures.Select(f => f.Name).ToList();
        throw new InputException(folder, others.Count > 0 ? $"has no {name} alone, but "
            + $"{string.Join(", ", others)}: name one"
            : found.LeftOut is [{ } left, ..] ? $"has no {name}: {left.Reason}"
            : $"has no {name}, which needs {kind.Needs}");
    }

    private static void Require(IEnumerable<Problem> problems)
    {
        if (problems.ToList() is { Count: > 0 } all) throw new InputException(all);
    }
}

/// <summary>A figure with the results that it is of.</summary>
/// <param name="Folder">The results.</param>
/// <param name="Sweep">The same as read; null: a tune's.</param>
/// <param name="Figure">The figure.</param>
internal sealed record FigurePart(string Folder, SweepTable? Sweep, Figure Figure);
