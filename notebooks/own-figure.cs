#:project ../src/ScalingLab.Reporting

// dotnet run notebooks/own-figure.cs [RESULTS] [OUT.png]
// A figure that no command draws: what a run's loss cost in training time, by size.
using System.Globalization;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Tables;
using ScottPlot;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var results = args.ElementAtOrDefault(0) ?? "results/ladder";
var picture = args.ElementAtOrDefault(1) ?? "own-figure.png";

// 1. Any column of runs.csv is a property of a row (docs/results-files.md); what was not measured is null.
var runs = RunsCsv.Read(Path.Combine(results, "runs.csv"))
    .Where(run => run is { LossValidation: not null, WallSeconds: > 0 }).ToList();

// 2. One colour a model, from the smallest to the largest.
PlotFonts.Use();
using var plot = new Plot();
var models = runs.GroupBy(run => run.Model).OrderBy(model => model.First().ParametersWithHead).ToList();
var colours = new ScottPlot.Colormaps.Viridis().GetColors(models.Count + 1); // the last is too light for paper
foreach (var (model, colour) in models.Zip(colours))
{
    var dots = plot.Add.ScatterPoints(
        model.Select(run => Math.Log10(run.WallSeconds!.Value)).ToArray(),
        model.Select(run => run.LossValidation!.Value).ToArray(), colour);
    dots.MarkerSize = 9;
    dots.LegendText = model.Key;
}

// 3. Axes that say their units; a logarithmic axis shows powers of ten.
plot.Axes.Bottom.TickGenerator =
    new ScottPlot.TickGenerators.NumericAutomatic { LabelFormatter = at => $"{Math.Pow(10, at):G3}" };
plot.XLabel("Wall time of the run, s");
plot.YLabel("Validation loss, nats/token");
plot.ShowLegend(Edge.Right);
plot.SavePng(picture, 900, 600);
Console.WriteLine($"{runs.Count} runs of {models.Count} models. Drawn: {picture}");
