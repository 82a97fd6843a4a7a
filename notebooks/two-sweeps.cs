#:project ../src/ScalingLab.Reporting

// dotnet run notebooks/two-sweeps.cs [RESULTS] [OTHER RESULTS] [OUT.png]
// Two sweeps on one figure: do their frontiers have the same slope? ('lab report --compare A B' says it in words, and
// draws both.)
using System.Globalization;
using ScalingLab.Fitting;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Tables;
using ScottPlot;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string[] sweeps = [args.ElementAtOrDefault(0) ?? "results/ladder", args.ElementAtOrDefault(1) ?? "results/quickstart"];
var picture = args.ElementAtOrDefault(2) ?? "two-sweeps.png";

PlotFonts.Use();
using var plot = new Plot();
foreach (var (results, colour) in sweeps.Zip(new[] { Colors.C0, Colors.C1 }))
{
    // 1. Each sweep's minima, with status and intervals.
    var observations = RunsCsv.Read(Path.Combine(results, "runs.csv")).Select(run => run.ToObservation())
        .OfType<LossObservation>().ToList();
    var fit =
        Fitter.Fit(observations, new FitOptions { Approaches = [FitApproach.IsoFlop], Bootstrap = 1000 }).Isoflop!;

    // 2. Each budget's best size with its interval; losses are of different texts, so that sizes alone can be compared.
    var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(results));
    var isNamed = false;
    foreach (var minimum in fit.Minima.Where(m => m.Parameters is not null))
    {
        var at = Math.Log10(minimum.Flops);
        var dot = plot.Add.Marker(at, Math.Log10(minimum.Parameters!.Value), MarkerShape.FilledDiamond, 10, colour);
        if (!isNamed) dot.LegendText = $"{name}: a = {fit.ParametersExponent:F2}";
        isNamed = true;
        if (minimum.ParametersInterval95 is { } interval)
            plot.Add.Line(at, Math.Log10(interval.Low), at, Math.Log10(interval.High)).Color = colour;
    }

    Console.WriteLine($"{name}: {fit.Status}, a = {fit.ParametersExponent:F3} over {fit.Minima.Count} budgets");
}

plot.XLabel("Compute, log10 FLOPs");
plot.YLabel("Best size N, log10 parameters");
plot.ShowLegend(Alignment.UpperLeft);
plot.SavePng(picture, 900, 600);
Console.WriteLine($"Drawn: {picture}");
