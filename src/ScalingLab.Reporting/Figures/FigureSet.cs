namespace ScalingLab.Reporting;

/// <summary>The figures that a sweep's runs and fits give, in the report's order, and those that they do not.</summary>
internal sealed record FigureSet(IReadOnlyList<Figure> Figures, IReadOnlyList<FigureLeftOut> LeftOut)
{
    public static FigureSet Of(SweepTable sweep, SweepFits fits)
    {
        var figures = new List<Figure>();
        var leftOut = new List<FigureLeftOut>();
        Add(LossCurvesFigure.Name, LossCurvesFigure.Of(sweep.Runs, sweep.Curves), "no run has a point on its curve");
        foreach (var (variant, suffix) in fits.Variants.Zip(Suffixes(fits)))
        {
            var subtitle = variant.Variant.Length > 0 ? variant.Variant : null;
            var isoflop = IsoFlopFigure.Name + suffix;
            Add(isoflop, IsoFlopFigure.Of(isoflop, subtitle, variant.Runs, variant.Fit.Isoflop),
                "no completed run belongs to a compute budget");
            var frontier = FrontierFigure.Name + suffix;
            Add(frontier, FrontierFigure.Of(frontier, subtitle, variant.Fit, variant.FlopsPerToken),
                "fewer than two budgets have an interior minimum, and the parametric law did not converge");
            var parametric = ParametricFigure.Name + suffix;
            Add(parametric, ParametricFigure.Of(parametric, subtitle, variant.Runs, variant.Fit.Parametric),
                "too few runs completed to fit the parametric law");
        }

        return new FigureSet(figures, leftOut);

        void Add(string name, Figure? figure, string reason)
        {
            if (figure is not null) figures.Add(figure);
            else leftOut.Add(new FigureLeftOut(name, reason));
        }
    }

    /// <summary>What tells the figures of one recipe from another's in a file name; nothing where there is one recipe.</summary>
    private static IEnumerable<string> Suffixes(SweepFits fits)
    {
        var taken = new HashSet<string>();
        foreach (var variant in fits.Variants.Select(v => v.Variant))
        {
            var slug = variant.Length == 0 ? "" : "-" + string.Join('-', new string(
                [.. variant.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : ' ')]).Split(' ',
                    StringSplitOptions.RemoveEmptyEntries));
            var unique = slug;
            for (var n = 2; !taken.Add(unique); n++) unique = $"{slug}-{n}";
            yield return unique;
        }
    }
}
