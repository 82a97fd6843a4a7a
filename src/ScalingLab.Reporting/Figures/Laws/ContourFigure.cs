using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;

namespace ScalingLab.Reporting.Figures.Laws;

/// <summary>
/// The parametric law L(N, D) as lines of equal loss, with the runs and the efficient frontier on it (Hoffmann et al.
/// 2022, figure 4).
/// </summary>
internal static class ContourFigure
{
    public const string Name = "loss-contours";

    public static readonly FigureKind Kind = new FitFigureKind(
        Name, "the law L(N, D) as lines of equal loss, with the runs and the frontier", FitFigureKind.NeedsLaw)
    {
        Place = ReportPlace.Law,
        Draw = (name, source) =>
            Create(name, source.Subtitle, source.Runs, source.Fit, source.FlopsPerToken),
        Absence = FitFigureKind.NoLaw,
    };

    private const string Efficient = "Lowest loss for the compute";
    private const string Fitted = "Run, in the colour of its own loss";
    private const int Lines = 9;
    private const int Samples = 31;

    /// <param name="name">The figure's name.</param>
    /// <param name="subtitle">The recipe; null where there is one.</param>
    /// <param name="runs">The runs that were fitted.</param>
    /// <param name="fit">Their fit.</param>
    /// <param name="flopsPerToken">FLOPs a token of a model of N parameters; null: 6N.</param>
    public static Figure? Create(string name, string? subtitle, PlottedRuns runs, FitDocument fit,
        Func<double, double>? flopsPerToken)
    {
        if (fit.Parametric?.Law is not { } law || runs.Runs.Count == 0) return null;
        var x = FigureAxes.Size(runs.Runs.Select(r => r.Parameters), runs.Size);
        var y = FigureAxes.Tokens(runs.Runs.Select(r => r.Tokens));
        var levels = Levels(law, law.Loss(x.High, y.High), law.Loss(x.Low, y.Low));
        var bar = LossAxis.Around("Loss", levels.Concat(runs.Runs.Select(r => r.Loss)));
        string Colour(double loss) => Colours.Along(bar.Share(loss));
        var optima = Optima(fit, flopsPerToken, x, y);
        var isKnown = fit.Parametric.Status == FitStatus.Converged;
        var flagged = runs.Runs.ToLookup(r => r.Flags is not null);
        return new Figure(name, "Loss over size and data",
            new FigureCaption($"Lines of equal loss (nats/token) by the parametric law over {runs.SizeWords} and "
                + "training tokens")
            {
                Signs = "Dots: the runs fitted, each in the colour of its own measured loss; one unlike the lines "
                    + "beside it is one that the law misses. "
                    + (optima.Count > 0 ? "Thick line: size and data of the lowest loss for each amount of compute, "
                        + "over the compute of the runs." : "")
                    + (isKnown ? "" : $"{(optima.Count > 0 ? " " : "")}The fit's status is "
                        + $"{EnumNames.ToName(fit.Parametric.Status)}: between and beyond the runs "
                        + "other laws that fit as well lie elsewhere."),
                NamesScales = true, HasCrosses = flagged[true].Any(),
            },
            [
                new Panel(x, y,
                [
                    .. levels.Select(level =>
                        new Contours(law.Loss, [level])
                        { Colour = Colour(level), Format = loss => Numbers.Fixed(loss, Decimals(levels)) }),
                    .. optima.Count == 0 ? (Mark[])[]
                        : [new Curve(optima) { Colour = Colours.Vermilion, Width = 2.4, Series = [Efficient] }],
                    .. flagged[false].GroupBy(r => Numbers.Drawn(r.Loss)).Select(g => Run([.. g], Colour(g.Key))),
                    .. flagged[true].GroupBy(r => Numbers.Drawn(r.Loss))
                        .Select(g => Run([.. g], Colour(g.Key)).Crossed()),
                ]) { Width = 400, Height = 330 },
            ])
        {
            Subtitle = subtitle,
            Bar = new ColourBar(bar, Colours.Along),
            Below = new FigureLegend(null,
            [
                .. optima.Count == 0 ? (LegendEntry[])[] : [new LegendEntry(Efficient, Colours.Vermilion, Shape.Line)],
                new LegendEntry(Fitted, Colours.Grey),
            ]) { Columns = 2 },
        };
    }

    // What is above the floor falls by equal factors from line to line, which lie evenly on logarithmic axes; their
    // losses are round.
    private static List<double> Levels(ParametricLaw law, double low, double high)
    {
        var floor = Math.Min(law.E, low * 0.98);
        var rough = Axis.Between(low - floor, high - floor, Lines + 2).Skip(1).Take(Lines)
            .Select(above => floor + above).ToList();
        var decimals = Decimals(rough);
        return [.. rough.Select(loss => Math.Round(loss, decimals)).Distinct()];
    }

    // As many as hardly move the two nearest lines.
    private static int Decimals(List<double> levels) => levels.Count < 2 ? 2
        : (int)Math.Clamp(Math.Ceiling(-Math.Log10(levels.Zip(levels.Skip(1), (a, b) => Math.Abs(b - a)).Min() / 3)),
            1, 4);

    private static List<PlotPoint> Optima(FitDocument fit, Func<double, double>? flopsPerToken, Axis x, Axis y)
    {
        if (fit.FrontierSource == FrontierSource.None || fit.Input.FlopsRange is not { } range) return [];
        return [.. Axis.Between(range.Low, range.High, Samples)
            .Select(flops => Place(ComparisonFigure.Best(fit, flopsPerToken, flops)))
            .Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y) && x.Share(p.X) is >= 0 and <= 1
                && y.Share(p.Y) is >= 0 and <= 1)];
    }

    private static PlotPoint Place((double Parameters, double Tokens) at) => new(at.Parameters, at.Tokens);

    private static Dots Run(IReadOnlyList<PlottedRun> runs, string colour) =>
        new([.. runs.Select(r =>
            new Dot(r.Parameters, r.Tokens, [.. RunFacts.For(r), Fact.FromNumber("loss", r.Loss, Numbers.Loss)]))])
        {
            Colour = colour, Size = 7, Series = [Fitted],
        };
}
