using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Optima;

/// <summary>
/// The best value of a tuned quantity: Coefficient N^ParametersExponent D^TokensExponent. Intervals are 95 %.
/// </summary>
public sealed record OptimumLaw
{
    /// <summary>The quantity's name.</summary>
    public required string Quantity { get; init; }

    /// <summary>Its value at N = D = 1, a number to compute with and no quantity of its own.</summary>
    public required double Coefficient { get; init; }

    /// <summary>Exponent of N.</summary>
    public required double ParametersExponent { get; init; }

    /// <summary>Exponent of D.</summary>
    public required double TokensExponent { get; init; }

    /// <summary>Of the exponent of N; null without a bootstrap.</summary>
    public Interval? ParametersInterval95 { get; init; }

    /// <summary>Of the exponent of D; null without a bootstrap.</summary>
    public Interval? TokensInterval95 { get; init; }

    /// <summary>
    /// Covariance of (ln coefficient, exponent of N, exponent of D), three rows of three; null without a bootstrap.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<double>>? Covariance { get; init; }

    /// <summary>Cells less the three numbers fitted: for Student's t beside <see cref="Covariance"/>.</summary>
    public int Freedom { get; init; }

    /// <summary>
    /// Standard deviation of ln(a cell's own minimum / law) over cells with an interior minimum; null with fewer than
    /// four.
    /// </summary>
    public double? Scatter { get; init; }

    /// <summary>
    /// Root mean square of ln(predicted / own minimum), each cell with an interior minimum predicted from all others;
    /// null with fewer than four.
    /// </summary>
    public double? LeaveOneOutError { get; init; }

    /// <summary>The law's answer.</summary>
    public double At(double parameters, double tokens) =>
        Coefficient * Math.Pow(parameters, ParametersExponent) * Math.Pow(tokens, TokensExponent);

    /// <summary>
    /// 95 % interval of the law's answer (of the law, not of one more cell about it); null without a bootstrap.
    /// </summary>
    public Interval? IntervalAt(double parameters, double tokens) =>
        Covariance is null ? null : LawInterval.At(At(parameters, tokens), Covariance, Freedom, parameters, tokens);
}

/// <summary>All runs of one N and, but for the rounding of steps, one D.</summary>
public sealed record OptimumCell
{
    /// <summary>N.</summary>
    public required double Parameters { get; init; }

    /// <summary>D: the median of its runs.</summary>
    public required double Tokens { get; init; }

    /// <summary>Runs with a loss.</summary>
    public required int Runs { get; init; }

    /// <summary>Runs without one: diverged.</summary>
    public required int Diverged { get; init; }

    /// <summary>The lowest loss, nats/token.</summary>
    public required double BestLoss { get; init; }

    /// <summary>The values of the run that has it.</summary>
    public required IReadOnlyList<double> BestValues { get; init; }

    /// <summary>The smallest and the largest value tried of each quantity.</summary>
    public required IReadOnlyList<Interval> Tried { get; init; }

    /// <summary>Of the cell's own quadratic.</summary>
    public required MinimumStatus Status { get; init; }

    /// <summary>Where that quadratic is lowest; null where it is not convex.</summary>
    public IReadOnlyList<double>? Minimum { get; init; }

    /// <summary>Standard error of ln(each value of the minimum); null where it has none.</summary>
    public IReadOnlyList<double>? LogStandardError { get; init; }

    /// <summary>The quadratic's lowest loss.</summary>
    public double? MinimumLoss { get; init; }

    /// <summary>
    /// What the law would cost here: loss at its answer less the lowest, by the cell's own quadratic, nats/token.
    /// </summary>
    public double? LawCost { get; init; }

    /// <summary>Rows of its runs.</summary>
    public required IReadOnlyList<int> Rows { get; init; }
}

/// <summary>Where the losses of a tune are lowest, cell by cell and as laws of N and D.</summary>
public sealed record OptimumFit
{
    /// <summary>
    /// Converged: there are laws. Unidentified: the losses do not say them. Too few points: fewer cells or runs than
    /// numbers to find.
    /// </summary>
    public required FitStatus Status { get; init; }

    /// <summary>How it was fitted.</summary>
    public required OptimumOptions Options { get; init; }

    /// <summary>Each (N, D), by N then D.</summary>
    public required IReadOnlyList<OptimumCell> Cells { get; init; }

    /// <summary>One law for each quantity, in their order; empty unless converged.</summary>
    public IReadOnlyList<OptimumLaw> Laws { get; init; } = [];

    /// <summary>
    /// Second derivatives of the loss by the logarithms of the quantities at the optimum, nats/token, of a cell of
    /// middling sharpness; null unless converged.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<double>>? Curvature { get; init; }

    /// <summary>Root mean square of loss less surface over the runs that counted, nats/token.</summary>
    public double? Residual { get; init; }

    /// <summary>What a reader must know.</summary>
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    /// <summary>snake_case JSON, numbers as exact as they are.</summary>
    public string ToJson() => FitJson.Write(this);

    /// <summary>
    /// How the best value of one quantity follows another that is not at its own best: exponent g in best(a) x (b /
    /// best(b))^g.
    /// </summary>
    /// <param name="quantity">Its index.</param>
    /// <param name="other">The index of the one that is held.</param>
    public double? Follows(int quantity, int other) =>
        Curvature is { } h ? -h[quantity][other] / h[quantity][quantity] : null;
}
