using System.Globalization;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Requests;

/// <summary>
/// Figures of one panel whose runs are coloured by a column of runs.csv; of several results on the same axes.
/// </summary>
internal static class FigureGroups
{
    public const string BySweep = "sweep";

    private const string None = "none";

    // Numbers are told apart one by one up to so many, then along a scale; words not at all.
    private const int MostNumbers = 12;
    private const int MostWords = 28;

    // Shares of the panel: words stand so far above their line's end, below where there is no room, and are not cut off
    // by a side.
    private const double Above = 0.045;
    private const double Rightmost = 0.93;
    private const double Topmost = 0.97;

    /// <exception cref="InputException">There is no such column, or it does not tell these runs apart.</exception>
    public static Figure ColourBy(IReadOnlyList<FigurePart> parts, string column)
    {
        var groups = parts.Select((_, i) => Groups(parts, i, column)).ToList();
        var numbers = groups.SelectMany(g => g.Values).Where(v => v != None).All(v => Number(v) is not null);
        var values = groups.SelectMany(g => g.Values).Distinct().OrderBy(v => numbers && v != None ? Number(v) : 0)
            .ToList();
        Require(parts, column, values, numbers);
        var labels = values.Select(v => Label(v, numbers)).Distinct().ToList();
        var scale = numbers && labels.Count > MostNumbers
            ? Scale(column, [.. values.Where(v => v != None).Select(v => Number(v)!.Value)]) : null;
        string Colour(string value) =>
            value == None ? Colours.Grey : scale is not null ? Colours.Along(scale.Share(Number(value)!.Value))
            : numbers || labels.Count > Colours.Palette.Count
            ? Colours.Ordered(labels.IndexOf(Label(value, numbers)), labels.Count)
            : Colours.Palette[labels.IndexOf(Label(value, numbers))];
        Mark In(Mark mark, string value) =>
            mark with { Colour = Colour(value), Series = [Label(value, numbers), .. mark.Series] };

        var first = parts[0].Figure;
        var panels = parts.Select(p => p.Figure.Panels[0]).ToList();
        var alone = groups.TrueForAll(g => g.Values.Distinct().Count() == 1);
        var keyed = parts.SelectMany(p => p.Figure.Below?.Entries ?? []).Select(e => e.Series).ToHashSet();
        var marks =
            parts.SelectMany((part, i) => panels[i].Marks.SelectMany(mark => Regrouped(mark, groups[i], In, keyed)))
            .ToList();
        var (x, y) = (Joint([.. panels.Select(p => p.X)]), Joint([.. panels.Select(p => p.Y)]));
        return first with
        {
            CaptionParts = first.CaptionParts with { ColouredBy = column },
            Panels = [panels[0] with { X = x, Y = y, Marks = [.. marks, .. Named(marks, x, y, keyed)] }],
            Subtitle = parts.Select(p => p.Figure.Subtitle).Distinct().Count() == 1 ? first.Subtitle : null,
            Beside = scale is not null ? []
                : [new FigureLegend(column,
                    [.. values.DistinctBy(v => Label(v, numbers))
                        .Select(v => new LegendEntry(Label(v, numbers), Colour(v)))])],
            Below = Below(parts, alone),
            Bar = scale is null ? null : new ColourBar(scale, Colours.Along),
        };
    }

    private static IEnumerable<Mark> Regrouped(Mark mark, Dictionary<string, string> groups,
        Func<Mark, string, Mark> within, HashSet<string> keyed)
    {
        if (mark.Item is { } run) return [within(mark, groups[run])];
        if (mark is Dots dots && dots.At.Any(d => RunOf(d) is not null))
            return dots.At.GroupBy(d => groups[RunOf(d)!]).Select(g => within(dots with { At = [.. g] }, g.Key));
        if (groups.Values.Distinct().ToList() is [var only]) return [within(mark, only)];
        // What is fitted to runs of several groups is of none.
        return mark is Curve && !mark.Series.Any(keyed.Contains) ? [mark with { Colour = Colours.Grey }] : [mark];
    }

