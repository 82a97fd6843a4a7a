using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Published;
using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Figures.Laws;

/// <summary>What this sweep's law and published laws advise, on the same axes.</summary>
internal static class ComparisonFigure
{
    public const string Name = "comparison";

    public static readonly FigureKind Kind = new FitFigureKind(
        Name, "the advice beside published laws", "a fit that is sure")
    {
        Place = ReportPlace.PublishedLaws,
        Draw = (name, source) =>
            Create(name, source.Subtitle, source.Fit, source.FlopsPerToken, source.Runs.Size),
        Absence = "no fit is sure enough to be set beside published laws",
    };

    private const string Own = "These runs";
    private const int Samples = 31;
    private const double Beyond = 10;

    // With these, more laws than colours can be told apart.
    private static readonly float[][] Dashes = [[6, 3], [2, 2], [8, 3, 2, 3]];

    public static Figure? Create(string name, string? subtitle, FitDocument fit, Func<double, double>? flopsPerToken,
        string size)
    {
        if (fit.FrontierSource == FrontierSource.None || fit.Input.FlopsRange is not { } range) return null;
        var compute = Axis.Between(range.Low, range.High * Beyond, Samples).ToList();
        var laws = PublishedLaws.All.Where(law => law.Optimum(range.High) is not null)
            .Select(law => new Advice(Named(law), c => law.Optimum(c)!.Value))
            .Prepend(new Advice(Own, c => Best(fit, flopsPerToken, c))).ToList();
        Panel Side(Func<(double Parameters, double Tokens), double> of, Func<IEnumerable<double>, Axis> axis)
        {
            var curves = laws.Select((law, i) => new Curve([.. compute.Select(c => new PlotPoint(c, of(law.At(c))))])
            {
                Colour = Colours.OfLaw(i), Dash = Dash(i), Width = 1.6, Series = [law.Name],
                    Facts = Fact.Known(("law", law.Name)),
            }).ToList();
            return new Panel(FigureAxes.Compute(compute, "Training compute C (FLOPs)"),
                axis(curves.SelectMany(c => c.Places).Select(p => p.Y)),
                [
                    new Rule(range.High, IsVertical: true) { Colour = Colours.Grey, Dash = [1, 3] }, .. curves,
                        .. curves.Select(c => c.Targets()),
                ]) { Width = 250 };
        }

        return new Figure(name, "Advice beside published laws",
            "The model and data that these runs advise for a budget, beside what published laws would have advised: "
                + "each by its own count of N and C; " +
            "none need hold outside the budgets that it was fitted to. Right of the dotted line the budgets are larger "
                + "than any run here.",
            [Side(o => o.Parameters, values => FigureAxes.Size(values, size)), Side(o => o.Tokens, FigureAxes.Tokens)])
        {
            Subtitle = subtitle,
            Below = new FigureLegend(null,
                [.. laws.Select((law, i) =>
                    new LegendEntry(law.Name, Colours.OfLaw(i), Shape.Line) { Dash = Dash(i) })]) { Columns = 2 },
        };
    }

    private static float[] Dash(int law) => law == 0 ? [] : Dashes[(law - 1) / Colours.Palette.Count % Dashes.Length];

    private static string Named(PublishedLaw law) => law.NonEmbedding ? $"{law.Name} (N without embeddings)" : law.Name;

    /// <summary>
    /// The model and data of the lowest loss for so many FLOPs by the fit that the headline follows; there must be one.
    /// </summary>
    internal static (double Parameters, double Tokens) Best(FitDocument fit, Func<double, double>? flopsPerToken,
        double flops)
    {
        if (fit.AdviceLaw is { Law: var law })
            return flopsPerToken is null ? law.Optimum(flops) : law.Optimum(flops, flopsPerToken);
        var isoflop = fit.Isoflop!;
        return (isoflop.ParametersLaw!.At(flops), isoflop.TokensLaw!.At(flops));
    }

    private sealed record Advice(string Name, Func<double, (double Parameters, double Tokens)> At);
}
