using System.Text.RegularExpressions;
using System.Xml.Linq;
using ScalingLab.Fitting;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Laws;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;

namespace ScalingLab.Reporting.Tests;

public sealed class FigureTests
{
    private static readonly string[] Names =
        ["loss-curves", "isoflop", "frontier", "loss-contours", "parametric", "residuals", "comparison", "machine"];

    [Fact]
    public async Task A_real_looking_sweep_gives_every_figure_in_every_format()
    {
        var (folder, outcome) = await Drawn.QuickstartAsync();
        Assert.Equal(
            ["runs.csv", "curves.csv", "fit.json",
             .. Names.SelectMany(n =>
                 (string[])[$"figures/{n}.svg", $"figures/{n}.pdf", $"figures/{n}.png", $"figures/{n}.csv"]),
                 "report.md", "report.html"],
            outcome.Files.Where(f => !f.StartsWith("tables/", StringComparison.Ordinal)));
        Assert.All(outcome.Files, f => Assert.True(File.Exists(folder[f])));
    }

    [Fact]
    public void Every_figure_that_there_is_lies_whole_on_its_page_in_every_format()
    {
        var figures = Samples.All;
        Assert.Equal(
            ["comparison", "cost-predictions", "frontier", "isoflop", "loss-contours", "loss-curves", "machine",
                "parametric", "recipe-compute",
             "recipe-differences", "recipe-tuning", "repetition", "residuals", "scores", "timeline", "tune-laws",
                 "tune-loss-batch-tokens", "tune-loss-learning-rate",
             "tune-published", "unique-tokens"],
            figures.Select(f => f.Name).Order(StringComparer.Ordinal));
        Assert.All(figures, AssertWhole);
    }

    [Fact]
    public async Task The_isoflop_figure_has_every_run_a_parabola_a_budget_and_its_minimum()
    {
        var (folder, _) = await Drawn.QuickstartAsync();
        var svg = XDocument.Load(folder["figures/isoflop.svg"]);
        var groups = svg.Descendants().Where(e => e.Attribute("data-mark") is not null).ToList();
        Assert.Equal(38 + 4, groups.Where(g => (string?)g.Attribute("class") == "dots").Sum(g => g.Elements().Count()));
        // parabolas; intervals of the minima
        Assert.Equal(4 + 4, groups.Where(g => g.Attribute("class") is null).Sum(g => g.Elements().Count()));
        var labels = svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToList();
        foreach (var label in (string[])["10¹¹", "2.5×10¹¹", "6×10¹¹", "1.5×10¹²", "2×10⁴", "Validation loss "
            + "(nats/token)"]) Assert.Contains(label, labels);
    }

    [Fact]
    public void Held_out_runs_are_rings_at_what_the_law_predicts_that_has_not_seen_them()
    {
        var runs = DemoSweep.Chinchilla.Observations.Select((one, i) => one with { Row = i + 1 }).ToList();
        var fit =
            Fitter.Fit(runs,
                new FitOptions { Bootstrap = 0, Approaches = [FitApproach.Parametric, FitApproach.IsoFlop] });
        var held = fit.Extrapolation!.HeldOut;
        Assert.Equal(fit.Extrapolation.HeldOutPoints, held.Count);
        Assert.Equal(fit.Extrapolation.Bias!.Value, held.Average(r => Math.Log(r.Predicted / r.Loss)), 1e-12);
        var residuals = ParametricFigure.CreateResiduals("r", null, PlottedRuns.From(runs), fit)!;
        foreach (var figure in new[] { ParametricFigure.Create("p", null, PlottedRuns.From(runs), fit)!, residuals })
        {
            Assert.All(figure.Panels, panel =>
            {
                var dots = panel.Marks.OfType<Dots>().ToLookup(d => d.Shape, d => d.At.Count);
                Assert.Equal((runs.Count, held.Count), (dots[Shape.Dot].Sum(), dots[Shape.Ring].Sum()));
            });
            Assert.Contains("Rings: the runs of the largest budget", figure.Caption, StringComparison.Ordinal);
        }

        Assert.Equal(["N", "D", "C"], residuals.Panels.Select(p => p.X.Name));
    }

    [Fact]
    public void Lines_of_equal_loss_are_each_labelled_once_clear_of_the_frontier_and_the_runs()
    {
        var figure = Samples.All.Single(f => f.Name == ContourFigure.Name);
        var levels = figure.Panels[0].Marks.OfType<Contours>().Select(c => c.Levels.Single()).ToList();
        Assert.InRange(levels.Count, 6, 9);
        using var drawing = new FigureDrawing(figure);
        var labels = XDocument.Parse(drawing.Svg()).Descendants().Where(e => e.Name.LocalName == "text")
            .Select(e => e.Value).ToList();
        // a halo and the words
        Assert.All(levels, level => Assert.Equal(2, labels.Count(l => l == Numbers.Fixed(level, 2))));
        var optima = Assert.Single(figure.Panels[0].Marks.OfType<Curve>()).Places;
        Assert.All(optima.Zip(optima.Skip(1)),
            pair => Assert.True(pair.Second.X > pair.First.X && pair.Second.Y > pair.First.Y));
        Assert.Equal(Sweeps.Quickstart().Runs.Count, figure.Panels[0].Marks.OfType<Dots>().Sum(d => d.At.Count));
    }

