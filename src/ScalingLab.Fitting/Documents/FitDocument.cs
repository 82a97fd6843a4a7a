using System.Text.Json.Serialization;
using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.DataConstrained;
using ScalingLab.Fitting.Laws.Downstream;
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

namespace ScalingLab.Fitting.Documents;

/// <summary>How the frontier counts compute.</summary>
public enum FlopsCounting
{
    /// <summary>C = 6ND, closed form.</summary>
    [JsonStringEnumMemberName("6ND")]
    SixND,

    /// <summary>The caller's exact FLOPs per token, numerically.</summary>
    [JsonStringEnumMemberName("exact")]
    Exact,

    /// <summary>
    /// FLOPs per token as a smooth function of N, fitted to the rows (<see cref="ComputePerToken"/>), numerically.
    /// </summary>
    [JsonStringEnumMemberName("fitted")]
    Fitted,
}

/// <summary>
/// What was fitted: how many points, which rows were left out and why, over which ranges, with which noise and options.
/// </summary>
public sealed record FitInput(
    int Points,
    IReadOnlyList<ExcludedRow> Excluded,
    Interval? ParametersRange,
    Interval? TokensRange,
    Interval? FlopsRange,
    SeedNoise? SeedNoise,
    FitOptions Options)
{
    /// <summary>Rows that were fitted although something is known to be wrong with them.</summary>
    public IReadOnlyList<FlaggedRow> Flagged { get; init; } = [];
}

/// <summary>A row with what is wrong with its run, in words such as "undertrained".</summary>
public sealed record FlaggedRow(int Row, string Flags);

/// <summary>Everything that the fits of one sweep say; its JSON is fit.json.</summary>
public sealed record FitDocument
{
    public required FitInput Input { get; init; }

    /// <summary>Approach 3; null where it was not asked for.</summary>
    public ParametricFit? Parametric { get; init; }

    /// <summary>Approach 2; null where it was not asked for.</summary>
    public IsoFlopFit? Isoflop { get; init; }

    /// <summary>Approach 1; null where it was not asked for.</summary>
    public EnvelopeFit? Envelope { get; init; }

    /// <summary>Laws of one variable; null where they were not asked for.</summary>
    public KaplanFit? Kaplan { get; init; }

    /// <summary>
    /// The exponents under each way to count N and C; empty where the rows count in one way only, or Kaplan's laws were
    /// not asked for.
    /// </summary>
    public IReadOnlyList<CountingConvention> Counting { get; init; } = [];

    /// <summary>The law of repeated data; null where it was not asked for.</summary>
    public DataConstrainedFit? DataConstrained { get; init; }

    /// <summary>The law of D/N; null where it was not asked for.</summary>
    [JsonPropertyName("overtraining")]
    public OverTrainingFit? OverTraining { get; init; }

    /// <summary>
    /// Scores of tasks as functions of the loss; empty where no row has a score, null where they were not asked for.
    /// </summary>
    public IReadOnlyList<DownstreamFit>? Downstream { get; init; }

    /// <summary>The laws that their summaries tell all of, those that were asked for.</summary>
    [JsonIgnore]
    public IEnumerable<SummarizedFit> Summarized =>
        ((SummarizedFit?[])[OverTraining, DataConstrained, .. Downstream ?? []]).OfType<SummarizedFit>();

    /// <summary>Rows that repeat their text more than four times; null where there are none.</summary>
    public RepeatedRows? RepeatedRows { get; init; }

    public required FrontierSource FrontierSource { get; init; }

    /// <summary>
    /// The law that headline, frontier and predictions follow; null where none is sure, or the IsoFLOP minima alone
    /// are.
    /// </summary>
    [JsonIgnore]
    public AdviceLaw? AdviceLaw => FrontierSource switch
    {
        FrontierSource.Parametric => AdviceLaw.From(Parametric),
        FrontierSource.DataConstrained => AdviceLaw.From(DataConstrained),
        _ => null,
    };

    public required FlopsCounting FrontierFlops { get; init; }

    public required IReadOnlyList<FrontierPoint> Frontier { get; init; }

    /// <summary>The runs asked for (<see cref="FitOptions.Predictions"/>), in their order.</summary>
    public IReadOnlyList<Prediction> Predictions { get; init; } = [];

    /// <summary>The largest budget predicted from the others; null with fewer than three budgets.</summary>
    public Extrapolation? Extrapolation { get; init; }

    /// <summary>
    /// Published laws on this sweep's budgets; null where neither the parametric law nor the IsoFLOP minima were
    /// asked for, or the numbers are in impossible units.</summary>
    public PublishedComparison? Comparison { get; init; }

    /// <summary>How far the parametric law can be trusted; null where there is none.</summary>
    public FitDiagnostics? Judgement { get; init; }

    /// <summary>Every warning, those of the single fits included.</summary>
    public required IReadOnlyList<FitWarning> Warnings { get; init; }

    /// <summary>snake_case JSON, numbers as exact as they are, missing values null, no NaN.</summary>
    public string ToJson() => FitJson.Write(this);

    /// <summary>Laws of scores as <see cref="ToJson"/> has them.</summary>
    public static string DownstreamJson(IReadOnlyList<DownstreamFit> fits) => FitJson.Write(fits);

    /// <summary>
    /// Reads what <see cref="ToJson"/> wrote; a JsonException says where text is not such a document.
    /// </summary>
    public static FitDocument FromJson(string json) => FitJson.Read(json);
}
