using System.Text.RegularExpressions;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Rendering;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>Loss curves over what was spent, and of more runs than a key can name.</summary>
public sealed class LossCurvesTests
{
    private static readonly Lazy<(IReadOnlyList<RunRow> Runs, IReadOnlyList<CurveRow> Curves)> Hundreds =
        new(() => Many(500, 20));

    [Fact]
    public void Curves_go_over_compute_tokens_or_time()
    {
        var (runs, curves) = Many(4, 2);
        CurveRow[] timed = [.. curves.Where(c => c.RunId == runs[0].RunId).Select((c, i) => c with
        {
            Telemetry = new IntervalTelemetry { TokensPerSecond = i == 0 ? 1000 : 2000 },
        })];
        Figure Over(CurveAxis axis) => LossCurvesFigure.Create([runs[0]], timed, axis)!;
        List<double> Places(CurveAxis axis) =>
            [.. Over(axis).Panels[0].Marks.OfType<Curve>().First().Places.Select(p => p.X)];
        Assert.Equal(timed.Select(c => c.Flops), Places(CurveAxis.Flops));
        Assert.Equal(timed.Select(c => (double)c.Tokens), Places(CurveAxis.Tokens));
        Assert.Equal((timed[0].Tokens / 1000.0) + ((timed[1].Tokens - timed[0].Tokens) / 2000.0),
            Places(CurveAxis.Time)[1], 1e-9);
        Assert.Equal("Time in training steps (s)", Over(CurveAxis.Time).Panels[0].X.Title);
        Assert.StartsWith("Loss against training tokens, one curve a run", Over(CurveAxis.Tokens).Caption,
            StringComparison.Ordinal);
        // No speed, no time.
        Assert.Null(
            LossCurvesFigure.Create([runs[0] with { TokensPerSecond = null }],
                [.. timed.Select(c => c with { Telemetry = null })],
            CurveAxis.Time));
    }

