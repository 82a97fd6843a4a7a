using System.Globalization;
using System.Text.RegularExpressions;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Laws;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Requests;
using ScalingLab.Runs;

namespace ScalingLab.Reporting.Tests;

/// <summary>Figures drawn as somebody asks for them, of the committed quickstart.</summary>
public sealed partial class RequestedFigureTests
{
    private static readonly string Quickstart = Repository.At("results/quickstart");
    private static readonly string Repetition = Repository.At("results/repetition-micro");

    private static readonly FigureRequest Curves = new(LossCurvesFigure.Name, [Quickstart]);

    [Fact]
    public void Themes_differ_in_ground_in_size_of_letters_and_in_what_is_seen()
    {
        var (print, dark, slide) = (Drawn(FigureTheme.Print), Drawn(FigureTheme.Dark), Drawn(FigureTheme.Slide));
        Assert.Equal("#ffffffff", print.Picture.At(3, 3).ToString());
        Assert.Equal("#ff16191d", dark.Picture.At(3, 3).ToString());
        Assert.Equal((print.Picture.Width, print.Picture.Height), (dark.Picture.Width, dark.Picture.Height));
        Assert.Equal(250 / 25.4 * 96 * 2, slide.Picture.Width, 2.0);
        Assert.Equal(1.8, Zoom(slide.Svg), 0.001);
        var colours = Samples.All.Select(Theme.Dark.Recolour)
            .SelectMany(f => f.Panels.SelectMany(p => p.Marks).Where(m => m.Opacity > 0).Select(m => m.Colour)
            .Concat(f.Beside.Append(f.Below).OfType<FigureLegend>().SelectMany(k => k.Entries).Select(e => e.Colour)))
            .Distinct().ToList();
        Assert.InRange(colours.Count, 10, 200);
        Assert.All(colours, c => Assert.InRange(Colours.Contrast(c, Theme.Dark.Ground), 3, 21));
    }

    [Theory]
    [InlineData(85, true)]
    [InlineData(180, false)]
    public void A_figure_fits_a_width_in_millimetres_with_letters_as_large_as_ever(double millimetres, bool isKeyBelow)
    {
        var figure = Of(Curves with { Millimetres = millimetres });
        using var drawing = new FigureDrawing(figure);
        Assert.Equal(millimetres, drawing.Width / 96 * 25.4, 0.01);
        Assert.Equal(isKeyBelow, figure.HasKeysBelow);
        Assert.All(FontSizes().Matches(drawing.Svg()).Select(m => m.Groups[1].Value),
            size => Assert.Contains(size, (string[])["10", "11", "12"]));
        var picture = new Picture(drawing.Png());
        var (width, height) = (drawing.Width, drawing.Height);
        // nothing is cut off
        Assert.Equal(0, picture.Ink(0, 0, 4, height) + picture.Ink(width - 4, 0, 4, height)
            + picture.Ink(0, height - 4, width, 4));
        Assert.True(picture.Ink(0, 0, width, height) > 5000);
    }

    [Fact]
    public void A_width_that_is_too_small_names_the_least_that_fits()
    {
        var asked =
            new FigureRequest(RecipeFigures.Contrasts, [Repository.At("results/positions-and-optimizers")])
            { Millimetres = 30 };
        var refused = Assert.Single(Assert.Throws<InputException>(() => Of(asked)).Problems).Text;
        var enough =
            int.Parse(Regex.Match(refused, "; --width ([0-9]+) is enough$").Groups[1].Value,
                CultureInfo.InvariantCulture);
        Assert.NotNull(Of(asked with { Millimetres = enough }));
        Assert.Throws<InputException>(() => Of(asked with { Millimetres = enough - 1 }));
    }

