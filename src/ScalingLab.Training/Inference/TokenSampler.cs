namespace ScalingLab.Training.Inference;

/// <summary>
/// Draws the next token from logits: temperature, then top-k, then top-p, the order of most implementations.
/// </summary>
/// <param name="temperature">Divides the logits; 0 takes the likeliest.</param>
/// <param name="topK">Tokens to draw from, the likeliest; 0: all.</param>
/// <param name="topP">The least probability that the tokens drawn from have together; the likeliest first; 1:
/// all.</param>
/// <param name="seed">Seeds the draws.</param>
public sealed class TokenSampler(double temperature, int topK, double topP, int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>One token, [vocabulary] logits.</summary>
    public int Next(ReadOnlySpan<float> logits)
    {
        var candidates = Candidates(logits);
        var at = _random.NextDouble() * candidates.Sum(c => c.Probability);
        foreach (var (token, probability) in candidates)
        {
            at -= probability;
            if (at < 0) return token;
        }

        return candidates[^1].Token;
    }

    /// <summary>
    /// The tokens that may be drawn with their probabilities among all tokens, likeliest first; equals by number.
    /// </summary>
    public IReadOnlyList<(int Token, double Probability)> Candidates(ReadOnlySpan<float> logits)
    {
        var values = logits.ToArray();

        // A stable sort: equals stay in the order of their numbers, so that a draw means the same everywhere.
        var order = Enumerable.Range(0, values.Length).OrderByDescending(token => values[token]).ToArray();
        if (temperature == 0) return [(order[0], 1)];
        var weights = order.Select(token => Math.Exp((values[token] - (double)values[order[0]]) / temperature))
            .ToArray();
        var kept = topK > 0 ? Math.Min(topK, weights.Length) : weights.Length;
        var sum = weights.Take(kept).Sum();
        var chosen = new List<(int, double)>();
        var mass = 0.0;
        for (var i = 0; i < kept && (i == 0 || mass < topP); i++)
        {
            chosen.Add((order[i], weights[i] / sum));
            mass += weights[i] / sum;
        }

        return chosen;
    }
}
