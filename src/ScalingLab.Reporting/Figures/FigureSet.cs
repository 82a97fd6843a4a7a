using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Laws;
using ScalingLab.Reporting.Figures.Performance;

namespace ScalingLab.Reporting.Figures;

/// <summary>The figures that a sweep's runs and fits give, in the report's order, and those that they do not.</summary>
internal sealed record FigureSet(IReadOnlyList<Figure> Figures, IReadOnlyList<FigureLeftOut> LeftOut)
{
    /// <summary>
    /// The figures of the parametric law, and those of time, memory and energy, by their names in the report's order.
    /// </summary>
    public static readonly IReadOnlyList<string> Laws =
        [ContourFigure.Name, ParametricFigure.Name, ParametricFigure.Residuals];

    public static readonly IReadOnlyList<string> Machines = [MachineFigure.Name, CostFigure.Name, TimelineFigure.Name];

    public static FigureSet Create(SweepTable sweep, SweepFits fits, RecipeComparison recipes)
    {
        var set = new FigureSet([], []).With(
            LossCurvesFigure.Name, LossCurvesFigure.Create(sweep.Runs, sweep.Curves),
            "no run has a point on its curve");
        if (fits.Question.Topics.Contains(SweepTopic.Repetition))
        {
            set = set.With(RepetitionFigure.Name, RepetitionFigure.Create(sweep.Runs),
                "no completed run says how often it saw its text")
                .With(RepetitionFigure.UniqueTokens, RepetitionFigure.CreateByUniqueTokens(sweep.Runs),
                    "no length has completed runs on several amounts of text");
        }

        foreach (var figure in RecipeFigures.Create(sweep.Runs, recipes))
            set = set with { Figures = [.. set.Figures, figure] };
        foreach (var (variant, suffix) in fits.Shown.Zip(Suffixes(fits.Shown)))
        {
            var subtitle = variant.Variant.Length > 0 ? variant.Variant : null;
            set = set.WithFits(suffix, subtitle, PlottedRuns.From(variant), variant.Fit, variant.FlopsPerToken);
        }

        return set.With(MachineFigure.Name, MachineFigure.Create(sweep.Runs), MachineFigure.Absence)
            .With(CostFigure.Name, CostFigure.Create(sweep.Runs), CostFigure.Absence)
            .With(TimelineFigure.Name, TimelineFigure.Create(sweep.Runs, sweep.Attempts), TimelineFigure.Absence);
    }

    /// <summary>The figures of one fit alone.</summary>
    public static FigureSet Create(FitDocument fit, IReadOnlyList<LossObservation> fitted) =>
        new FigureSet([], []).WithFits("", null, PlottedRuns.From(fitted), fit, ComputePerToken.From(fitted));

    private FigureSet WithFits(string suffix, string? subtitle, PlottedRuns runs, FitDocument fit,
        Func<double, double>? flopsPerToken)
    {
        var (isoflop, frontier, parametric) =
            (IsoFlopFigure.Name + suffix, FrontierFigure.Name + suffix, ParametricFigure.Name + suffix);
        var (comparison, contours, residuals) =
            (ComparisonFigure.Name + suffix, ContourFigure.Name + suffix, ParametricFigure.Residuals + suffix);
        return With(isoflop, fit.Isoflop is { } minima ? IsoFlopFigure.Create(isoflop, subtitle, runs, minima) : null,
                "no completed run belongs to a compute budget")
            .With(frontier, FrontierFigure.Create(frontier, subtitle, fit, flopsPerToken, runs.Size),
                "fewer than three budgets have an interior minimum, and the parametric law did not converge")
            .With(contours, ContourFigure.Create(contours, subtitle, runs, fit, flopsPerToken), NoLaw)
            .With(parametric, ParametricFigure.Create(parametric, subtitle, runs, fit), NoLaw)
            .With(residuals, ParametricFigure.CreateResiduals(residuals, subtitle, runs, fit), NoLaw)
            .With(comparison, ComparisonFigure.Create(comparison, subtitle, fit, flopsPerToken, runs.Size),
                "no fit is sure enough to be set beside published laws");
    }

    private const string NoLaw = "too few runs completed to fit the parametric law";

    private FigureSet With(string name, Figure? figure, string reason) =>
        figure is not null ? this with { Figures = [.. Figures, figure] }
        : this with { LeftOut = [.. LeftOut, new FigureLeftOut(name, reason)] };

    /// <summary>
    /// What tells the figures of one recipe from another's in a file name; nothing where there is one recipe.
    /// </summary>
    private static IEnumerable<string> Suffixes(IReadOnlyList<VariantFit> fits)
    {
        var taken = new HashSet<string>();
        foreach (var variant in fits.Select(v => v.Variant))
        {
            var slug = variant.Length == 0 ? "" : "-" + string.Join('-', new string(
                [.. variant.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : ' ')]).Split(
                    ' ',
                    StringSplitOptions.RemoveEmptyEntries));
            var unique = slug;
            for (var n = 2; !taken.Add(unique); n++) unique = $"{slug}-{n}";
            yield return unique;
        }
    }
}
