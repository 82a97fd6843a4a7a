using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Figures.Laws;

/// <summary>The compute-optimal model and data against compute.</summary>
internal static class FrontierFigure
{
    public const string Name = "frontier";

    public static readonly FigureKind Kind = new FitFigureKind(
        Name, "N and D of the lowest loss over compute",
        "two minima or a law, of one recipe or with a fit that is sure")
    {
        Place = ReportPlace.Frontier,
        ShowsBootstrap = true,
        Draw = (name, source) =>
            Create(name, source.Subtitle, source.Fit, source.FlopsPerToken, source.Runs.Size),
        Absence = "fewer than three budgets have an interior minimum, and the parametric law did not converge",
    };

    private const string PowerLawName = "Power law through the minima";
    private const string ParametricName = "Parametric law";
    private const string FreshName = "Data-constrained law, fresh text";
    private const string MinimaName = "Interior IsoFLOP minima";
    private const int Samples = 41;

    // The lines run a decade past the largest budget, as the frontier's table does.
    private const double Beyond = 10;

    // A band without bounds must not flatten the rest: it counts up to so many times beyond what else is drawn.
    private const double MostBand = 5;

    public static Figure? Create(string name, string? subtitle, FitDocument fit, Func<double, double>? flopsPerToken,
        string size)
    {
        var isoflop = fit.Isoflop ?? new IsoFlopFit { Status = FitStatus.TooFewPoints };
        var minima = isoflop.Minima.Where(m => m.Parameters is not null || m.Tokens is not null).OrderBy(m => m.Flops)
            .ToList();
        var law = fit.AdviceLaw?.Law;
        if (minima.Count < 2 && law is null) return null;
        var lawName = law is null ? null : fit.FrontierSource == FrontierSource.DataConstrained ? FreshName
            : ParametricName;
        var budgets = isoflop.Minima.Select(m => m.Flops).DefaultIfEmpty(fit.Input.FlopsRange?.High ?? 1).ToList();
        var low = Math.Min(budgets.Min(), fit.Input.FlopsRange?.Low ?? double.MaxValue) / 1.3;
        var hasLines = law is not null || isoflop.ParametersLaw is not null || isoflop.TokensLaw is not null;
        var compute = Axis.Between(low, budgets.Max() * (hasLines ? Beyond : 1.3), Samples).ToList();
        var optima =
            compute.Select(c => law is null ? default : flopsPerToken is null ? law.Optimum(c)
                : law.Optimum(c, flopsPerToken)).ToList();
        var sizes =
            new Side("N ∝ Cᵃ, a", "N", size, "a", isoflop.ParametersLaw, [.. isoflop.Draws.Select(d => d.Parameters)],
            [.. minima.Where(m => m.Parameters is not null)
                .Select(m => (m.Flops, m.Parameters!.Value, m.ParametersInterval95))],
            [.. optima.Select(o => o.Parameters)]);
        var tokens =
            new Side("D ∝ Cᵇ, b", "D", "Training tokens D", "b", isoflop.TokensLaw,
                [.. isoflop.Draws.Select(d => d.Tokens)],
            [.. minima.Where(m => m.Tokens is not null).Select(m => (m.Flops, m.Tokens!.Value, m.TokensInterval95))],
            [.. optima.Select(o => o.Tokens)]);
        return new Figure(name, "Compute-optimal frontier",
            "Size and data of the lowest loss at each compute budget. Dots: interior IsoFLOP minima with 95 % "
                + "bootstrap intervals." +
            (isoflop.ParametersLaw is null ? "" : " Solid line: power law through them, with its 95 % bootstrap band "
                + "where there is one.") +
            (lawName is null ? " The parametric law is not drawn: its fit did not converge to one identified law."
                : $" Dashed line: optimum of the "
                    + $"{char.ToLowerInvariant(lawName[0])}{lawName[1..]}, compute as counted.") +
            (hasLines ? " Right of the dotted line the lines are extrapolated." : ""),
            [.. new[] { sizes, tokens }.Select(s => s.Draw(compute, budgets.Max(), lawName, isoflop.Interval95))])
        {
            Subtitle = subtitle,
            Below = Key(isoflop.ParametersLaw is not null || isoflop.TokensLaw is not null, lawName, minima.Count > 0),
        };
    }

