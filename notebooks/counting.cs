#:project ../src/ScalingLab.Reporting

// dotnet run notebooks/counting.cs [RESULTS] [OUT.png]
// Is the exponent a property of the data, or of how parameters are counted? The same runs, fitted with N counted in
// three ways.
using System.Globalization;
using ScalingLab.Fitting;
using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Tables;
using ScottPlot;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var results = args.ElementAtOrDefault(0) ?? "results/ladder";
var picture = args.ElementAtOrDefault(1) ?? "counting.png";

// 1. Runs with a loss, and the ways to count N.
var runs = RunsCsv.Read(Path.Combine(results, "runs.csv")).Where(run => run.LossValidation is not null).ToList();
var counts = new (string Name, Func<RunRow, double> N)[]
{
    ("all parameters", run => run.ParametersTotal),
    ("blocks and head", run => run.ParametersWithHead),
    ("blocks alone (Kaplan)", run => run.ParametersNonEmbedding),
};

PlotFonts.Use();
using var plot = new Plot();
foreach (var (name, n) in counts)
{
    // 2. The minima of the IsoFLOP profiles, with their status and intervals.
    var observations = runs.Select(run => run.ToObservation()! with { Parameters = n(run) }).ToList();
    var fit = Fitter.Fit(observations, new FitOptions { Approaches = [FitApproach.IsoFlop], Bootstrap = 400 }).Isoflop!;
    Console.WriteLine($"{name}: {fit.Status}, N_opt ~ C^{fit.ParametersExponent:F2}");

    // 3. One line a count.
    var minima = fit.Minima.Where(m => m.Parameters is not null).OrderBy(m => m.Flops).ToList();
    if (minima.Count == 0) continue;
    var line = plot.Add.Scatter(
        minima.Select(m => Math.Log10(m.Flops)).ToArray(), minima.Select(m => Math.Log10(m.Parameters!.Value))
        .ToArray());
    line.LegendText = fit.ParametersExponent is { } a ? $"{name}: a = {a:F2}" : $"{name}: {fit.Status}";
}

plot.XLabel("Compute, log10 FLOPs");
plot.YLabel("Best size N, log10 parameters");
plot.ShowLegend(Alignment.UpperLeft);
plot.SavePng(picture, 900, 600);
Console.WriteLine($"Drawn: {picture}");
