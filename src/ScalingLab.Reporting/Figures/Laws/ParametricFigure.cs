using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;

namespace ScalingLab.Reporting.Figures.Laws;

/// <summary>
/// The parametric law against the runs: predicted beside measured loss, and what is left over against N, D and C.
/// </summary>
internal static class ParametricFigure
{
    public const string Name = "parametric";
    public const string Residuals = "residuals";

    public static readonly FigureKind Kind = new FitFigureKind(
        Name, "predicted against measured loss, held-out runs marked", FitFigureKind.NeedsLaw)
    {
        TakesScale = false,
        Place = ReportPlace.Law,
        Draw = (name, source) => Create(name, source.Subtitle, source.Runs, source.Fit),
        Absence = FitFigureKind.NoLaw,
    };

    public static readonly FigureKind ResidualsKind = new FitFigureKind(
        Residuals, "what the parametric law misses, against N, D and C", FitFigureKind.NeedsLaw)
    {
        Place = ReportPlace.Law,
        Draw = (name, source) => CreateResiduals(name, source.Subtitle, source.Runs, source.Fit),
        Absence = FitFigureKind.NoLaw,
    };

    /// <summary>
    /// Predicted beside measured loss, the runs of the largest budget also by the law that has not seen them.
    /// </summary>
    public static Figure? Create(string name, string? subtitle, PlottedRuns runs, FitDocument fit)
    {
        if (LawDots.Create(runs, fit) is not { } dots) return null;
        var losses = dots.All.SelectMany(r => (double[])[r.Loss, r.Predicted]).ToList();
        var room = Math.Pow(losses.Max() / losses.Min(), 0.04) * 1.001;
        var (low, high) = (Numbers.Drawn(losses.Min() / room), Numbers.Drawn(losses.Max() * room));
        return dots.Framed(new Figure(name, "Predicted against measured loss",
            new FigureCaption("Loss predicted by L = E + A/N^α + B/D^β against the loss measured, every run fitted; on "
                + "the line they are equal")
            {
                Signs = dots.Signs, NamesScales = true, HasCrosses = dots.HasFlagged,
            },
            [
                new Panel(
                    LossAxis.Between("Measured loss (nats/token)", low, high) with { Name = "measured" },
                    LossAxis.Between("Predicted loss (nats/token)", low, high) with { Name = "predicted" },
                    [
                        new Curve([new PlotPoint(low, low), new PlotPoint(high, high)])
                            { Colour = Colours.Grey, Width = 0.9 },
                        .. dots.Marks(r => new PlotPoint(r.Loss, r.Predicted)),
                    ]) { Width = 320, Height = 320 },
            ])
        {
            Subtitle = Law(subtitle, fit.Parametric!),
        });
    }

    /// <summary>
    /// ln(predicted / measured) against N, D and C: what is no noise has a slope or a bend in one of them.
    /// </summary>
    public static Figure? CreateResiduals(string name, string? subtitle, PlottedRuns runs, FitDocument fit)
    {
        if (LawDots.Create(runs, fit) is not { } dots) return null;
        var most = Numbers.Drawn(1.12 * Math.Max(dots.All.Max(r => Math.Abs(LeftOver(r))), 1e-6));
        var y = Axis.Linear("residual", "ln(predicted / measured)", -most, most, 8);
        Panel Against(Axis x, Func<FitResidual, double> of) => new(
            x, y, [new Rule(0, IsVertical: false) { Colour = Colours.Grey },
                .. dots.Marks(r => new PlotPoint(of(r), LeftOver(r)))]) { Width = 215, Height = 215 };
        return dots.Framed(new Figure(name, "What the parametric law misses",
            new FigureCaption("Logarithm of predicted over measured loss against size, data and compute; above 0 the "
                + "law is too high. Noise lies about 0 "
                + "everywhere, and a slope or a bend is the law's own error")
            {
                Signs = dots.Signs, HasCrosses = dots.HasFlagged,
            },
            [
                Against(FigureAxes.Size(dots.All.Select(r => r.Parameters), runs.Size), r => r.Parameters),
                Against(FigureAxes.Tokens(dots.All.Select(r => r.Tokens)), r => r.Tokens),
                Against(FigureAxes.Compute(dots.All.Select(r => r.Flops)), r => r.Flops),
            ])
        {
            Subtitle = subtitle,
        });
    }

    private static double LeftOver(FitResidual row) => Math.Log(row.Predicted / row.Loss);

    private static string Law(string? variant, ParametricFit fit)
    {
        var law = fit.Law!;
        string N(double value) => Numbers.Significant(value, 3);
        var said = fit.Status == FitStatus.Converged
            ? $"L = {N(law.E)} + {N(law.A)} / N^{N(law.Alpha)} + {N(law.B)} / D^{N(law.Beta)}"
            : $"status: {EnumNames.ToName(fit.Status)}";
        return variant is null ? said : $"{variant}; {said}";
    }
}
