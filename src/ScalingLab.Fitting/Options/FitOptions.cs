using System.Text.Json.Serialization;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Options;

/// <summary>What a residual is.</summary>
public enum ResidualKind
{
    /// <summary>ln(predicted) - ln(observed), as Hoffmann et al. 2022 eq. 10.</summary>
    [JsonStringEnumMemberName("log")]
    Log,

    /// <summary>predicted - observed, in nats/token.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,
}

/// <summary>What a residual costs.</summary>
public enum FitMethod
{
    /// <summary>Huber: half the square up to delta, linear beyond.</summary>
    [JsonStringEnumMemberName("huber")]
    Huber,

    /// <summary>Half the square.</summary>
    [JsonStringEnumMemberName("mse")]
    SquaredError,

    /// <summary>Half the square of linear residuals, minimised by variable projection (arXiv 2603.22339).</summary>
    [JsonStringEnumMemberName("vpnls")]
    VariableProjection,
}

/// <summary>A family of laws.</summary>
public enum FitApproach
{
    [JsonStringEnumMemberName("parametric")]
    Parametric,

    [JsonStringEnumMemberName("isoflop")]
    IsoFlop,

    [JsonStringEnumMemberName("envelope")]
    Envelope,

    [JsonStringEnumMemberName("kaplan")]
    Kaplan,

    [JsonStringEnumMemberName("data-constrained")]
    DataConstrained,

    [JsonStringEnumMemberName("overtraining")]
    OverTraining,

    [JsonStringEnumMemberName("downstream")]
    Downstream,
}

/// <summary>How the minimum of a budget's losses is found.</summary>
public enum MinimumMethod
{
    /// <summary>The vertex of a parabola in the logarithm (Hoffmann et al. 2022, approach 2).</summary>
    [JsonStringEnumMemberName("parabola")]
    Parabola,

    /// <summary>The least value of an Akima spline through the losses (Porian et al. 2024).</summary>
    [JsonStringEnumMemberName("akima")]
    Akima,

    /// <summary>
    /// The least value of a polynomial of the fourth order in the logarithm; of a lower one where a budget has fewer
    /// than seven sizes.
    /// </summary>
    [JsonStringEnumMemberName("quartic")]
    Quartic,

    /// <summary>
    /// A parabola, unless a test of lack of fit asks for another curve or for the sizes near the lowest loss
    /// (<see cref="MinimumCurve"/>).
    /// </summary>
    [JsonStringEnumMemberName("auto")]
    Auto,
}

/// <summary>How the costs are put together. The optimum is the same; the reported objective is not.</summary>
public enum ObjectiveKind
{
    /// <summary>Sum over the points.</summary>
    [JsonStringEnumMemberName("sum")]
    Sum,

    /// <summary>Mean over the points.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,
}

/// <summary>How to fit. The defaults are those of Hoffmann et al. 2022 with a bootstrap of 4,000.</summary>
public sealed record FitOptions
{
    /// <summary>The laws to fit; all of them by default.</summary>
    public IReadOnlyList<FitApproach> Approaches { get; init; } = Enum.GetValues<FitApproach>();

    public FitMethod Method { get; init; } = FitMethod.Huber;

    public MinimumMethod Minima { get; init; } = MinimumMethod.Auto;

    /// <summary>Where Huber's cost turns linear, in the residual's unit.</summary>
    public double HuberDelta { get; init; } = 1e-3;

    public ResidualKind Residuals { get; init; } = ResidualKind.Log;

    public ObjectiveKind Objective { get; init; } = ObjectiveKind.Sum;

    /// <summary>What the parametric law is told instead of fitting it.</summary>
    public ParametricPins Pins { get; init; } = ParametricPins.None;

    /// <summary>How many of the highest losses to leave out (<see cref="ObservationChecks.DropHighest"/>).</summary>
    public int DropHighest { get; init; }

    /// <summary>Seeds the extra random starts and the bootstrap.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Bootstrap draws; 0 for none, and then there are no intervals.</summary>
    public int Bootstrap { get; init; } = 4000;

    /// <summary>Threads for the bootstrap; it changes the time and no bit of the result.</summary>
    [JsonIgnore]
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Ends the fit early, with <see cref="OperationCanceledException"/>.</summary>
    [JsonIgnore]
    public CancellationToken Stop { get; init; }

    /// <summary>Receives progress; null: none. Told from several threads.</summary>
    [JsonIgnore]
    public IProgress<FitProgress>? Progress { get; init; }

    /// <summary>Budgets to add to the frontier table, FLOPs.</summary>
    public IReadOnlyList<double> TargetFlops { get; init; } = [];

    /// <summary>Runs that were not made, to be predicted.</summary>
    public IReadOnlyList<PredictionRequest> Predictions { get; init; } = [];

    /// <summary>
    /// Exact training FLOPs per token of a model of N parameters. With it the parametric frontier is found numerically
    /// for D = C / FlopsPerToken(N). Null: in closed form where the rows have C = 6ND, else with the rows' own
    /// (<see cref="ComputePerToken"/>).
    /// </summary>
    [JsonIgnore]
    public Func<double, double>? FlopsPerToken { get; init; }

    /// <summary>
    /// The draws that decide a status: always these, so that it belongs to the data whatever bootstrap is asked for.
    /// </summary>
    internal FitOptions Trial => this with { Bootstrap = 200, Seed = 1 };

    /// <summary>Where the cost turns linear; infinity for squares.</summary>
    internal double Delta => Method == FitMethod.Huber ? HuberDelta : double.PositiveInfinity;

    /// <summary>Variable projection is least squares of the loss itself, whatever is said of residuals.</summary>
    internal ResidualKind FittedResiduals =>
        Method == FitMethod.VariableProjection ? ResidualKind.Linear : Residuals;

    /// <summary>A mean cost over so many points as it is reported.</summary>
    internal double Reported(double meanCost, int points) =>
        Objective == ObjectiveKind.Sum ? meanCost * points : meanCost;

    /// <summary>Every problem of these options; empty when there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Approaches.Count == 0)
            problems.Add("at least one law must be named");
        if (!double.IsFinite(HuberDelta) || HuberDelta <= 0)
            problems.Add("the Huber delta must be a positive number");
        if (DropHighest < 0)
            problems.Add("the number of highest losses to drop must not be negative");
        if (Bootstrap is < 0 or > 1_000_000)
            problems.Add("the number of bootstrap draws must lie between 0 and 1000000");
        if (Threads < 1)
            problems.Add("the number of threads must be at least 1");
        if (TargetFlops.Any(one => !double.IsFinite(one) || one <= 0))
            problems.Add("every target budget must be a positive number of FLOPs");
        problems.AddRange(Pins.Problems());
        problems.AddRange(Predictions.SelectMany(one => one.Problems()));
        return problems;
    }
}
