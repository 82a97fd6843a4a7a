namespace ScalingLab.Fitting;

/// <summary>Every law at once.</summary>
public static class Fitter
{
    /// <summary>
    /// Checks the observations, drops the highest losses if asked, and fits the parametric law and the IsoFLOP minima.
    /// Bad rows are excluded and named; data that cannot hold a law give a status.
    /// Throws ArgumentException, listing every problem, only for bad options.
    /// </summary>
    public static FitDocument Fit(IReadOnlyList<LossObservation> observations, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(observations);
        options ??= new FitOptions();
        if (options.Problems() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("; ", problems), nameof(options));
        var usable = Observations.Check(observations);
        var kept = Observations.DropHighest(usable.Usable, options.DropHighest);
        var points = kept.Usable;
        var parametric = ParametricFitter.Fit(points, options);
        var isoflop = IsoFlopFitter.Fit(points, options);
        var flopsPerToken = options.FlopsPerToken ?? ComputePerToken.From(points);
        var (source, frontier) = Frontier.Of(points, parametric, isoflop, options with { FlopsPerToken = flopsPerToken });
        return new FitDocument
        {
            Input = new FitInput(
                points.Count,
                [.. usable.Excluded.Concat(kept.Excluded).OrderBy(row => row.Row)],
                Range(points, one => one.Parameters),
                Range(points, one => one.Tokens),
                Range(points, one => one.Flops),
                SeedNoise.Of(points),
                options),
            Parametric = parametric,
            Isoflop = isoflop,
            FrontierSource = source,
            FrontierFlops = flopsPerToken is null ? FlopsCounting.SixND
                : options.FlopsPerToken is null ? FlopsCounting.Fitted : FlopsCounting.Exact,
            Frontier = frontier,
            Extrapolation = Extrapolation.LargestBudgetOut(points, options),
            Warnings =
            [
                .. FitWarnings.General(points, usable.Excluded, parametric, isoflop, source),
                .. parametric.Warnings,
                .. isoflop.Warnings,
            ],
        };
    }

    /// <summary>The one sentence to quote (<see cref="FitHeadline"/>).</summary>
    public static string Headline(FitDocument document) => FitHeadline.Of(document);

    private static Interval? Range(IReadOnlyList<LossObservation> points, Func<LossObservation, double> value) =>
        points.Count == 0 ? null : new Interval(points.Min(value), points.Max(value));
}
