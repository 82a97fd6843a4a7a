using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Predictions;
using ScalingLab.Fitting.Published;

namespace ScalingLab.Fitting;

/// <summary>Every law at once.</summary>
public static class Fitter
{
    /// <summary>Fits observations that come with nothing else (<see cref="Fit(FitRows, FitOptions?)"/>).</summary>
    public static FitDocument Fit(IReadOnlyList<LossObservation> observations, FitOptions? options = null) =>
        Fit(new FitRows(observations), options);

    /// <summary>
    /// Checks the observations, drops the highest losses if asked, and fits the laws that
    /// <see cref="FitOptions.Approaches"/> names. Bad rows are excluded and named; data that cannot hold a law give a
    /// status. Throws ArgumentException, listing every problem, only for bad options.
    /// </summary>
    public static FitDocument Fit(FitRows rows, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new FitOptions();
        if (options.Problems() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("; ", problems), nameof(options));
        var usable = ObservationChecks.Check(rows.Observations);
        var kept = ObservationChecks.DropHighest(usable.Usable, options.DropHighest);
        var all = kept.Usable;
        // Every law but the data-constrained one takes repeated text for fresh: it sees only the rows for which that is
        // nearly so.
        var points = RepeatedRows.Without(all);
        var repeated = RepeatedPoints(rows, all, options);
        var flopsPerToken = options.FlopsPerToken ?? ComputePerToken.From(all);
        var laws = FittedLaws.AddTo(new FitDocument
        {
            Input = Input(all, rows.SetAside.Concat(usable.Excluded).Concat(kept.Excluded), options),
            FrontierSource = FrontierSource.None,
            FrontierFlops = flopsPerToken is null ? FlopsCounting.SixND
                : options.FlopsPerToken is null ? FlopsCounting.Fitted : FlopsCounting.Exact,
            Frontier = [],
            Warnings = [],
        }, new(rows, all, points, repeated), options);
        var judgement = laws.Parametric is null ? null
            : DiagnosticChecks.Run(RepeatedRows.Without(usable.Usable), points, laws.Parametric, options);
        var throughRepeats = points.Count < all.Count && options.Pins.IsNone
            ? AdviceLaw.From(laws.DataConstrained) : null;
        var withheld = rows.Warnings.Any(warning => warning.Code == FitWarning.ImpossibleUnits);
        var law = withheld ? null : throughRepeats ?? AdviceLaw.From(laws.Parametric);
        var behind = throughRepeats is null ? points : laws.DataConstrained!.Best!.AsFresh(all);
        var counted = options with { FlopsPerToken = flopsPerToken };
        var frontier = withheld ? new Frontier(FrontierSource.None, [], [])
            : Frontier.Create(behind, law, laws.Isoflop, counted);
        if (!withheld && laws.Downstream is { } scores)
            laws = laws with { Downstream = TwoSteps.AtBudgets(scores, frontier, law, laws.Kaplan, counted) };
        var predictor = new Predictor(law, behind, withheld ? null : laws.DataConstrained, repeated, counted)
            { Downstream = withheld ? [] : laws.Downstream ?? [] };
        return laws with
        {
            Counting = laws.Kaplan is not null && CountsDiffer(points) ? CountingConventions.Fit(points, options) : [],
            RepeatedRows = RepeatedRows.Find(all, frontier.Source),
            FrontierSource = frontier.Source,
            Frontier = frontier.Points,
            Predictions = [.. options.Predictions.Select(predictor.Predict)],
            Extrapolation = laws.Parametric is null ? null : Extrapolation.HoldOutLargestBudget(points, options),
            Comparison = withheld || (laws.Parametric is null && laws.Isoflop is null)
                ? null
                : PublishedComparison.Create(Budgets(all, frontier.Points, options), law, Unit(all)),
            Judgement = judgement,
            Warnings =
            [
                .. rows.Warnings,
                .. FitWarnings.General(all, points, usable.Excluded, laws.Parametric, laws.Isoflop, options.Pins),
                .. frontier.Warnings,
                .. ObservationChecks.Warnings(all),
                .. FittedLaws.Warnings(laws, judgement, options),
            ],
        };
    }

    /// <summary>The one sentence to quote (<see cref="FitHeadline"/>).</summary>
    public static string Headline(FitDocument document) => FitHeadline.Write(document);

    private static FitInput Input(IReadOnlyList<LossObservation> all, IEnumerable<ExcludedRow> excluded,
        FitOptions options) =>
        new(
            all.Count,
            [.. excluded.OrderBy(row => row.Row)],
            Range(all, one => one.Parameters),
            Range(all, one => one.Tokens),
            Range(all, one => one.Flops),
            SeedNoise.Estimate(all),
            options)
        {
            Flagged =
                [.. all.Where(one => one.Flags is not null).Select(one => new FlaggedRow(one.Row!.Value, one.Flags!))],
        };

    private static bool CountsDiffer(IReadOnlyList<LossObservation> points) =>
        points.Any(one => one.Counts is not null) || ComputePerToken.From(points) is not null;

    // Those of the frontier; where there is none, the ends of what was run and a decade beyond.
    private static double[] Budgets(IReadOnlyList<LossObservation> points, IReadOnlyList<FrontierPoint> frontier,
        FitOptions options)
    {
        if (frontier.Count > 0 || points.Count == 0)
            return [.. frontier.Select(point => point.Flops)];
        var (low, high) = (points.Min(one => one.Flops), points.Max(one => one.Flops));
        return [.. options.TargetFlops.Concat([low, high, 10 * high]).Distinct().Order()];
    }

    private static IReadOnlyList<LossObservation> RepeatedPoints(FitRows rows, IReadOnlyList<LossObservation> points,
        FitOptions options) =>
        rows.DataConstrained is not { } own ? points
        : ObservationChecks.DropHighest(ObservationChecks.Check(own).Usable, options.DropHighest).Usable;

    private static double Unit(IReadOnlyList<LossObservation> points) =>
        points.Count == 0 ? 1 : ComputePerToken.Unit(points);

    private static Interval? Range(IReadOnlyList<LossObservation> points, Func<LossObservation, double> value) =>
        points.Count == 0 ? null : new Interval(points.Min(value), points.Max(value));
}
