using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Tests;

/// <summary>What the libraries under the figures do wrong, and that the figures do not.</summary>
public sealed class DrawingTests
{
    private static readonly Axis X = Axis.LogBetween("C", "Compute", 1, 1000);
    private static readonly Axis Y = Axis.Linear("loss", "Loss", 0, 10);

    [Fact]
    public void A_second_panel_does_not_wipe_the_first() // ScottPlot issue 5261
    {
        var line = new Curve([new PlotPoint(1, 5), new PlotPoint(1000, 5)]) { Colour = "#ff0000", Width = 4 };
        var figure = Of(Panel(line), Panel(line), Panel(line));
        using var drawing = new FigureDrawing(figure);
        var picture = new Picture(drawing.Png());
        Assert.All(drawing.Areas(),
            a => Assert.True(picture.Of("#ff0000", a.X + 5, a.Y, a.Width - 10, a.Height) > 1000));
    }

    [Fact]
    public void Nothing_is_drawn_twice() // ScottPlot issues 4842 and 4436
    {
        var figure =
            Of(Panel(new Band([new ValueSpan(1, 2, 8), new ValueSpan(1000, 2, 8)])
                { Colour = "#0000ff", Opacity = 0.2 }));
        using var drawing = new FigureDrawing(figure);
        var picture = new Picture(drawing.Png());
        var area = drawing.Areas().Single();
        var once = picture.At(area.X + (0.23 * area.Width), area.Y + (0.47 * area.Height));
        Assert.InRange(once.Red, 203, 205); // a fifth of blue over white; twice would be 163
        var texts = Texts(drawing.Svg());
        Assert.Equal(texts.Distinct(), texts);
        Assert.Equal(1, Regex.Count(drawing.Svg(), "fill=\"blue\"|fill=\"#00F\"|fill=\"#0000FF\""));
    }

    [Fact]
    public void No_list_of_coordinates_ends_in_a_comma_and_no_text_in_a_line_break() // ScottPlot issue 5246
    {
        const string Skia = """
            <?xml version="1.0"?>
            <svg width="9" height="9">
            <clipPath id="cl_1"><rect width="9"/></clipPath><g clip-path="url(#cl_1)"><text font-family="DejaVu Sans" x="1.23456, 2, " y="3, ">
            	1.23456, 2, 
            </text></g>
            </svg>
            """;
        Assert.Equal(
            "<clipPath id=\"a-cl_1\"><rect width=\"9\"/></clipPath><g clip-path=\"url(#a-cl_1)\"><text x=\"1.23, 2\" "
                + "y=\"3\">1.23456, 2,</text></g>",
            SvgText.Mended(Skia, "a-"));
        foreach (var figure in Samples.Of(Sweeps.Quickstart()))
        {
            using var drawing = new FigureDrawing(figure);
            Assert.DoesNotMatch(", *\"|>\\s+[^<\\s]", drawing.Svg());
        }
    }

