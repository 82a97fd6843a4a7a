using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.DataConstrained;
using ScalingLab.Fitting.Laws.Envelope;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Laws.OverTraining;
using ScalingLab.Fitting.Laws.Parametric;
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
        bool Asked(FitApproach approach) => options.Approaches.Contains(approach);
        var parametric = Asked(FitApproach.Parametric) ? ParametricFitter.Fit(points, options) : null;
        var isoflop = Asked(FitApproach.IsoFlop)
            ? IsoFlopBias.AddTo(IsoFlopFitter.Fit(points, options), points, parametric ?? EmptyParametric(points),
                options)
            : null;
        var envelope = Asked(FitApproach.Envelope) ? Envelope(rows, points, options) : null;
        var kaplan = Asked(FitApproach.Kaplan) ? KaplanFitter.Fit(points, options) : null;
        var repeated = RepeatedPoints(rows, all, options);
        var dataConstrained = Asked(FitApproach.DataConstrained) ? DataConstrainedFitter.Fit(repeated, options) : null;
        var overTraining = Asked(FitApproach.OverTraining) ? OverTrainingFitter.Fit(points, options) : null;
        var judgement = parametric is null ? null
            : DiagnosticChecks.Run(RepeatedRows.Without(usable.Usable), points, parametric, options);
        var (someParametric, someIsoflop) =
            (parametric ?? EmptyParametric(points), isoflop ?? new IsoFlopFit { Status = FitStatus.TooFewPoints });
        var flopsPerToken = options.FlopsPerToken ?? ComputePerToken.From(all);
        var throughRepeats = points.Count < all.Count && options.Pins.IsNone ? AdviceLaw.From(dataConstrained) : null;
        var withheld = rows.Warnings.Any(warning => warning.Code == FitWarning.ImpossibleUnits);
        var law = withheld ? null : throughRepeats ?? AdviceLaw.From(parametric);
        var behind = throughRepeats is null ? points : dataConstrained!.Best!.AsFresh(all);
        var counted = options with { FlopsPerToken = flopsPerToken };
        var frontier = withheld ? new Frontier(FrontierSource.None, [], [])
            : Frontier.Create(behind, law, someIsoflop, counted);
        var predictor = new Predictor(law, behind, withheld ? null : dataConstrained, repeated, counted);
        return new FitDocument
        {
            Input = new FitInput(
                all.Count,
                [.. rows.SetAside.Concat(usable.Excluded).Concat(kept.Excluded).OrderBy(row => row.Row)],
                Range(all, one => one.Parameters),
                Range(all, one => one.Tokens),
                Range(all, one => one.Flops),
                SeedNoise.Estimate(all),
                options)
            {
                Flagged =
                    [.. all.Where(one => one.Flags is not null)
                        .Select(one => new FlaggedRow(one.Row!.Value, one.Flags!))],
            },
            Parametric = parametric,
            Isoflop = isoflop,
            Envelope = envelope,
            Kaplan = kaplan,
            Counting = kaplan is not null && CountsDiffer(points) ? CountingConventions.Fit(points, options) : [],
            DataConstrained = dataConstrained,
            OverTraining = overTraining,
            RepeatedRows = RepeatedRows.Find(all, frontier.Source),
            FrontierSource = frontier.Source,
            FrontierFlops = flopsPerToken is null ? FlopsCounting.SixND
                : options.FlopsPerToken is null ? FlopsCounting.Fitted : FlopsCounting.Exact,
            Frontier = frontier.Points,
            Predictions = [.. options.Predictions.Select(predictor.Predict)],
            Extrapolation = parametric is null ? null : Extrapolation.HoldOutLargestBudget(points, options),
            Comparison = withheld || (parametric is null && isoflop is null)
                ? null
                : PublishedComparison.Create(Budgets(all, frontier.Points, options), law, Unit(all)),
            Judgement = judgement,
            Warnings =
            [
                .. rows.Warnings,
                .. FitWarnings.General(all, points, usable.Excluded, someParametric, someIsoflop, options.Pins),
                .. frontier.Warnings,
                .. ObservationChecks.Warnings(all),
                .. someParametric.Warnings,
                .. judgement?.Warnings ?? [],
                .. someIsoflop.Warnings,
                .. ReportedWarnings(envelope?.Status, envelope?.Warnings, options),
                .. ReportedWarnings(kaplan?.Status, kaplan?.Warnings, options),
                .. ReportedWarnings(dataConstrained?.Status, dataConstrained?.Warnings, options),
                .. ReportedWarnings(overTraining?.Status, overTraining?.Warnings, options),
            ],
        };
    }

    /// <summary>The one sentence to quote (<see cref="FitHeadline"/>).</summary>
    public static string Headline(FitDocument document) => FitHeadline.Write(document);

    // Where the law was not asked for: nothing known, nothing said.
    private static ParametricFit EmptyParametric(IReadOnlyList<LossObservation> points) =>
        new() { Status = FitStatus.TooFewPoints, Points = points.Count };

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

    // Without curves the final losses stand for them: a poorer envelope, which says so.
    private static EnvelopeFit Envelope(FitRows rows, IReadOnlyList<LossObservation> points, FitOptions options)
    {
        var curves = RepeatedRows.Without(ObservationChecks.Check(rows.Curves).Usable);
        return curves.Count > 0 ? EnvelopeFitter.Fit(curves, options)
            : EnvelopeFitter.Fit(points, options, finalLosses: true);
    }

    // Where every law was asked for, most tables lack what some law needs: its status says so, and there is no number
    // to warn of.
    private static IEnumerable<FitWarning> ReportedWarnings(FitStatus? status, IReadOnlyList<FitWarning>? warnings,
        FitOptions options) =>
        warnings is null
        || (status == FitStatus.TooFewPoints && options.Approaches.Count == Enum.GetValues<FitApproach>().Length) ? []
        : warnings;

    private static double Unit(IReadOnlyList<LossObservation> points) =>
        points.Count == 0 ? 1 : ComputePerToken.Unit(points);

    private static Interval? Range(IReadOnlyList<LossObservation> points, Func<LossObservation, double> value) =>
        points.Count == 0 ? null : new Interval(points.Min(value), points.Max(value));
}