    [Fact]
    public void A_title_takes_the_lines_that_it_needs_and_loses_no_letter()
    {
        const string Title =
            "Loss of thirty small transformers on the documentation of a library, and "
                + "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente";
        using var plain = new FigureDrawing(Of(Curves with { Millimetres = 85, Title = "Loss" }));
        using var titled = new FigureDrawing(Of(Curves with { Millimetres = 85, Title = Title }));
        Assert.Equal(plain.Width, titled.Width);
        Assert.InRange(titled.Height - plain.Height, 3 * 17, 6 * 17);
        var picture = new Picture(titled.Png());
        Assert.Equal(0, picture.Ink(titled.Width - 4, 0, 4, titled.Height));
        using var lettering = new TextPainter(Theme.Print);
        var lines = Typefaces.Lines(Title, lettering.Large, 250);
        Assert.All(lines, line => Assert.InRange(lettering.Large.MeasureText(line), 1, 250));
        Assert.Equal(Title.Replace(" ", "", StringComparison.Ordinal),
            string.Concat(lines).Replace(" ", "", StringComparison.Ordinal));
        var refused = Assert.Throws<InputException>(() => Of(Curves with { Title = new string('x', 301) }));
        Assert.Equal("--title: has 301 letters; at most 300 are written", Assert.Single(refused.Problems).ToString());
    }

    [Fact]
    public void Every_figure_fits_a_page_and_but_for_long_names_a_column()
    {
        foreach (var figure in Samples.All)
        {
            foreach (var width in (double[])[85 / 25.4 * 96, 180 / 25.4 * 96])
            {
                var fitted = FigureWidth.Fitted(figure, Theme.Print, width);
                // Names may be too long for a column.
                Assert.True(fitted is not null || (width < 400 && figure.Panels[0].Y.Title.Length == 0), figure.Name);
                if (fitted is null) continue;
                using var drawing = new FigureDrawing(fitted);
                Assert.Equal(width, drawing.Width, 0.01);
                Assert.All(drawing.Areas(), a => Assert.InRange(a.X + a.Width, 0, width));
            }
        }
    }