    [Fact]
    public void Intervals_end_at_their_values_on_a_logarithmic_axis() // ScottPlot issue 4048
    {
        var panel =
            new Panel(Axis.Linear("x", "", 0, 10), Axis.LogBetween("N", "", 1, 100),
                [new Intervals([new ValueSpan(5, 10, 100)])]);
        using var drawing = new FigureDrawing(Of(panel));
        var area = drawing.Areas().Single();
        var mark = XDocument.Parse(drawing.Svg()).Descendants().Single(e => (string?)e.Attribute("data-mark") == "0");
        var path = (string)mark.Elements().Single().Attribute("d")!;
        var numbers = Regex.Matches(path, "[0-9.]+").Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture))
            .ToList();
        Assert.Equal([area.X + (area.Width / 2), area.Y + (area.Height / 2), area.X + (area.Width / 2), area.Y],
            numbers, new Near(0.05));
    }

    [Fact]
    public void Ticks_of_a_logarithmic_axis_are_powers_of_ten_and_fewer_where_they_are_many() // ScottPlot issue 5173
    {
        Assert.Equal(["10⁰", "10¹", "10²", "10³"], Labels(X));
        Assert.Equal(["2×10¹¹", "5×10¹¹", "10¹²", "2×10¹²"], Labels(Axis.LogBetween("C", "", 1.5e11, 2.2e12)));
        Assert.Equal(["2×10⁻²", "3×10⁻²"], Labels(Axis.LogBetween("rate", "", 1.9e-2, 3.1e-2)));
        Assert.InRange(Labels(Axis.LogBetween("C", "", 1e-250, 1e250)).Count, 5, 12);
        Assert.Equal(["−0.02", "−0.01", "0", "0.01", "0.02"], Labels(Axis.Linear("residual", "", -0.025, 0.025)));
    }

    [Fact]
    public void A_label_stands_in_the_middle_of_its_tick()
    {
        var y = Axis.Linear("loss", "", 0, 10) with { Ticks = [new AxisTick(5, "1248")], HasGrid = false };
        using var drawing =
            new FigureDrawing(Of(new Panel(X, y, [new Curve([new PlotPoint(1, 1), new PlotPoint(10, 2)])])));
        var picture = new Picture(drawing.Png());
        var area = drawing.Areas().Single();
        var (top, bottom) = picture.Rows(area.X - 40, area.Y, 33, area.Height);
        Assert.Equal(area.Y + (area.Height / 2), (top + bottom) / 2, 0.8);
    }

    [Theory]
    [InlineData(300, "a = 0.417 (95 %: 0.324 to 0.596)")]
    [InlineData(150, "a = 0.417")]
    [InlineData(40, "a =…")]
    public void A_panels_title_is_not_cut_within_its_brackets(double width, string shown)
    {
        using var drawing = new FigureDrawing(Of(Panel(new Curve([new PlotPoint(1, 1), new PlotPoint(10, 2)])) with
        {
            Title = "a = 0.417 (95 %: 0.324 to 0.596)", Width = width,
        }));
        Assert.Contains(shown, Texts(drawing.Svg()));
    }

    [Fact]
    public void Letters_come_with_the_program_and_one_that_it_has_not_is_a_box() // SkiaSharp issue 848
    {
        const string Held = "αβγ ΔΣ L = E + A/N^α ∝ 2×10¹¹ ≈ ₁₀ − → ± éüßçžł Привет";
        Assert.Equal(Held, Typefaces.Readable(Held));
        Assert.Equal("a □ b □", Typefaces.Readable("a \u4e2d \t b\n\ud83d\ude00"));
        Assert.Equal("ab", Typefaces.Readable("a\u202eb\u200b"));
        var figure =
            Of(Panel(new Curve([new PlotPoint(1, 1), new PlotPoint(10, 2)]))) with { Heading = "一 <b> & 'c' \"d\"" };
        using var drawing = new FigureDrawing(figure);
        Assert.Contains("□ <b> & 'c' \"d\"", Texts(drawing.Svg()));
        Assert.Equal(2, Regex.Count(System.Text.Encoding.Latin1.GetString(drawing.Pdf()), "/FontFile2"));
    }

    [Fact]
    public void A_key_for_several_panels_has_a_title_and_words_that_are_too_long_are_cut()
    {
        var figure = Of(Panel(), Panel()) with
        {
            Beside =
                [new FigureLegend("Budget",
                    [new LegendEntry("ten", Colours.Blue),
                        new LegendEntry(new string('w', 400), Colours.Vermilion, Shape.Diamond)])],
            Below = new FigureLegend(null, [new LegendEntry("law", Colours.Ink, Shape.Line)]),
        };
        using var drawing = new FigureDrawing(figure);
        var texts = Texts(drawing.Svg());
        foreach (var word in (string[])["Budget", "ten", "law"]) Assert.Contains(word, texts);
        Assert.Contains(texts, t => t.Length < 100 && t.EndsWith("w…", StringComparison.Ordinal));
        Assert.InRange(drawing.Width, 700, 1100);
    }

    [Fact]
    public void Heights_of_lines_are_written_on_them_over_a_halo()
    {
        var contours =
            new Contours((c, loss) => Math.Log10(c) + loss, [4, 8]) { Colour = "#ff0000", Format = h => $"L {h}" };
        using var drawing = new FigureDrawing(Of(Panel(contours)));
        var svg = drawing.Svg();
        Assert.Equal(2, Regex.Count(svg, "<text[^>]*stroke=\"white\"[^>]*>L [48]</text>"));
        Assert.Equal(2, Regex.Count(svg, "<text fill=\"(red|#F00)\"[^>]*>L [48]</text>"));
        var picture = new Picture(drawing.Png());
        var area = drawing.Areas().Single();
        Assert.True(picture.Of("#ff0000", area.X, area.Y, area.Width, area.Height) > 200);
    }

    [Fact]
    public void Words_stand_at_their_place_over_a_halo()
    {
        using var drawing =
            new FigureDrawing(
                Of(Panel(new TextLabel(10, 5, "here") { Colour = "#ff0000" }, new TextLabel(-1, 5, "nowhere"))));
        var texts = Texts(drawing.Svg());
        Assert.Equal(2, texts.Count(t => t == "here"));
        Assert.DoesNotContain("nowhere", texts);
        var (picture, area) = (new Picture(drawing.Png()), drawing.Areas().Single());
        Assert.True(picture.Ink(area.X + (area.Width / 3) - 10, area.Y + (area.Height / 2) - 5, 20, 10) > 40);
    }

    [Fact]
    public void Labels_without_room_are_left_out_and_none_lies_over_another()
    {
        var names = Enumerable.Range(0, 60).Select(i => $"a name of some length {i}").ToList();
        var rates = Axis.LogAt("rate", "", 1, 60, Enumerable.Range(1, 60).Select(i => (double)i));
        var panel = new Panel(rates, Axis.Names("row", names), [new Dots([new Dot(2, 3)])])
        {
            Height = 120,
        };
        using var drawing = new FigureDrawing(Of(panel));
        var shown = Texts(drawing.Svg());
        Assert.InRange(shown.Count(t => t.StartsWith("a name", StringComparison.Ordinal)), 5, 12);
        Assert.InRange(shown.Count(t => int.TryParse(t, out _)), 5, 40);
    }

    [Fact]
    public void Values_that_no_axis_can_hold_spoil_nothing()
    {
        var panel = Panel(
            new Curve(
                [new PlotPoint(-1, 5), new PlotPoint(double.NaN, 5), new PlotPoint(1, double.PositiveInfinity),
                    new PlotPoint(10, 5), new PlotPoint(1e300, -1e300)]),
            new Dots([new Dot(0, 1), new Dot(10, 1e308), new Dot(10, 5)]),
            new Band([new ValueSpan(10, -1e300, 1e300), new ValueSpan(20, 0, double.NaN), new ValueSpan(30, 1, 2)]));
        using var drawing = new FigureDrawing(Of(panel));
        Assert.DoesNotMatch("(?i)nan|inf", drawing.Svg());
        Assert.NotEmpty(drawing.Png());
        Assert.Single(drawing.Targets());
    }

    private static Panel Panel(params Mark[] marks) => new(X, Y, marks) { Width = 200, Height = 150 };

    private static Figure Of(params Panel[] panels) => new("sample", "A sample", "", panels);

    private static List<string> Labels(Axis axis) => [.. axis.Ticks.Select(t => t.Label).OfType<string>()];

    private static List<string> Texts(string svg) =>
        [.. XDocument.Parse(svg).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];

    private sealed class Near(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < tolerance;

        public int GetHashCode(double value) => 0;
    }
}