    [Fact]
    public async Task A_figures_data_stand_beside_it_as_a_table()
    {
        var (folder, _) = await Drawn.QuickstartAsync();
        var lines = File.ReadAllLines(folder["figures/isoflop.csv"]);
        Assert.Equal("panel,mark,series,N,loss,low,high,run,model,seed,D,C,minimum,95 % of N,runs", lines[0]);
        var runs = RunsCsv.Read(folder["runs.csv"]);
        var dots = lines.Where(l => l.StartsWith("1,dot,10¹¹,", StringComparison.Ordinal)).ToList();
        Assert.Equal(runs.Count(r => r.BudgetFlops == 1e11), dots.Count);
        Assert.All(dots, line => Assert.Contains(line.Split(',')[7], runs.Select(r => r.RunId)));
        Assert.Contains(lines, l => l.StartsWith("1,line,10¹¹,", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("1,interval,interior minimum,,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Anyones_fit_has_its_figures_with_published_laws_on_the_same_axes()
    {
        using var folder = new TemporaryFolder();
        var runs = DemoSweep.Chinchilla.Observations;
        var fit =
            Fitter.Fit(runs,
                new FitOptions { Bootstrap = 0, Approaches = [FitApproach.Parametric, FitApproach.IsoFlop] });
        var outcome = await FitFigures.WriteAsync(fit, runs, folder.Path);
        Assert.Empty(outcome.LeftOut);
        foreach (var name in Names.Except(["loss-curves", "machine"])) Assert.Contains($"{name}.svg", outcome.Files);
        Assert.Contains(">Loss (nats/token)</text>", File.ReadAllText(folder["isoflop.svg"]), StringComparison.Ordinal);
        var comparison = File.ReadAllText(folder["comparison.svg"]);
        foreach (var law
            in (string[])["These runs", "Kaplan et al. 2020 (N without embeddings)", "Hoffmann et al. 2022",
                "Besiroglu et al. 2024"])
            Assert.Contains($">{law}</text>", comparison, StringComparison.Ordinal);
        // Runs without names are coloured by their size.
        Assert.Contains("<linearGradient", File.ReadAllText(folder["parametric.svg"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fit_that_is_sure_of_nothing_says_which_figures_it_does_not_give()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<LossObservation> runs = [.. DemoSweep.Chinchilla.Observations.Take(3)];
        var outcome =
            await FitFigures.WriteAsync(Fitter.Fit(runs, new FitOptions { Bootstrap = 0 }), runs, folder.Path);
        Assert.Contains(outcome.LeftOut,
            text => text.StartsWith("comparison: no fit is sure enough", StringComparison.Ordinal));
        Assert.Contains(outcome.LeftOut, text => text.StartsWith("parametric: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_runs_give_the_same_bytes_from_the_ledger_and_from_the_files()
    {
        var (first, outcome) = await Drawn.QuickstartAsync();
        using var second = new TemporaryFolder();
        await ResultsWriter.WriteAsync(Sweeps.Quickstart(), second.Path, Sweeps.Quick);
        Assert.All(outcome.Files, f => Assert.Equal(File.ReadAllBytes(first[f]), File.ReadAllBytes(second[f])));
        var again = await ResultsWriter.RewriteAsync(second.Path, Sweeps.Quick);
        Assert.Equal(outcome.Headline, again.Headline);
        Assert.All(outcome.Files, f => Assert.Equal(File.ReadAllBytes(first[f]), File.ReadAllBytes(second[f])));
    }

    /// <summary>
    /// Its SVG is XML with every label once; its PDF has the font in it; its picture has an empty border, and ink in
    /// every panel and title.
    /// </summary>
    private static void AssertWhole(Figure figure)
    {
        using var drawing = new FigureDrawing(figure);
        var svg = XDocument.Parse(drawing.Svg());
        var texts = svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToList();
        Assert.DoesNotContain(texts, t => t.Contains("NaN", StringComparison.Ordinal)
            || t.Contains('□', StringComparison.Ordinal));
        Assert.Contains(figure.Heading ?? figure.Title, texts);
        foreach (var title in figure.Panels.SelectMany(p => (string[])[p.X.Title, p.Y.Title]).Where(t => t.Length > 0))
            Assert.Contains(title, texts);
        var ids = svg.Descendants().Select(e => (string?)e.Attribute("id")).OfType<string>().ToList();
        Assert.Equal(ids.Distinct(), ids);

        var pdf = System.Text.Encoding.Latin1.GetString(drawing.Pdf());
        Assert.StartsWith("%PDF", pdf, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(pdf, "/FontFile2")); // regular and bold

        var picture = new Picture(drawing.Png());
        Assert.Equal((2 * drawing.Width, 2 * drawing.Height), (picture.Width, picture.Height));
        Assert.Equal(0, picture.Ink(0, 0, drawing.Width, 4) + picture.Ink(0, drawing.Height - 4, drawing.Width, 4));
        Assert.Equal(0, picture.Ink(0, 0, 4, drawing.Height) + picture.Ink(drawing.Width - 4, 0, 4, drawing.Height));
        Assert.All(drawing.Areas(), area =>
        {
            Assert.True(picture.Ink(area.X + 2, area.Y, area.Width - 2, area.Height - 2) > 300,
                $"{figure.Name}: an empty panel");
            Assert.True(picture.Ink(area.X, area.Y + area.Height + 6, area.Width, 40) > 100,
                $"{figure.Name}: no labels below a panel");
            Assert.True(picture.Ink(4, area.Y, area.X - 10, area.Height) > 100,
                $"{figure.Name}: no labels left of a panel");
        });
    }
}
