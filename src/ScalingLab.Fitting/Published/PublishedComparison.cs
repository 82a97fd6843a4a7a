using System.Text.Json.Serialization;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Predictions;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Published;

/// <summary>What a law advises for a budget, and what this sweep's own law makes of the advice.</summary>
/// <param name="Flops">The budget, as the rows count compute.</param>
/// <param name="Parameters">N advised, as its authors count it.</param>
/// <param name="Tokens">D advised.</param>
/// <param name="TokensPerParameter">D/N.</param>
/// <param name="Loss">Loss of that N and D by this sweep's own parametric law, nats/token; null without one.</param>
/// <param name="ExcessLoss">How far above the own law's optimum for the compute that the advice spends (6ND); null
/// without one.</param>
public sealed record PublishedAdvice(
    double Flops, double Parameters, double Tokens, double TokensPerParameter, double? Loss, double? ExcessLoss);

/// <summary>One law's advice at every budget.</summary>
public sealed record ComparedLaw
{
    public required string Name { get; init; }

    /// <summary>Paper and place in it.</summary>
    public required string Source { get; init; }

    /// <summary>Whether N leaves out embeddings: beside totals its models look smaller than they are.</summary>
    public required bool NonEmbedding { get; init; }

    /// <summary>How its N and D are to be read, in words (<see cref="PublishedLaw.Reading"/>).</summary>
    [JsonIgnore]
    public string Reading { get; init; } = "";

    /// <summary>Exponent of N_opt in C.</summary>
    [JsonPropertyName("a")]
    public required double ParametersExponent { get; init; }

    /// <summary>Exponent of D_opt in C.</summary>
    [JsonPropertyName("b")]
    public required double TokensExponent { get; init; }

    /// <summary>10^a and 10^b: what ten times the compute means.</summary>
    public double TenfoldParameters => Math.Pow(10, ParametersExponent);

    public double TenfoldTokens => Math.Pow(10, TokensExponent);

    /// <summary>Advice by budget; empty where exponents alone are printed.</summary>
    public IReadOnlyList<PublishedAdvice> Advice { get; init; } = [];
}

/// <summary>Published laws beside this sweep's own, on the same budgets.</summary>
public sealed record PublishedComparison
{
    /// <summary>This sweep's parametric law; null where it has not converged.</summary>
    public ComparedLaw? Own { get; init; }

    public required IReadOnlyList<ComparedLaw> Published { get; init; }

    /// <summary>
    /// What ten times the compute means, in one sentence, beside Kaplan's and Chinchilla's; null without an own law.
    /// </summary>
    public string? Sentence { get; init; }

    /// <summary>
    /// What each of <see cref="PublishedLaws.All"/> would have advised for the budgets (6ND), and the own law where one
    /// is sure.
    /// </summary>
    /// <param name="budgets">In the rows' unit of compute.</param>
    /// <param name="own">The own law; null where none is sure.</param>
    /// <param name="unit">One FLOP in that unit: 1e-9 where budgets are in GFLOPs.</param>
    public static PublishedComparison Create(IReadOnlyList<double> budgets, AdviceLaw? own, double unit = 1)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        var law = own?.Law;
        var ascending = budgets.Where(one => double.IsFinite(one) && one > 0).Distinct().Order().ToList();
        return new PublishedComparison
        {
            Own = law is null ? null : new ComparedLaw
            {
                Name = "This sweep",
                Source = own!.Source == FrontierSource.DataConstrained ? "data-constrained fit, fresh text"
                    : "parametric fit",
                NonEmbedding = false,
                ParametersExponent = law.ParametersExponent,
                TokensExponent = law.TokensExponent,
                Advice = [.. ascending.Select(flops => Advice(flops, law.Optimum(flops / unit), law))],
            },
            Published = [.. PublishedLaws.All.Select(published => new ComparedLaw
            {
                Name = published.Name,
                Source = published.Source,
                NonEmbedding = published.NonEmbedding,
                Reading = published.Reading,
                ParametersExponent = published.ParametersExponent,
                TokensExponent = published.TokensExponent,
                Advice = [.. ascending.Select(flops => (Flops: flops, Optimum: published.Optimum(flops / unit)))
                    .Where(one => one.Optimum is not null).Select(one => Advice(one.Flops, one.Optimum!.Value, law))],
            })],
            Sentence = law is null ? null : Describe(law, own!.Interval95),
        };
    }

    // 5.5 and 1.8 are Kaplan et al.'s advice as Hoffmann et al. 2022 quote it; 3.2 and 3.2 the latter's equal scaling,
    // 10^0.5.
    private static string Describe(ParametricLaw law, IReadOnlyDictionary<string, Interval>? intervals)
    {
        string Spread(string name) => intervals is not null && intervals.TryGetValue(name, out var one)
            ? Invariant($" (95 %: {Math.Pow(10, one.Low):F1} to {Math.Pow(10, one.High):F1})")
            : "";
        return Invariant(
            $"10x the compute means x{Math.Pow(10, law.ParametersExponent):F1}{Spread("a")} model and ",
            $"x{Math.Pow(10, law.TokensExponent):F1}{Spread("b")} data; Kaplan et al. 2020 would have it x5.5 and x1.8, ",
            $"Hoffmann et al. 2022 (Chinchilla) x3.2 and x3.2.");
    }

    // The own law judges the advice at the compute that it really spends: printed N and D need not multiply to C/6.
    private static PublishedAdvice Advice(double flops, (double Parameters, double Tokens) optimum, ParametricLaw? own)
    {
        var (parameters, tokens) = optimum;
        var loss = own?.Loss(parameters, tokens);
        double? best = null;
        if (own is not null)
        {
            var (n, d) = own.Optimum(6 * parameters * tokens);
            best = own.Loss(n, d);
        }

        return new PublishedAdvice(flops, parameters, tokens, tokens / parameters, loss, loss - best);
    }
}
