using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ScalingLab.Fitting;

namespace ScalingLab.Reporting.Tests;

public sealed partial class FigureTests
{
    private static readonly string[] Names = ["loss-curves", "isoflop", "frontier", "parametric", "comparison"];

    [DrawingFact]
    public async Task A_real_looking_sweep_gives_every_figure_in_every_format()
    {
        var (folder, outcome) = await Drawn.QuickstartAsync();
        Assert.Empty(outcome.Missing);
        foreach (var name in Names)
        {
            var svg = File.ReadAllText(folder[$"figures/{name}.svg"]);
            Assert.Contains("DejaVu Sans", svg, StringComparison.Ordinal);
            Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
            Assert.Equal("%PDF"u8.ToArray(), File.ReadAllBytes(folder[$"figures/{name}.pdf"])[..4]);
            Assert.True(PngWidth(folder[$"figures/{name}.png"]) > 1500,
                "a figure of 500 CSS pixels has more than 1500 at 300 dots an inch");
            Assert.Equal("https://vega.github.io/schema/vega-lite/v6.json",
                (string?)JsonNode.Parse(File.ReadAllText(folder[$"figures/{name}.vl.json"]))!["$schema"]);
        }

        Assert.Equal(
            ["runs.csv", "curves.csv", "fit.json", .. Names.Select(n => $"figures/{n}.vl.json"),
             .. Names.SelectMany(n => (string[])[$"figures/{n}.svg", $"figures/{n}.pdf", $"figures/{n}.png"]), "report.md", "report.html"],
            outcome.Files);
        Assert.All(outcome.Files, f => Assert.True(File.Exists(folder[f])));
    }

    [DrawingFact]
    public async Task The_isoflop_figure_has_every_run_a_parabola_a_budget_and_its_minimum()
    {
        var (folder, _) = await Drawn.QuickstartAsync();
        var svg = File.ReadAllText(folder["figures/isoflop.svg"]);
        Assert.Equal(38, Regex.Count(Group(svg, "layer_1_marks"), "<path"));
        Assert.Equal(4, Regex.Count(svg, "mark-line role-mark layer_0_marks"));
        Assert.Equal(4, Regex.Count(Group(svg, "layer_3_marks"), "<path"));
        foreach (var label in (string[])["10¹¹", "2.5×10¹¹", "6×10¹¹", "1.5×10¹²", "2×10⁴", "Validation loss (nats/token)"])
            Assert.Contains($">{label}</text>", svg, StringComparison.Ordinal);
    }

    [DrawingFact]
    public async Task Anyones_fit_has_its_figures_with_published_laws_on_the_same_axes()
    {
        using var folder = new TemporaryFolder();
        var runs = DemoSweep.Chinchilla.Observations;
        var fit = Fitter.Fit(runs, new FitOptions { Bootstrap = 0, Approaches = [FitApproach.Parametric, FitApproach.IsoFlop] });
        var outcome = await FitFigures.WriteAsync(fit, runs, folder.Path);
        Assert.Empty(outcome.Missing);
        Assert.Empty(outcome.LeftOut);
        foreach (var name in Names.Except(["loss-curves"])) Assert.Contains($"{name}.svg", outcome.Files);
        var isoflop = File.ReadAllText(folder["isoflop.svg"]);
        Assert.Contains(">Loss (nats/token)</text>", isoflop, StringComparison.Ordinal);
        var comparison = File.ReadAllText(folder["comparison.svg"]);
        foreach (var law in (string[])["These runs", "Kaplan et al. 2020 (N without embeddings)", "Hoffmann et al. 2022", "Besiroglu et al. 2024"])
            Assert.Contains($">{law}</text>", comparison, StringComparison.Ordinal);
    }

    [DrawingFact]
    public async Task A_fit_that_is_sure_of_nothing_says_which_figures_it_does_not_give()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<LossObservation> runs = [.. DemoSweep.Chinchilla.Observations.Take(3)];
        var outcome = await FitFigures.WriteAsync(Fitter.Fit(runs, new FitOptions { Bootstrap = 0 }), runs, folder.Path);
        Assert.Empty(outcome.Missing);
        Assert.Contains(outcome.LeftOut, text => text.StartsWith("comparison: no fit is sure enough", StringComparison.Ordinal));
        Assert.Contains(outcome.LeftOut, text => text.StartsWith("parametric: ", StringComparison.Ordinal));
    }

    [DrawingFact]
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

    [DrawingFact]
    public async Task A_faulty_spec_is_an_error_and_not_an_empty_figure()
    {
        using var host = VegaHost.Start(VegaFolder.Find(null));
        var web = Spec("point", """{ "url": "http://example.invalid/points.csv" }""");
        Assert.Contains("loads nothing", (await Assert.ThrowsAsync<DrawingException>(() => host.RenderAsync(web, default))).Message,
            StringComparison.Ordinal);
        var nonsense = Spec("no-such-mark", """{ "values": [{ "a": 1 }] }""");
        await Assert.ThrowsAsync<DrawingException>(() => host.RenderAsync(nonsense, default));
        var empty = Spec("point", """{ "values": [] }""");
        await Assert.ThrowsAsync<DrawingException>(() => host.RenderAsync(empty, default));
        var sound = Spec("point", """{ "values": [{ "a": 1 }] }""");
        Assert.StartsWith("<svg", await host.RenderAsync(sound, default), StringComparison.Ordinal);
    }

    private static JsonObject Spec(string mark, string data) => new()
    {
        ["$schema"] = VegaLite.Schema,
        ["data"] = JsonNode.Parse(data),
        ["mark"] = mark,
        ["encoding"] = new JsonObject { ["x"] = new JsonObject { ["field"] = "a", ["type"] = "quantitative" } },
    };

    private static int PngWidth(string file) =>
        System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(File.ReadAllBytes(file).AsSpan(16));

    /// <summary>The SVG group of one layer's marks.</summary>
    private static string Group(string svg, string name)
    {
        var start = svg.IndexOf($"role-mark {name}", StringComparison.Ordinal);
        if (start < 0) start = svg.IndexOf($"role-scope {name}", StringComparison.Ordinal);
        Assert.True(start >= 0, $"the figure has no group {name}");
        var end = NextLayer().Match(svg, start + 1);
        return end.Success ? svg[start..end.Index] : svg[start..];
    }

    [GeneratedRegex("role-(mark|scope) layer_|role-legend")]
    private static partial Regex NextLayer();
}