    private static FigureLegend? Key(bool hasPowerLaw, string? lawName, bool hasMinima)
    {
        List<LegendEntry> entries = [];
        if (hasPowerLaw) entries.Add(new LegendEntry(PowerLawName, Colours.Blue, Shape.Line));
        if (lawName is not null) entries.Add(new LegendEntry(lawName, Colours.Vermilion, Shape.Line) { Dash = Dashed });
        if (hasMinima) entries.Add(new LegendEntry(MinimaName, Colours.Ink));
        return entries.Count == 0 ? null : new FigureLegend(null, entries) { Columns = entries.Count };
    }

    private static readonly float[] Dashed = [6, 3];

    private sealed record Side(
        string Law, string Name, string Title, string Exponent, PowerLaw? Power, IReadOnlyList<PowerLaw> Draws,
        IReadOnlyList<(double Flops, double At, Interval? Interval)> Minima, IReadOnlyList<double> Parametric)
    {
        public Panel Draw(IReadOnlyList<double> compute, double largest, string? lawName,
            IReadOnlyDictionary<string, Interval>? intervals)
        {
            List<Mark> marks = [];
            var band = Power is null || intervals is null ? [] : Bounds(compute);
            var power = Power is null ? [] : compute.Select(c => new PlotPoint(c, Power.At(c))).ToList();
            var parametric = lawName is null ? [] : compute.Zip(Parametric, (c, y) => new PlotPoint(c, y)).ToList();
            if (band.Count > 0)
                marks.Add(new Band(band) { Colour = Colours.Blue, Opacity = 0.18, Series = [PowerLawName] });
            if (power.Count + parametric.Count > 0)
                marks.Add(new Rule(largest, IsVertical: true) { Colour = Colours.Grey, Dash = [1, 3] });
            if (power.Count > 0) marks.Add(new Curve(power) { Colour = Colours.Blue, Series = [PowerLawName] });
            if (parametric.Count > 0)
                marks.Add(new Curve(parametric) { Colour = Colours.Vermilion, Dash = Dashed, Series = [lawName!] });
            var bars = Minima.Where(m => m.Interval is not null)
                .Select(m => new ValueSpan(m.Flops, m.Interval!.Low, m.Interval.High)).ToList();
            if (bars.Count > 0) marks.Add(new Intervals(bars) { Series = [MinimaName] });
            if (Minima.Count > 0)
                marks.Add(new Dots([.. Minima.Select(Minimum)]) { Size = 7.3, Series = [MinimaName] });
            var shown = power.Concat(parametric).Select(p => p.Y).Concat(Minima.Select(m => m.At))
                .Concat(bars.SelectMany(b => (double[])[b.Low, b.High])).ToList();
            if (band.Count > 0)
            {
                var (lowest, highest) = (shown.Min() / MostBand, shown.Max() * MostBand);
                shown.AddRange([Math.Max(lowest, band.Min(b => b.Low)), Math.Min(highest, band.Max(b => b.High))]);
            }

            return new Panel(
                FigureAxes.Compute(compute, "Training compute C (FLOPs)"), Name == "N" ? FigureAxes.Size(shown, Title)
                : FigureAxes.Tokens(shown), marks)
            {
                Title = Heading(intervals),
            };
        }

        private string Heading(IReadOnlyDictionary<string, Interval>? intervals) => Power is null
            ? $"Compute-optimal {Title[..1].ToLowerInvariant()}{Title[1..]}"
            : $"{Law} = {Numbers.Fixed(Power.Exponent)}" +
              (intervals is not null && intervals.TryGetValue(Exponent, out var i)
                  ? $" (95 %: {Numbers.Fixed(i.Low)} to {Numbers.Fixed(i.High)})" : "");

        private static Dot Minimum((double Flops, double At, Interval? Interval) m) => new(m.Flops, m.At,
            m.Interval is { } i ? Fact.Known(("95 %", $"{Numbers.Count(i.Low)} to {Numbers.Count(i.High)}")) : []);

        private List<ValueSpan> Bounds(IReadOnlyList<double> compute) =>
        [
            .. compute.Select(c => (Flops: c, Interval: Percentiles.Interval95(Draws.Select(d => d.At(c)))))
                .Where(b => b.Interval is not null)
                .Select(b => new ValueSpan(b.Flops, b.Interval!.Low, b.Interval.High)),
        ];
    }
}
