using System.Text.Json.Serialization;

namespace ScalingLab.Fitting.Optima;

/// <summary>One run of a tune: a model trained on so many tokens with one value of each tuned quantity.</summary>
/// <param name="Parameters">N, under the caller's counting convention.</param>
/// <param name="Tokens">D, tokens trained on.</param>
/// <param name="Loss">Final loss, nats/token; not finite where the run diverged.</param>
/// <param name="Values">The tuned quantities, in the order of <see cref="OptimumOptions.Quantities"/>, each
/// positive.</param>
/// <param name="Row">The row (1 is the first) in the caller's file; null means its place in the list.</param>
public sealed record OptimumObservation(double Parameters, double Tokens, double Loss, IReadOnlyList<double> Values,
    int? Row = null);

/// <summary>How the laws of the optimum are found.</summary>
public enum OptimumMethod
{
    /// <summary>
    /// One quadratic surface through every cell at once: each cell has a floor and a sharpness of its own, all share
    /// the surface's shape, and its lowest point moves as the laws say. A cell whose own minimum lies beyond the values
    /// tried still says on which side it lies.
    /// </summary>
    [JsonStringEnumMemberName("surface")]
    Surface,

    /// <summary>
    /// A quadratic for each cell, then a weighted line through the minima that lie inside: the usual two steps (Step
    /// Law, arXiv 2503.04715).
    /// </summary>
    [JsonStringEnumMemberName("minima")]
    Minima,
}

/// <summary>How optima are fitted.</summary>
public sealed record OptimumOptions
{
    /// <summary>Names of the tuned quantities.</summary>
    public required IReadOnlyList<string> Quantities { get; init; }

    /// <summary>How the laws are found.</summary>
    public OptimumMethod Method { get; init; } = OptimumMethod.Surface;

    /// <summary>
    /// Runs above their cell's lowest loss by more than this share of it count for nothing, nearer ones the more the
    /// nearer: a quadratic holds near the minimum only, and the way to divergence is no part of it.
    /// </summary>
    public double Window { get; init; } = 0.03;

    /// <summary>Bootstrap draws over cells; 0 for none, and then there are no intervals.</summary>
    public int Bootstrap { get; init; } = 2000;

    /// <summary>Seed of the bootstrap.</summary>
    public int Seed { get; init; } = 1;
}
