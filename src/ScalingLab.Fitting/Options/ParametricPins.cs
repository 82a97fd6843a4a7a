using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Options;

/// <summary>What a fit of the parametric law takes as known instead of fitting it; no other law is touched.</summary>
public sealed record ParametricPins
{
    /// <summary>Exponents are fitted above this.</summary>
    internal const double SmallestExponent = 1e-3;

    /// <summary>Exponents are fitted below this.</summary>
    internal const double LargestExponent = 5;

    private const int Parameters = 5; // E, A, B, alpha, beta

    public static ParametricPins None { get; } = new();

    /// <summary>Irreducible loss, nats/token; null to fit it.</summary>
    [JsonPropertyName("E")]
    public double? E { get; init; }

    public double? Alpha { get; init; }

    public double? Beta { get; init; }

    /// <summary>
    /// Whether alpha and beta are one exponent (as Muennighoff et al. 2023 have it); then a = b = 1/2.
    /// </summary>
    public bool EqualExponents { get; init; }

    /// <summary>The values with what follows from equal exponents.</summary>
    internal double? HeldAlpha => Alpha ?? (EqualExponents ? Beta : null);

    internal double? HeldBeta => Beta ?? (EqualExponents ? Alpha : null);

    /// <summary>Whether beta follows an alpha that is fitted.</summary>
    internal bool IsTied => EqualExponents && HeldAlpha is null;

    internal bool IsNone => E is null && HeldAlpha is null && HeldBeta is null && !EqualExponents;

    /// <summary>How many of E, A, B, alpha and beta are left to fit.</summary>
    internal int Unknowns => Parameters - Names.Count;

    /// <summary>The parameters that are not fitted; of two equal exponents that is beta.</summary>
    internal IReadOnlyList<string> Names =>
    [
        .. E is null ? [] : (string[])["E"],
        .. HeldAlpha is null ? [] : (string[])["alpha"],
        .. HeldBeta is null && !IsTied ? [] : (string[])["beta"],
    ];

    /// <summary>Every problem; empty when there is none.</summary>
    public IEnumerable<string> Problems()
    {
        if (E is { } e && !(e > 0 && double.IsFinite(e)))
            yield return "E can be pinned at a positive number of nats/token alone";
        foreach (var (name, value) in new[] { ("alpha", Alpha), ("beta", Beta) })
        {
            if (value is { } exponent && !(exponent > SmallestExponent && exponent < LargestExponent))
                yield return InvariantText.Invariant(
                    $"{name} can be pinned between {SmallestExponent} and {LargestExponent} alone");
        }

        if (EqualExponents && Alpha is { } alpha && Beta is { } beta && alpha != beta)
            yield return InvariantText.Invariant(
                $"alpha = {alpha} and beta = {beta} cannot be pinned together with beta = alpha");
    }

    /// <summary>"E = 1.8, beta = alpha"; empty where nothing is pinned.</summary>
    public override string ToString() => string.Join(", ", Describe());

    private IEnumerable<string> Describe()
    {
        if (E is { } e)
            yield return InvariantText.Invariant($"E = {e}");
        if (HeldAlpha is { } alpha)
            yield return InvariantText.Invariant($"alpha = {alpha}");
        if (HeldBeta is { } beta)
            yield return InvariantText.Invariant($"beta = {beta}");
        else if (IsTied)
            yield return "beta = alpha";
    }
}
