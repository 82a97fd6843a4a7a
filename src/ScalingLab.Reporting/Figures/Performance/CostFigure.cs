using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Figures.Performance;

/// <summary>What runs were predicted to cost, against what they did: time and memory.</summary>
internal static class CostFigure
{
    public const string Name = "cost-predictions";

    public static readonly FigureKind Kind = new SweepFigureKind(
        Name, "predicted against measured time and memory", "runs with predicted_seconds or predicted_peak_bytes")
    {
        TakesScale = false,
        Place = ReportPlace.Machine,
        Draw = source => Create(source.Sweep.Runs),
        Absence = _ => Absence,
    };

    private const double Mebi = 1 << 20;
    private const double LeastRange = 1.5;

    /// <summary>Why there is none.</summary>
    private const string Absence =
        "it takes two completed runs with a time, or peaks of memory, both predicted and measured";

    private static readonly CostQuantity Time =
        new("time", "time (s)", r => r.PredictedSeconds, r => r.WallSeconds, Numbers.Seconds);

    private static readonly CostQuantity Memory =
        new("memory", "peak memory (MiB)", r => r.PredictedPeakBytes / Mebi, r => r.PeakMemoryBytes / Mebi,
            mebibytes => $"{Numbers.Significant(mebibytes, 4)} MiB");

    /// <summary>What a run takes, as it was predicted and as it was measured.</summary>
    /// <param name="Name">What it is, in a word.</param>
    /// <param name="Title">With its unit, as an axis has it.</param>
    /// <param name="Predicted">In that unit; null where it is not known.</param>
    /// <param name="Measured">Likewise.</param>
    /// <param name="Say">A value with its unit.</param>
    private sealed record CostQuantity(string Name, string Title, Func<RunRow, double?> Predicted,
        Func<RunRow, double?> Measured, Func<double, string> Say)
    {
        public IReadOnlyList<RunRow> Known(IReadOnlyList<RunRow> runs) =>
            [.. runs.Where(r => Predicted(r) > 0 && Measured(r) > 0)];
    }

    public static Figure? Create(IReadOnlyList<RunRow> runs)
    {
        var completed = runs.Where(r => r.State == RunState.Completed).ToList();
        var (time, memory) = (Time.Known(completed), Memory.Known(completed));
        List<Panel> panels = [];
        var size = FigureAxes.Size(completed.Select(r => (double)r.ParametersWithHead), "N");
        var hasSizes = completed.Select(r => r.ParametersWithHead).Distinct().Count() > 1;
        if (time.Count > 1) panels.Add(Panel(Time, time, size));
        // Runs that all should have the same peak are a blot.
        if (memory.Select(r => r.PredictedPeakBytes).Distinct().Count() > 1) panels.Add(Panel(Memory, memory, size));
        if (panels.Count == 0) return null;
        return new Figure(Name, "Predicted against measured cost",
            new FigureCaption("What runs were predicted to take before they began against what they took, a dot a "
                + "completed run")
            {
                ColouredBy = hasSizes ? "model size N" : null,
                Signs = "On the line they are equal, above it the prediction was too high. " + (time.Count > 1
                    ? "Time: training and evaluation, against what 'lab plan' predicts from the runs that had finished by then."
                    : "No time is drawn: no ledger said what was predicted of it (column predicted_seconds)."),
            },
            panels)
        {
            Columns = 2, Bar = hasSizes ? new ColourBar(size, Colours.Along) : null,
        };
    }

    private static Panel Panel(CostQuantity cost, IReadOnlyList<RunRow> runs, Axis size)
    {
        double Predicted(RunRow run) => cost.Predicted(run)!.Value;
        double Measured(RunRow run) => cost.Measured(run)!.Value;
        var values = runs.SelectMany(r => (double[])[Predicted(r), Measured(r)]).ToList();
        // Both axes are the same, and never so short that noise looks like a difference.
        var (middle, wide) =
            (Math.Sqrt(values.Min() * values.Max()),
                Math.Max(LeastRange, Math.Sqrt(values.Max() / values.Min()) * 1.08));
        Axis Side(string which) =>
            Axis.LogBetween($"{which} {cost.Name}", $"{char.ToUpperInvariant(which[0])}{which[1..]} {cost.Title}",
                middle / wide, middle * wide)
            .Labelled(Numbers.Plain) with { Format = cost.Say };
        var x = Side("measured");
        return new Panel(x, Side("predicted"),
        [
            new Curve([new PlotPoint(x.Low, x.Low), new PlotPoint(x.High, x.High)])
                { Colour = Colours.Grey, Width = 0.9 },
            .. runs.GroupBy(r => r.ParametersWithHead).OrderBy(g => g.Key)
                .Select(g => new Dots([.. g.Select(r => new Dot(Measured(r), Predicted(r),
                [.. RunFacts.For(r), RunFacts.Size(r.ParametersWithHead), RunFacts.Tokens(r.Tokens)]))])
            {
                Colour = Colours.Along(size.Share(g.Key)), Size = 6, Opacity = 0.85,
            }),
        ]) { Width = 240, Height = 240 };
    }
}
