using ScalingLab.Fitting.Numerics;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Figures.Performance;

/// <summary>
/// What training took of the machine by size: speed, utilisation, memory measured and predicted, energy. A panel for
/// each that was measured.
/// </summary>
internal static class MachineFigure
{
    public const string Name = "machine";

    public static readonly FigureKind Kind = new SweepFigureKind(
        Name, "speed, MFU, memory and energy by model size", "completed runs of two sizes")
    {
        Place = ReportPlace.Machine,
        Draw = source => Create(source.Sweep.Runs),
        Absence = _ => Absence,
    };

    private const string Measured = "measured";
    private const string Predicted = "predicted";
    private const double Gibi = 1 << 30;

    private static readonly Quantity[] Quantities =
    [
        new("speed", "Training speed (tokens/s)", "tokens/s", r => r.TokensPerSecond) { Format = Numbers.Count },
        new("MFU", "Model FLOPs utilisation (%)", "MFU", r => 100 * r.Mfu)
            { IsShare = true, Format = share => $"{Numbers.Fixed(share, 1)} %" },
        new("memory", "Peak memory (GiB)", "peak memory", r => r.PeakMemoryBytes / Gibi)
            { Predicted = r => r.PredictedPeakBytes / Gibi },
        new("energy", "Energy (J a million tokens)", "energy", Energy),
    ];

    /// <summary>Why there is none.</summary>
    private const string Absence =
        "it takes runs of two sizes that completed, and one of speed, MFU, memory or energy measured";

    public static Figure? Create(IReadOnlyList<RunRow> runs)
    {
        var completed = runs.Where(r => r.State == RunState.Completed).ToList();
        if (completed.Select(r => r.ParametersWithHead).Distinct().Count() < 2) return null;
        var measured = Quantities.Where(q => completed.Exists(r => q.Of(r) is > 0)).ToList();
        if (measured.Count == 0) return null;
        var devices = completed.Select(r => r.Device ?? "not recorded").Distinct().Order(StringComparer.Ordinal)
            .ToList();
        var absent = Quantities.Except(measured).Select(q => q.Word).ToList();
        var hasPredicted = completed.Exists(r => r.PredictedPeakBytes is not null)
            && measured.Exists(q => q.Predicted is not null);
        var x = FigureAxes.Size(completed.Select(r => (double)r.ParametersWithHead), "Parameters N, blocks and head");
        return new Figure(Name, "The machine by model size",
            new FigureCaption("What training took of the machine by model size, a dot a completed run")
            {
                Signs = "Lines go through the medians of a size, whose runs may differ in batch and length."
                    + (hasPredicted ? " Rings: the peak of memory as it was predicted before the run." : "")
                    + (absent.Count == 0 ? "" : $" Not measured by any of these runs: {string.Join(", ", absent)}."),
            },
            [.. measured.Select(q =>
                new Panel(x, q.ToAxis(completed),
                    [.. devices.SelectMany((device, i) => Marks(q, completed, device, Colour(i)))])
            {
                Width = measured.Count == 3 ? 215 : 250, Height = 190,
            })])
        {
            Columns = measured.Count == 3 ? 3 : 2,
            Beside = devices.Count < 2 ? []
                : [new FigureLegend("Device", [.. devices.Select((device, i) => new LegendEntry(device, Colour(i)))])],
            Below = !hasPredicted ? null : new FigureLegend(null,
                [new LegendEntry(Measured, Colours.Grey), new LegendEntry(Predicted, Colours.Grey, Shape.Ring)])
                { Columns = 2 },
            Subtitle = devices.Count == 1 ? devices[0] : null,
        };
    }

    private static string Colour(int device) => Colours.Palette[device % Colours.Palette.Count];

    // What another run's trunk took is that run's.
    private static double? Energy(RunRow run) => run.EnergyJoules / (run.Tokens - (run.TokensFromTrunk ?? 0)) * 1e6;

    private static IEnumerable<Mark> Marks(Quantity quantity, IReadOnlyList<RunRow> runs, string device, string colour)
    {
        var own = runs.Where(r => (r.Device ?? "not recorded") == device).ToList();
        if (quantity.Predicted is { } predicted)
            yield return Each(own, predicted) with
                { Colour = colour, Shape = Shape.Ring, Size = 8, Series = [device, Predicted] };
        else
            yield return new Curve(MedianPoints(own, quantity.Of))
                { Colour = colour, Width = 1.3, Series = [device, Measured] };
        yield return Each(own, quantity.Of) with
            { Colour = colour, Size = 5, Opacity = 0.8, Series = [device, Measured] };
    }

    private static Dots Each(IEnumerable<RunRow> runs, Func<RunRow, double?> of) => new(
        [.. runs.Where(r => of(r) is > 0)
            .Select(r =>
                new Dot(r.ParametersWithHead, of(r)!.Value, [.. RunFacts.For(r), RunFacts.Tokens(r.Tokens)]))]);

    private static List<PlotPoint> MedianPoints(IEnumerable<RunRow> runs, Func<RunRow, double?> of) =>
        [.. runs.Where(r => of(r) is > 0).GroupBy(r => r.ParametersWithHead).OrderBy(g => g.Key)
            .Select(g => new PlotPoint(g.Key, Medians.Median([.. g.Select(r => of(r)!.Value)])))];

    private sealed record Quantity(string Name, string Title, string Word, Func<RunRow, double?> Of)
    {
        public Func<RunRow, double?>? Predicted { get; init; }

        public bool IsShare { get; init; }

        public Func<double, string> Format { get; init; } = value => Numbers.Significant(value, 3);

        public Axis ToAxis(IReadOnlyList<RunRow> runs)
        {
            var values = runs.SelectMany(r => (double?[])[Of(r), Predicted?.Invoke(r)]).OfType<double>()
                .Where(v => v > 0).ToList();
            var axis = IsShare ? Axis.Linear(Name, Title, 0, 1.08 * values.Max(), 5)
                : Axis.Log(Name, Title, values).Labelled(Numbers.RoundCount);
            return axis with { Format = Format };
        }
    }
}
