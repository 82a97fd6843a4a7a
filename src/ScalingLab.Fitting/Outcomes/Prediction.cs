using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Outcomes;

/// <summary>
/// A run to predict: N and D, and U where it repeats its text; or a budget alone, for the run that is best at it; or a
/// loss, for what a run of that loss scores on tasks.
/// </summary>
/// <param name="Parameters">N, counted as the rows count it.</param>
/// <param name="Tokens">D, training tokens.</param>
/// <param name="UniqueTokens">U, distinct training tokens; null: none is repeated.</param>
/// <param name="Flops">C, in the rows' unit.</param>
/// <param name="Loss">L, in the rows' unit.</param>
public sealed record PredictionRequest(double? Parameters = null, double? Tokens = null, double? UniqueTokens = null,
    double? Flops = null, double? Loss = null)
{
    /// <summary>Every problem; empty when there is none.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var (name, value) in new[] { ("N", Parameters), ("D", Tokens), ("U", UniqueTokens), ("C", Flops),
            ("L", Loss) })
        {
            if (value is { } number && !(number > 0 && double.IsFinite(number)))
                yield return $"{name} of a prediction must be a positive number";
        }

        var ofRun = (Parameters ?? Tokens ?? UniqueTokens) is not null;
        if ((Flops is null, Loss is null) switch
        {
            (true, true) => Parameters is null || Tokens is null,
            (false, false) => true,
            _ => ofRun,
        })
            yield return "a prediction takes N and D (and U where text is repeated), or C alone, or L alone";
    }
}

/// <summary>
/// How far a quantity lies outside the rows fitted: so many times the largest, or below 1 the smallest, among them.
/// </summary>
/// <param name="Quantity">N, D, C, U or epochs.</param>
/// <param name="Factor">Above 1 over the largest, below 1 over the smallest.</param>
public sealed record OutOfRange(string Quantity, double Factor)
{
    // What differs by less is rounding of sizes and steps.
    private const double Same = 1.005;

    /// <summary>"N 12.4 times the largest fitted".</summary>
    public override string ToString() =>
        $"{Quantity} {(Factor < 100 ? Invariant($"{Factor:G3}") : Invariant($"{Factor:N0}"))} times the "
            + $"{(Factor > 1 ? "largest" : "smallest")} fitted";

    /// <summary>Null where the value lies among the others.</summary>
    internal static OutOfRange? Find(string quantity, double value, IEnumerable<double> fitted)
    {
        var (low, high) = (double.PositiveInfinity, 0.0);
        foreach (var one in fitted)
            (low, high) = (Math.Min(low, one), Math.Max(high, one));
        return value > high * Same ? new OutOfRange(quantity, value / high) : value < low / Same
            ? new OutOfRange(quantity, value / low) : null;
    }
}

/// <summary>A score of a task that was not measured.</summary>
/// <param name="Task">What is asked.</param>
/// <param name="Metric">Which share of right answers.</param>
/// <param name="Score">The share.</param>
/// <param name="Interval95">Over the bootstrap, of the loss too where that is predicted; null without one.</param>
/// <param name="Extrapolated">Whether no run had such a loss.</param>
public sealed record PredictedScore(
    string Task, string Metric, double Score, [property: JsonPropertyName("interval95")] Interval? Interval95,
    bool Extrapolated);

/// <summary>What the fitted law says of a run that was not made.</summary>
public sealed record Prediction
{
    /// <summary>As asked; of a budget alone, the best N and D for it. Null where no law says them.</summary>
    public double? Parameters { get; init; }

    public double? Tokens { get; init; }

    public double? UniqueTokens { get; init; }

    /// <summary>Compute as the rows count it: asked for, or what N and D cost.</summary>
    public double? Flops { get; init; }

    /// <summary>Whether a budget was asked for, and N and D are its optimum.</summary>
    public bool IsOptimum { get; init; }

    /// <summary>The fit that answers; none where the answer is withheld.</summary>
    public FrontierSource Source { get; init; }

    /// <summary>The law's loss, nats/token; null where it is withheld.</summary>
    public double? Loss { get; init; }

    /// <summary>
    /// 95 % interval of the law's loss over the bootstrap; a single run scatters about it. Null without a bootstrap.
    /// </summary>
    [JsonPropertyName("interval95")]
    public Interval? Interval95 { get; init; }

    /// <summary>What such a run scores on tasks; empty where no law of them may be quoted.</summary>
    public IReadOnlyList<PredictedScore> Scores { get; init; } = [];

    /// <summary>What lies outside the rows fitted; empty: the run is interpolated.</summary>
    public IReadOnlyList<OutOfRange> Beyond { get; init; } = [];

    public bool Extrapolated => Beyond.Count > 0;

    /// <summary>Why there is no loss; null where there is one.</summary>
    public string? Withheld { get; init; }
}