    [Fact]
    public void Axes_go_where_they_are_asked_to_with_ticks_of_their_own()
    {
        var own = Of(Curves).Panels[0];
        var panel = Of(Curves with { X = AxisScale.Linear, YRange = (2.9, 4.1) }).Panels[0];
        Assert.Equal((AxisScale.Log, AxisScale.Linear), (own.X.Scale, panel.X.Scale));
        Assert.Equal(own.X.High, panel.X.High);
        Assert.InRange(panel.X.Share(own.X.Low), 0.02, 0.05); // no dot lies on the other axis
        Assert.Contains(panel.X.Ticks, t => t.Label == "0");
        Assert.Contains(panel.X.Ticks, t => t.Label == "5×10¹¹");
        Assert.Equal((2.9, 4.1, AxisScale.Log), (panel.Y.Low, panel.Y.High, panel.Y.Scale));
        Assert.Equal(["3", "3.5", "4"], panel.Y.Ticks.Select(t => t.Label));
        Assert.Contains("Vertical axis logarithmic.", Of(Curves with { X = AxisScale.Linear }).Caption,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_are_coloured_by_any_column_that_varies()
    {
        var bySeed = Of(Curves with { GroupBy = "seed" });
        Assert.Equal(("seed", "1 2"),
            (bySeed.Beside[0].Title, string.Join(' ', bySeed.Beside[0].Entries.Select(e => e.Label))));
        Assert.Equal(bySeed.Beside[0].Entries.Select(e => e.Colour),
            bySeed.Panels[0].Marks.Where(m => m.Item is not null).Select(m => m.Colour).Distinct());
        Assert.Contains("coloured by seed.", bySeed.Caption, StringComparison.Ordinal);

        var byTime = Of(Curves with { GroupBy = "wall_seconds" });
        Assert.Equal((0, "wall_seconds"), (byTime.Beside.Count, byTime.Bar!.Axis.Title));
        Assert.True(byTime.Panels[0].Marks.Select(m => m.Colour).Distinct().Count() > 10);
    }

    [Fact]
    public void IsoFLOP_profiles_keep_their_budgets_in_words_where_colours_say_something_else()
    {
        var (sweep, figure) =
            (SweepTable.From(Sweeps.Quickstart(), Sweeps.Quick), Samples.All.Single(f => f.Name == IsoFlopFigure.Name));
        var part = new FigurePart("one", sweep, figure);
        var budgets = figure.Beside[0].Entries.Select(e => e.Label).ToList();
        var grouped = FigureGroups.ColourBy([part], "seed");
        Assert.Equal(sweep.Runs.Count, Runs(grouped).Sum(d => d.At.Count));
        Assert.Equal(2, Runs(grouped).Select(d => d.Colour).Distinct().Count());
        Assert.All(grouped.Panels[0].Marks.OfType<Curve>(), c => Assert.Equal(Colours.Grey, c.Colour));
        Assert.Equal(budgets, Words(grouped));

        var two =
            FigureGroups.ColourBy([part, new FigurePart("two", sweep with { Name = "other" }, figure)],
                FigureGroups.BySweep);
        Assert.Equal(["quickstart", "other"], two.Beside[0].Entries.Select(e => e.Label));
        Assert.Equal(
            two.Beside[0].Entries.Select(e => e.Colour), two.Panels[0].Marks.OfType<Curve>().Select(c => c.Colour)
            .Distinct());
        Assert.Equal(two.Beside[0].Entries.Select(e => e.Colour), Runs(two).Select(c => c.Colour).Distinct());
        Assert.Equal([.. budgets, .. budgets], Words(two));

        static List<Dots> Runs(Figure figure) =>
            [.. figure.Panels[0].Marks.OfType<Dots>().Where(d => d.Shape is Shape.Dot or Shape.Cross)];
        static List<string> Words(Figure figure) => [.. figure.Panels[0].Marks.OfType<TextLabel>().Select(w => w.Text)];
    }

    [Fact]
    public void Two_sweeps_of_one_name_stand_on_one_figure_by_their_folders()
    {
        using var other = new TemporaryFolder();
        foreach (var file in (string[])["runs.csv", "curves.csv"])
            File.Copy(Path.Combine(Quickstart, file), other[file]);
        var two = Of(Curves with { Results = [Quickstart, other.Path] });
        Assert.Equal([$"quickstart ({Quickstart})", $"quickstart ({other.Path})"],
            two.Beside[0].Entries.Select(e => e.Label));
        Assert.Equal(2, two.Beside[0].Entries.Select(e => e.Colour).Distinct().Count());

        var mixed = Of(Curves with { Results = [Quickstart, Repetition] }).Panels[0];
        var alone =
            ((string[])[Quickstart, Repetition]).Select(folder => Of(Curves with { Results = [folder] }).Panels[0])
            .ToList();
        Assert.Equal(alone.Sum(p => p.Marks.Count), mixed.Marks.Count);
        Assert.Equal((alone.Min(p => p.X.Low), alone.Max(p => p.X.High)), (mixed.X.Low, mixed.X.High));
    }

    private static Figure Of(FigureRequest request) =>
        RequestedFigure.Create(request, Theme.For(request.Theme), CancellationToken.None);

    private static (Picture Picture, string Svg) Drawn(FigureTheme name)
    {
        using var drawing = new FigureDrawing(Of(Curves with { Theme = name }), Theme.For(name));
        return (new Picture(drawing.Png()), drawing.Svg());
    }

    // An SVG is as much larger than its own coordinates as its letters are.
    private static double Zoom(string svg)
    {
        var sizes = SvgSize().Match(svg).Groups.Values.Skip(1)
            .Select(g => double.Parse(g.Value, CultureInfo.InvariantCulture)).ToList();
        return sizes[0] / sizes[1];
    }

    [GeneratedRegex("width=\"([0-9.]+)\" height=\"[0-9.]+\" viewBox=\"0 0 ([0-9.]+) ")]
    private static partial Regex SvgSize();

    [GeneratedRegex("font-size=\"([0-9.]+)\"")]
    private static partial Regex FontSizes();
}
