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
    public static FigureSet Create(SweepTable sweep, SweepFits fits, RecipeComparison recipes)
    {
        var source = new SweepFigureSource(sweep, new Lazy<RecipeComparison>(recipes), CurveAxis.Flops)
            { Downstream = new(fits.Downstream) };
        var kinds = ReportFigures.OfSweeps
            .Where(kind => kind.Topic is not { } topic || fits.Question.Topics.Contains(topic))
            .ToLookup(kind => kind.Place < ReportPlace.Minima);
        return new FigureSet([], [])
            .With(kinds[true], source)
            .With(ReportFigures.OfFits, fits)
            .With(kinds[false], source);
    }

    /// <summary>The figures of one fit alone.</summary>
    public static FigureSet Create(FitDocument fit, IReadOnlyList<LossObservation> fitted) =>
        new FigureSet([], []).With(ReportFigures.OfFits,
            new FitFigureSource("", null, PlottedRuns.From(fitted), fit, ComputePerToken.From(fitted)));

    /// <summary>The figures of some kinds that a sweep's fits give, fit by fit.</summary>
    public static FigureSet Create(SweepFits fits, params IReadOnlyList<FitFigureKind> kinds) =>
        new FigureSet([], []).With(kinds, fits);

    /// <summary>A figure of a sweep alone; what belongs to one question is left out without a word.</summary>
    public static FigureSet Create(SweepFigureKind kind, SweepFigureSource source) => new FigureSet([], [])
        .With(kind.Name, kind.Draw(source), kind.Topic is null ? kind.Absence(source.Over) : null);

    private FigureSet With(IEnumerable<SweepFigureKind> kinds, SweepFigureSource source) =>
        kinds.Aggregate(this, (set, kind) => set.With(kind.Name, kind.Draw(source), kind.Absence(source.Over)));

    private FigureSet With(IReadOnlyList<FitFigureKind> kinds, SweepFits fits) =>
        fits.Shown.Zip(Suffixes(fits.Shown)).Aggregate(this, (set, shown) => set.With(kinds, ToSource(shown)));

    private static FitFigureSource ToSource((VariantFit Variant, string Suffix) shown)
    {
        var (variant, suffix) = shown;
        var subtitle = variant.Variant.Length > 0 ? variant.Variant : null;
        return new FitFigureSource(suffix, subtitle, PlottedRuns.From(variant), variant.Fit, variant.FlopsPerToken);
    }

    private FigureSet With(IReadOnlyList<FitFigureKind> kinds, FitFigureSource source) =>
        kinds.Select(kind => (Kind: kind, Name: kind.Name + source.Suffix))
        .Aggregate(this, (set, one) => set.With(one.Name, one.Kind.Draw(one.Name, source), one.Kind.Absence));

    private FigureSet With(string name, Figure? figure, string? absence) =>
        figure is not null ? this with { Figures = [.. Figures, figure] }
        : absence is not null ? this with { LeftOut = [.. LeftOut, new FigureLeftOut(name, absence)] }
        : this;

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