    [Fact]
    public void Hundreds_of_curves_have_a_scale_of_sizes_and_their_lower_edge()
    {
        var (runs, curves) = Hundreds.Value;
        var figure = LossCurvesFigure.Create(runs, curves)!;
        Assert.Empty(figure.Beside);
        Assert.Equal("N, blocks and head", figure.Bar!.Axis.Title);
        Assert.Equal(500, figure.Panels[0].Marks.OfType<Curve>().Count(c => c.Item is not null));
        var edge = Assert.Single(figure.Panels[0].Marks.OfType<Curve>(), c => c.Item is null);
        Assert.True(edge.Width >= 3 * figure.Panels[0].Marks.OfType<Curve>().First().Width);
        Assert.All(edge.Places.Zip(edge.Places.Skip(1)),
            pair => Assert.True(pair.Second.Y <= pair.First.Y && pair.Second.X > pair.First.X));
        var lowest = curves.Min(c => c.LossTrain!.Value);
        Assert.InRange(edge.Places[^1].Y, lowest, lowest * 1.05);
        Assert.Contains("Thick line", figure.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_among_hundreds_are_drawn_through_fewer_points_and_none_is_lost_from_the_table()
    {
        var (runs, curves) = Hundreds.Value;
        var figure = LossCurvesFigure.Create(runs, curves)!;
        Assert.Equal(curves.Count,
            FigureTable.ToCsv(figure).Split('\n').Count(l => l.StartsWith("1,line,m", StringComparison.Ordinal)));
        using var drawing = new FigureDrawing(figure);
        var live = InteractiveSvg.Render(drawing, figure);
        Assert.InRange(Regex.Count(live, "[lL]-?[0-9]"), 500, curves.Count / 2);
        // A page of it, with what its tooltips say.
        Assert.InRange(HtmlWriter.Write("many", [new FigureBlock(1, new DrawnFigure(figure, live))]).Length, 100_000,
            2_000_000);
    }

    [Fact]
    public void Of_thousands_of_curves_some_are_drawn_with_the_lowest_and_the_flagged_and_the_edge_of_all()
    {
        var (runs, curves) = Many(1200, 28);
        var flagged = runs[7].RunId;
        runs = [.. runs.Select(r => r.RunId == flagged ? r with { Flags = RunDefects.Unstable } : r)];
        var figure = LossCurvesFigure.Create(runs, curves)!;
        var drawn = figure.Panels[0].Marks.OfType<Curve>().Where(c => c.Item is not null).Select(c => c.Item!).ToList();
        Assert.Equal(500, drawn.Count);
        Assert.Contains(flagged, drawn);
        Assert.Contains(curves.Where(c => c.Step == 40).MinBy(c => c.LossTrain)!.RunId, drawn);
        Assert.Contains(curves.Where(c => c.Step == 40).MaxBy(c => c.LossTrain)!.RunId, drawn);
        Assert.Contains("Of 1200 runs 500 are drawn", figure.Caption, StringComparison.Ordinal);
        CurvePoint[] Points(string run) =>
            [.. CurvePoint.FromRun(CurveAxis.Flops, runs.First(r => r.RunId == run),
                curves.Where(c => c.RunId == run))];
        var edge = Assert.Single(figure.Panels[0].Marks.OfType<Curve>(), c => c.Item is null);
        var all =
            LowerEnvelope.Curves(
                [.. runs.Select(r => r.RunId).OrderBy(id => id, StringComparer.Ordinal).Select(id => Points(id))])
                .Single();
        Assert.Equal(all.Places, edge.Places);
    }

    [Fact]
    public void Of_dots_that_lie_on_one_another_one_is_drawn_and_the_table_has_all()
    {
        var random = new Random(2);
        Dots Cloud(int count, string colour) =>
            new([.. Enumerable.Range(0, count).Select(_ => new Dot(random.NextDouble(), random.NextDouble()))])
        {
            Colour = colour, Series = [colour],
        };
        var axis = Axis.Linear("x", "x", 0, 1, 5);
        var figure =
            new Figure("cloud", "Cloud", "A cloud.",
                [new Panel(axis, axis, [Cloud(9000, "#0072B2"), Cloud(1, "#D55E00")])]);
        var seen = DotThinner.Thin(figure);
        var marks = seen.Panels[0].Marks.OfType<Dots>().ToList();
        Assert.InRange(marks[0].At.Count, DotThinner.MostDots / 2, DotThinner.MostDots - 1);
        Assert.Single(marks[1].At);
        Assert.Matches(
            "Of 9001 dots [0-9]+ are drawn: of one series and shape at most one in any square of [0-9.]+ pixels",
            seen.Caption);
        Assert.Equal(9002, FigureTable.ToCsv(figure).TrimEnd('\n').Split('\n').Length);
        var few = figure with { Panels = [new Panel(axis, axis, [Cloud(1500, "#0072B2")])] };
        Assert.Same(few, DotThinner.Thin(few));
    }

    [Fact]
    public void A_thinned_line_keeps_its_ends_and_stays_as_near_as_it_says()
    {
        ScottPlot.Coordinates[] path =
            [.. Enumerable.Range(0, 1000)
                .Select(i => new ScottPlot.Coordinates(i / 999.0, 0.5 + (0.4 * Math.Sin(i / 60.0))))];
        var thin = LineSimplifier.Simplify(path, 0.5, 400, 300).ToList();
        Assert.InRange(thin.Count, 10, 120);
        Assert.Equal((path[0], path[^1]), (thin[0], thin[^1]));
        Assert.All(path, p =>
        {
            var after = Math.Max(1, thin.FindIndex(t => t.X >= p.X));
            var (from, to) = (thin[after - 1], thin[after]);
            var above = Math.Abs(from.Y + ((p.X - from.X) / (to.X - from.X) * (to.Y - from.Y)) - p.Y) * 300;
            Assert.InRange(above, 0, 0.5 * Math.Sqrt(1 + 25)); // a slope of five pixels a pixel
        });
        Assert.Equal(path, LineSimplifier.Simplify(path, 0, 400, 300));
    }

    [Fact]
    public void A_pages_lines_are_steps_in_tenths_of_a_pixel_and_dots_say_once_what_they_have_alike()
    {
        Assert.Equal(
            "<g><path d=\"M82.1 53.3l40.3 37.3 10.9-20.1\" stroke-opacity=\"0.3\"/>".Replace(" 10.9-20.1",
                "l10.9-20.1", StringComparison.Ordinal),
            CompactSvg.Compact("<g>", "<path d=\"M82.1 53.27L122.39 90.55L133.26 70.49\" "
                + "stroke-opacity=\"0.29803923\"/>"));
        const string Dots =
            "<ellipse fill=\"#0072B2\" fill-opacity=\"0.80000001\" cx=\"78.24\" cy=\"66.15\" rx=\"2.5\" "
                + "ry=\"2.5\"/>\n\t"
            + "<ellipse fill=\"#0072B2\" fill-opacity=\"0.80000001\" cx=\"81.33\" cy=\"66.3\" rx=\"2.5\" ry=\"2.5\"/>";
        Assert.Equal(
            "<g class=\"dots\" fill=\"#0072B2\" fill-opacity=\"0.8\"><circle cx=\"78.2\" cy=\"66.2\" "
                + "r=\"2.5\"/><circle cx=\"81.3\" cy=\"66.3\" r=\"2.5\"/>",
            CompactSvg.Compact("<g class=\"dots\">", Dots));
        const string Other =
            "<ellipse fill=\"red\" cx=\"1\" cy=\"2\" rx=\"3\" ry=\"3\"/><ellipse fill=\"blue\" cx=\"1\" cy=\"2\" "
                + "rx=\"3\" ry=\"3\"/>";
        Assert.Equal("<g>" + Other, CompactSvg.Compact("<g>", Other));
    }

    /// <summary>So many runs of so many models, with curves of forty points.</summary>
    private static (IReadOnlyList<RunRow> Runs, IReadOnlyList<CurveRow> Curves) Many(int count, int models)
    {
        var random = new Random(1);
        var first = RunRow.From("many", Sweeps.Quickstart().Runs[0]);
        List<RunRow> runs = [.. Enumerable.Range(0, count).Select(i => first with
        {
            RunId = $"run-{i:D4}", Model = $"m{i % models:D2}", ParametersWithHead = 10_000 << (i % models / 2),
                Seed = i,
        })];
        return (runs, [.. runs.SelectMany(run => Enumerable.Range(1, 40).Select(step => new CurveRow(
            run.RunId, run.Model, step, step * 1000L, step * 6000.0 * run.ParametersWithHead,
            (2 + (3 / Math.Sqrt(step))) * (1 + (0.01 * random.NextDouble())), step == 40 ? 2.5 : null, 1e-3, 1)))]);
    }
}
