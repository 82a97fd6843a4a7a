using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.DataConstrained;
using ScalingLab.Fitting.Laws.Downstream;
using ScalingLab.Fitting.Laws.Envelope;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Laws.OverTraining;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting;

/// <summary>Which rows which law is fitted to.</summary>
/// <param name="Given">As they came: the envelope takes the curves.</param>
/// <param name="All">Usable rows: scores are fitted to all.</param>
/// <param name="Points">Those of text seen once, or nearly so: of every other law but the data-constrained.</param>
/// <param name="Repeated">Usable rows of the data-constrained law.</param>
internal sealed record LawRows(FitRows Given, IReadOnlyList<LossObservation> All, IReadOnlyList<LossObservation> Points,
    IReadOnlyList<LossObservation> Repeated);

/// <summary>The laws that <see cref="FitOptions.Approaches"/> names, each fitted to the rows it is meant for.</summary>
internal static class FittedLaws
{
    /// <summary>The document with the laws that are asked for.</summary>
    /// <param name="document">Without laws.</param>
    /// <param name="rows">As they came and as they are fitted.</param>
    /// <param name="options">With the laws that are asked for.</param>
    public static FitDocument AddTo(FitDocument document, LawRows rows, FitOptions options)
    {
        var points = rows.Points;
        bool Asked(FitApproach approach) => options.Approaches.Contains(approach);
        var parametric = Asked(FitApproach.Parametric) ? ParametricFitter.Fit(points, options) : null;
        return document with
        {
            Parametric = parametric,
            Isoflop = Asked(FitApproach.IsoFlop)
                ? IsoFlopBias.AddTo(IsoFlopFitter.Fit(points, options), points, parametric, options) : null,
            Envelope = Asked(FitApproach.Envelope) ? FitEnvelope(rows.Given, points, options) : null,
            Kaplan = Asked(FitApproach.Kaplan) ? KaplanFitter.Fit(points, options) : null,
            DataConstrained = Asked(FitApproach.DataConstrained)
                ? DataConstrainedFitter.Fit(rows.Repeated, options) : null,
            OverTraining = Asked(FitApproach.OverTraining) ? OverTrainingFitter.Fit(points, options) : null,
            Downstream = Asked(FitApproach.Downstream) ? DownstreamFitter.Fit(rows.All, options) : null,
        };
    }

    /// <summary>What the fits warn of, and the judgement of the parametric one after that one's own.</summary>
    public static IEnumerable<FitWarning> Warnings(FitDocument laws, FitDiagnostics? judgement, FitOptions options) =>
    [
        .. laws.Parametric?.Warnings ?? [],
        .. judgement?.Warnings ?? [],
        .. laws.Isoflop?.Warnings ?? [],
        .. ReportedWarnings(laws.Envelope?.Status, laws.Envelope?.Warnings, options),
        .. ReportedWarnings(laws.Kaplan?.Status, laws.Kaplan?.Warnings, options),
        .. ReportedWarnings(laws.DataConstrained?.Status, laws.DataConstrained?.Warnings, options),
        .. ReportedWarnings(laws.OverTraining?.Status, laws.OverTraining?.Warnings, options),
        .. (laws.Downstream ?? []).SelectMany(task => task.Warnings),
    ];

    // Without curves the final losses stand for them: a poorer envelope, which says so.
    private static EnvelopeFit FitEnvelope(FitRows rows, IReadOnlyList<LossObservation> points, FitOptions options)
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
}
