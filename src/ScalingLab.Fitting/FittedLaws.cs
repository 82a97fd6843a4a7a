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

/// <summary>
/// The laws that <see cref="FitOptions.Approaches"/> names, each fitted to the rows it is meant for; the others are
/// null.
/// </summary>
internal sealed record FittedLaws
{
    /// <summary>Rows of text seen once, or nearly so: of all laws but the data-constrained one.</summary>
    public required IReadOnlyList<LossObservation> Points { get; init; }

    public ParametricFit? Parametric { get; init; }

    public IsoFlopFit? Isoflop { get; init; }

    public EnvelopeFit? Envelope { get; init; }

    public KaplanFit? Kaplan { get; init; }

    public DataConstrainedFit? DataConstrained { get; init; }

    public OverTrainingFit? OverTraining { get; init; }

    public IReadOnlyList<DownstreamFit>? Downstream { get; init; }

    /// <summary>The parametric fit; where it was not asked for, one that knows nothing and says nothing.</summary>
    public ParametricFit SomeParametric => Parametric ?? EmptyParametric(Points);

    /// <summary>The IsoFLOP fit; where it was not asked for, one that knows nothing and says nothing.</summary>
    public IsoFlopFit SomeIsoflop => Isoflop ?? new IsoFlopFit { Status = FitStatus.TooFewPoints };

    /// <param name="rows">As they came: the envelope takes the curves.</param>
    /// <param name="all">Usable rows.</param>
    /// <param name="points">Those of text seen once, or nearly so.</param>
    /// <param name="repeated">Usable rows of the data-constrained law.</param>
    /// <param name="options">With the laws that are asked for.</param>
    public static FittedLaws Fit(FitRows rows, IReadOnlyList<LossObservation> all,
        IReadOnlyList<LossObservation> points, IReadOnlyList<LossObservation> repeated, FitOptions options)
    {
        bool Asked(FitApproach approach) => options.Approaches.Contains(approach);
        var parametric = Asked(FitApproach.Parametric) ? ParametricFitter.Fit(points, options) : null;
        return new FittedLaws
        {
            Points = points,
            Parametric = parametric,
            Isoflop = Asked(FitApproach.IsoFlop)
                ? IsoFlopBias.AddTo(IsoFlopFitter.Fit(points, options), points, parametric ?? EmptyParametric(points),
                    options)
                : null,
            Envelope = Asked(FitApproach.Envelope) ? FitEnvelope(rows, points, options) : null,
            Kaplan = Asked(FitApproach.Kaplan) ? KaplanFitter.Fit(points, options) : null,
            DataConstrained = Asked(FitApproach.DataConstrained) ? DataConstrainedFitter.Fit(repeated, options) : null,
            OverTraining = Asked(FitApproach.OverTraining) ? OverTrainingFitter.Fit(points, options) : null,
            Downstream = Asked(FitApproach.Downstream) ? DownstreamFitter.Fit(all, options) : null,
        };
    }

    /// <summary>The document with the laws in it.</summary>
    public FitDocument AddTo(FitDocument document) => document with
    {
        Parametric = Parametric,
        Isoflop = Isoflop,
        Envelope = Envelope,
        Kaplan = Kaplan,
        DataConstrained = DataConstrained,
        OverTraining = OverTraining,
        Downstream = Downstream,
    };

    /// <summary>What the fits warn of, and the judgement of the parametric one after that one's own.</summary>
    public IEnumerable<FitWarning> Warnings(FitDiagnostics? judgement, FitOptions options) =>
    [
        .. SomeParametric.Warnings,
        .. judgement?.Warnings ?? [],
        .. SomeIsoflop.Warnings,
        .. ReportedWarnings(Envelope?.Status, Envelope?.Warnings, options),
        .. ReportedWarnings(Kaplan?.Status, Kaplan?.Warnings, options),
        .. ReportedWarnings(DataConstrained?.Status, DataConstrained?.Warnings, options),
        .. ReportedWarnings(OverTraining?.Status, OverTraining?.Warnings, options),
        .. (Downstream ?? []).SelectMany(task => task.Warnings),
    ];

    private static ParametricFit EmptyParametric(IReadOnlyList<LossObservation> points) =>
        new() { Status = FitStatus.TooFewPoints, Points = points.Count };

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
