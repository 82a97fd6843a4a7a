using System.Globalization;
using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>
/// NAME.csv: what a figure shows, one row a place of a mark. Columns: panel, mark, series, one for each quantity on an
/// axis, low and high of a band or an interval, and what else is known. Numbers have six significant digits, as they
/// are drawn.
/// </summary>
internal static class FigureTable
{
    private const string Low = "low";
    private const string High = "high";

    private static readonly string[] First = ["panel", "mark", "series"];

    public static string ToCsv(Figure figure)
    {
        var rows = figure.Panels.SelectMany((panel, i) => panel.Marks.Select(mark => (Panel: i, Mark: mark)))
            .SelectMany(m => Rows(figure.Panels[m.Panel], m.Mark), (m, row) => (m.Panel, m.Mark, Row: row)).ToList();
        var quantities = figure.Panels.Select(p => p.X.Name).Concat(figure.Panels.Select(p => p.Y.Name)).Distinct()
            .ToList();
        var others = rows.SelectMany(r => r.Row.Keys).Except(quantities).Distinct()
            .OrderBy(name => name is Low or High ? 0 : 1).ToList();
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using (var csv = new CsvRows(text))
        {
            csv.Row([.. First, .. quantities, .. others]);
            foreach (var (panel, mark, row) in rows)
            {
                csv.Row(
                [
                    figure.Panels[panel].Title ?? (panel + 1).ToString(CultureInfo.InvariantCulture), Word(mark),
                        string.Join("; ", mark.Series),
                    .. quantities.Concat(others).Select(name => row.GetValueOrDefault(name, "")),
                ]);
            }
        }

        return text.ToString();
    }

    private static string Word(Mark mark) => mark switch
    {
        Curve => "line", Dots => "dot", Band => "band", Intervals => "interval", Bars => "bar", Rule => "rule",
            TextLabel => "words", _ => "contour",
    };

    private static IEnumerable<Dictionary<string, string>> Rows(Panel panel, Mark mark) => mark switch
    {
        Curve curve => curve.Places.Select(p => Row(Told(mark), (panel.X.Name, p.X), (panel.Y.Name, p.Y))),
        // Dots that nobody sees are a pointer's targets on a line that has its rows.
        Dots { Opacity: > 0 } dots =>
            dots.At.Select(d => Row([.. Told(mark), .. d.Facts], (panel.X.Name, d.X), (panel.Y.Name, d.Y))),
        Band band => band.Along.Select(b => Row(mark.Facts, (panel.X.Name, b.At), (Low, b.Low), (High, b.High))),
        Intervals bars =>
            bars.Of.Select(b =>
                Row(mark.Facts, (bars.IsHorizontal ? panel.Y.Name : panel.X.Name, b.At), (Low, b.Low), (High, b.High))),
        Bars bars => bars.Of.Select(b => Row(Told(mark), (panel.Y.Name, b.At), (Low, b.Low), (High, b.High))),
        Rule rule => [Row(mark.Facts, (rule.IsVertical ? panel.X.Name : panel.Y.Name, rule.At))],
        TextLabel words =>
            [Row([.. mark.Facts, new Fact("words", words.Text)], (panel.X.Name, words.X), (panel.Y.Name, words.Y))],
        Contours contours => contours.Levels.Select(level => Row(mark.Facts, ("level", level))),
        _ => [],
    };

    /// <summary>
    /// Of a run's whole curve its name alone: what else is known of the run stands in runs.csv, and would stand here at
    /// each of its points.
    /// </summary>
    private static IReadOnlyList<Fact> Told(Mark mark) => mark.Item is null ? mark.Facts : [new Fact("run", mark.Item)];

    private static Dictionary<string, string> Row(IReadOnlyList<Fact> facts,
        params (string Name, double Value)[] numbers)
    {
        var row = facts.DistinctBy(f => f.Name)
            .ToDictionary(f => f.Name, f => f.Number is { } number ? Text(number) : f.Text);
        foreach (var (name, value) in numbers) row[name] = Text(value);
        return row;
    }

    private static string Text(double value) => double.IsFinite(value) ? CsvFields.Text(Numbers.Drawn(value)) : "";
}
