using ScalingLab.Fitting.Laws.Downstream;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Figures.Performance;

/// <summary>What the figures of a sweep's runs are drawn from.</summary>
/// <param name="Sweep">The sweep as read.</param>
/// <param name="Recipes">Its recipes compared, once a figure asks for it.</param>
/// <param name="Over">What loss curves go over.</param>
internal sealed record SweepFigureSource(SweepTable Sweep, Lazy<RecipeComparison> Recipes, CurveAxis Over)
{
    /// <summary>Scores of tasks as functions of the loss, once a figure asks for it.</summary>
    public required Lazy<IReadOnlyList<DownstreamFit>> Downstream { get; init; }
}

/// <summary>A figure of a sweep's runs, which needs no fit.</summary>
internal sealed record SweepFigureKind(string Name, string Shows, string Needs) : FigureKind(Name, Shows, Needs)
{
    /// <summary>The figure; null where the runs do not give it.</summary>
    public required Func<SweepFigureSource, Figure?> Draw { get; init; }

    /// <summary>Why there is none, for a reader of the results; null: not worth a word.</summary>
    public Func<CurveAxis, string?> Absence { get; init; } = _ => null;

    /// <summary>The question that a report with this figure asks; null: any.</summary>
    public SweepTopic? Topic { get; init; }
}
