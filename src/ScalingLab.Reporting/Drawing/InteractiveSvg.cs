using System.Text.Json;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Drawing;

/// <summary>
/// An SVG with what figure.js needs to know: the panels' axes, and of each mark and dot what a tooltip says.
/// </summary>
internal static class InteractiveSvg
{
    public static string Render(FigureDrawing drawing, Figure figure)
    {
        var marks = figure.Panels.SelectMany((panel, i) => panel.Marks.Select(mark => (Mark: mark, Panel: i))).ToList();
        var items = marks.Select(m => m.Mark.Item).OfType<string>().Distinct().Select((item, i) => (item, i))
            .ToDictionary(i => i.item, i => i.i);
        var texts = new List<string>();
        var places = new Dictionary<string, int>();
        // What is known of a run is said once, however many marks it has.
        int Text(string words)
        {
            if (places.TryGetValue(words, out var place)) return place;
            texts.Add(words);
            return places[words] = texts.Count - 1;
        }

        // The serializer's default encoder writes quotes, <, > and & as \u0027 and so on: the text may stand in an
        // attribute.
        return drawing.Svg(JsonSerializer.Serialize(new
        {
            panels = drawing.Areas()
                .Select(a =>
                    new object[]
                    { Round(a.X), Round(a.Y), Round(a.Width), Round(a.Height), Ends(a.Panel.X), Ends(a.Panel.Y) }),
            marks = marks.Select(m =>
                new object[] { m.Mark.Item is { } item ? items[item] : -1, m.Panel, Text(Words(m.Mark.Facts)) })
                .ToList(),
            dots = drawing.Targets().Select(t => new object[]
                { t.X, t.Y, t.Mark, Text(Words(t.Dot.Facts)), At(figure.Panels[marks[t.Mark].Panel], t.Dot) }).ToList(),
            texts,
        }, JsonSerializerOptions.Default));
    }

    // An axis without a title has names along it: it does not zoom.
    private static object[] Ends(Axis axis) =>
        [axis.Scale == AxisScale.Log ? 1 : 0, Numbers.Drawn(axis.Low), Numbers.Drawn(axis.High), axis.Title.Length > 0
            ? 1 : 0];

    private static string At(Panel panel, Dot dot) =>
        string.Join('\n', new[] { Word(panel.X, dot.X), Word(panel.Y, dot.Y) }.Where(line => line.Length > 0));

    private static string Words(IReadOnlyList<Fact> facts) =>
        string.Join('\n', facts.Select(f => $"{f.Name}: {f.Text}"));

    private static string Word(Axis axis, double value) =>
        axis.Format(value) is { Length: > 0 } said ? $"{axis.Name}: {said}" : "";

    private static double Round(double pixels) => Math.Round(pixels, 1);
}
