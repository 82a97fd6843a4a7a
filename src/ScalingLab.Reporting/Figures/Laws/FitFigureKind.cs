using ScalingLab.Fitting.Documents;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;

namespace ScalingLab.Reporting.Figures.Laws;

/// <summary>What the figures of one fit are drawn from.</summary>
/// <param name="Suffix">What follows the kind's name in the figure's: the recipe, where there are several.</param>
/// <param name="Subtitle">The recipe, for people; null where there is one.</param>
/// <param name="Runs">The runs that were fitted.</param>
/// <param name="Fit">Their fit.</param>
/// <param name="FlopsPerToken">FLOPs a token of a model of N parameters; null: 6N.</param>
internal sealed record FitFigureSource(
    string Suffix, string? Subtitle, PlottedRuns Runs, FitDocument Fit, Func<double, double>? FlopsPerToken);

internal sealed record FitFigureKind(string Name, string Shows, string Needs) : FigureKind(Name, Shows, Needs)
{
    /// <summary>What every figure of the parametric law needs.</summary>
    public const string NeedsLaw = "a parametric law, of one recipe or with a fit that is sure";

    /// <summary>Why there is no figure of the parametric law.</summary>
    public const string NoLaw = "too few runs completed to fit the parametric law";

    /// <summary>The figure of this name; null where the fit does not give it.</summary>
    public required Func<string, FitFigureSource, Figure?> Draw { get; init; }

    /// <summary>Why there is none.</summary>
    public required string Absence { get; init; }

    /// <summary>Whether it shows intervals of a bootstrap, which takes ten times as long as all else.</summary>
    public bool ShowsBootstrap { get; init; }
}