    // Colours no longer say which budget a fitted line is of: words at its end do, unless a key has it.
    private static IEnumerable<TextLabel> Named(IEnumerable<Mark> marks, Axis x, Axis y, HashSet<string> keyed) =>
        from curve in marks.OfType<Curve>()
        where curve.Item is null && curve.Places.Count > 0 && !curve.Series.Any(keyed.Contains)
        let end = curve.Places[^1]
        let height = y.Share(end.Y)
        select new TextLabel(x.At(Math.Min(x.Share(end.X), Rightmost)),
            y.At(height + (height + Above > Topmost ? -Above : Above)), curve.Series[^1])
        {
            Colour = curve.Colour, Series = curve.Series,
        };

    // The run of each mark, by its id, with what its column says.
    private static Dictionary<string, string> Groups(IReadOnlyList<FigurePart> parts, int part, string column)
    {
        var (sweep, marks) = (parts[part].Sweep!, parts[part].Figure.Panels[0].Marks);
        var drawn = marks.Select(m => m.Item).Concat(marks.OfType<Dots>().SelectMany(d => d.At).Select(RunOf))
            .OfType<string>().ToHashSet();
        var isTwice = parts.Count(p => p.Sweep!.Name == sweep.Name) > 1;
        var name = isTwice ? $"{sweep.Name} ({parts[part].Folder})" : sweep.Name;
        return sweep.Runs.Where(r => drawn.Contains(r.RunId))
            .ToDictionary(r => r.RunId, r => column == BySweep ? name : RunsCsv.Text(r, column) is { Length: > 0 } text
                ? text : None);
    }

    private static void Require(IReadOnlyList<FigurePart> parts, string column, List<string> values, bool numbers)
    {
        var runs = parts.SelectMany(p => p.Sweep!.Runs).ToList();
        var columns = RunsCsv.ColumnsOf(runs);
        if (!columns.Contains(column))
        {
            throw new InputException("--group-by", $"no column of runs.csv is called '{column}'"
                + (NearestWord.Find(column, columns) is { } near
                ? $" (did you mean '{near}'?)"
                : $"; these vary: {string.Join(", ", columns.Where(c => runs.Select(r => RunsCsv.Text(r, c)).Distinct().Count() > 1))}"));
        }

        if (values.Count < 2)
            throw new InputException("--group-by", $"{column} is {values.FirstOrDefault(None)} in every run of this "
                + "figure, and tells none apart");
        if (!numbers && values.Count > MostWords)
        {
            throw new InputException("--group-by", string.Create(CultureInfo.InvariantCulture,
                $"{column} has {values.Count} values, and more than {MostWords} colours are not told apart"));
        }
    }

    private static FigureLegend? Below(IReadOnlyList<FigurePart> parts, bool alone)
    {
        var entries = parts.SelectMany(p => p.Figure.Below?.Entries ?? []).DistinctBy(e => e.Label).ToList();
        return entries.Count == 0 ? null
            : new FigureLegend(null, [.. entries.Select(e => alone ? e with { Colour = Colours.Ink } : e)])
            { Columns = entries.Count };
    }

    private static Axis Scale(string column, IReadOnlyList<double> values) =>
        values.Min() > 0 && values.Max() / values.Min() > 5
        ? Axis.Log(column, column, values) : Axis.Around(column, column, values);

    private static Axis Joint(IReadOnlyList<Axis> axes) =>
        axes[0].Over(axes[0].Scale, axes.Min(a => a.Low), axes.Max(a => a.High));

    // Numbers that read the same are one group: the FLOPs of a budget differ by a batch.
    private static string Label(string value, bool isNumber) => !isNumber || Number(value) is not { } number ? value
        : number == Math.Round(number) && Math.Abs(number) < 1e6 ? Numbers.Plain(number)
        : Numbers.Significant(number, 3);

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? RunOf(Dot dot) => dot.Facts.FirstOrDefault(f => f.Name == "run")?.Text;
}
