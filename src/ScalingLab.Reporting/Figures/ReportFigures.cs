using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Laws;
using ScalingLab.Reporting.Figures.Performance;

namespace ScalingLab.Reporting.Figures;

/// <summary>
/// The figures of a sweep's report: this is the whole list. Each says in its own file what it is drawn from and where
/// it stands.
/// </summary>
internal static class ReportFigures
{
    /// <summary>Every figure, in the order in which they are listed.</summary>
    public static IReadOnlyList<FigureKind> All { get; } =
    [
        LossCurvesFigure.Kind,
        IsoFlopFigure.Kind,
        FrontierFigure.Kind,
        ContourFigure.Kind,
        ParametricFigure.Kind,
        ParametricFigure.ResidualsKind,
        ComparisonFigure.Kind,
        RepetitionFigure.Kind,
        RepetitionFigure.UniqueTokensKind,
        RecipeFigures.ContrastsKind,
        RecipeComputeFigure.Kind,
        RecipeFigures.TuningKind,
        ScoresFigure.Kind,
        MachineFigure.Kind,
        CostFigure.Kind,
        TimelineFigure.Kind,
    ];

    /// <summary>Those that need no fit, in a report's order.</summary>
    public static IEnumerable<SweepFigureKind> OfSweeps =>
        All.OfType<SweepFigureKind>().OrderBy(kind => kind.Place);

    /// <summary>Those of a fit, in a report's order.</summary>
    public static IReadOnlyList<FitFigureKind> OfFits { get; } =
        [.. All.OfType<FitFigureKind>().OrderBy(kind => kind.Place)];

    /// <summary>The names of those that stand at a place of the report, in their order.</summary>
    public static IEnumerable<string> At(ReportPlace place) =>
        All.Where(kind => kind.Place == place).Select(kind => kind.Name);
}
