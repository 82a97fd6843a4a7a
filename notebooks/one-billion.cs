#:project ../src/ScalingLab.Reporting

// dotnet run notebooks/one-billion.cs [RESULTS] [OUT.png]
// What would 1B parameters reach, by the small runs, and how sure is that? The honest answer is a band that widens.
using System.Globalization;
using ScalingLab.Fitting;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Tables;
using ScottPlot;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var results = args.ElementAtOrDefault(0) ?? "results/ladder";
var picture = args.ElementAtOrDefault(1) ?? "one-billion.png";
const double TokensPerParameter = 20;

// 1. Observations, and sizes to predict: from the smallest run to 1B, each on 20 tokens a parameter.
var runs = RunsCsv.Read(Path.Combine(results, "runs.csv")).Where(run => run.LossValidation is not null).ToList();
var observations = runs.Select(run => run.ToObservation()!).ToList();
var smallest = runs.Min(run => run.ParametersWithHead);
var sizes = Enumerable.Range(0, 25).Select(i => smallest * Math.Pow(1e9 / smallest, i / 24.0)).ToArray();

// 2. The law's answer with its 95 % interval over the bootstrap, or why it has none.
var fit = Fitter.Fit(observations, new FitOptions
{
    Approaches = [FitApproach.Parametric], Bootstrap = 1000,
    Predictions = [.. sizes.Select(n => new PredictionRequest(n, TokensPerParameter * n))],
});
var answer = fit.Predictions[^1];
Console.WriteLine(answer.Loss is { } loss
    ? $"1B parameters on 20B tokens: {loss:F3} nats/token ({answer.Interval95?.Low:F3} to "
        + $"{answer.Interval95?.High:F3}), {string.Join(", ", answer.Beyond)}"
    : $"No answer: {answer.Withheld}");

// 3. How far the law was off when it was asked for the largest budget without having seen it: trust it no further than
// that.
if (fit.Extrapolation is { Bias: { } bias })
    Console.WriteLine($"Held out, the largest budget was predicted {100 * bias:+0.0;-0.0} % off in mean.");

// 4. The band, and the runs.
PlotFonts.Use();
using var plot = new Plot();
var told = fit.Predictions.Where(p => p is { Loss: not null, Interval95: not null }).ToList();
var at = told.Select(p => Math.Log10(p.Parameters!.Value)).ToArray();
if (told.Count > 0)
{
    var band =
        plot.Add.FillY(at, told.Select(p => p.Interval95!.Low).ToArray(), told.Select(p => p.Interval95!.High)
            .ToArray());
    (band.FillColor, band.LineWidth) = (Colors.C0.WithAlpha(60), 0);
    plot.Add.ScatterLine(at, told.Select(p => p.Loss!.Value).ToArray(), Colors.C0).LegendText =
        "the law, 20 tokens a parameter, 95 %";
}

plot.Add.ScatterPoints(
    runs.Select(run => Math.Log10(run.ParametersWithHead)).ToArray(), runs.Select(run => run.LossValidation!.Value)
    .ToArray(), Colors.C1).LegendText = "runs";
plot.XLabel("Parameters N (blocks and head), log10");
plot.YLabel("Validation loss, nats/token");
plot.ShowLegend(Alignment.UpperRight);
plot.SavePng(picture, 900, 600);
Console.WriteLine($"Drawn: {picture}");
