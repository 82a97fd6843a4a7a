using ScalingLab.Data.Shards;
using ScalingLab.Runs;

namespace ScalingLab.Data.Teachers;

/// <summary>
/// The next token of a Markov source of any order, without a table: rank r of a context of j tokens is the token that
/// the context's own permutation puts at r, and ranks follow <see cref="ZipfDistribution"/>. With back-off b a token is
/// drawn by one token of context less with probability b, again and again down to none, as in interpolated n-gram
/// models (Jelinek and Mercer 1980): P(x | k tokens) = (1 - b) Zipf_k(x) + b P(x | k - 1 tokens).
/// </summary>
internal sealed class NgramSource(TeacherSpec spec, ulong key)
{
    private readonly int _order = spec.Order ?? 0;
    private readonly double _backoff = spec.Backoff ?? 0;
    private readonly ZipfDistribution _ranks = new(spec.Vocabulary, spec.Exponent);
    private readonly FeistelPermutation _permutation = new(spec.Vocabulary);

    public int Order => _order;

    public bool BacksOff => _backoff > 0 && _order > 0;

    /// <summary>Entropy of the token after every context, nats, where it does not back off.</summary>
    public double RankEntropy => _ranks.Entropy;

    /// <summary>The token after those.</summary>
    public long Draw(ReadOnlySpan<long> before, ref SequenceRandom random)
    {
        var length = Math.Min(_order, before.Length);
        if (_backoff > 0)
            while (length > 0 && random.NextDouble() < _backoff) length--;
        var context = key;
        for (var back = 1; back <= length; back++) context = Extend(context, before[^back]);
        return _permutation.Forward(_ranks.Draw(random.Next()), context);
    }

    /// <summary>The probability of a token after those.</summary>
    public double Probability(ReadOnlySpan<long> before, long token)
    {
        var length = Math.Min(_order, before.Length);
        var context = key;
        var probability = _backoff > 0 || length == 0 ? _ranks.Probability(_permutation.Inverse(token, context)) : 0;
        for (var back = 1; back <= length; back++)
        {
            context = Extend(context, before[^back]);
            if (_backoff == 0 && back < length) continue;
            var own = _ranks.Probability(_permutation.Inverse(token, context));
            probability = ((1 - _backoff) * own) + (_backoff * probability);
        }

        return probability;
    }

    private static ulong Extend(ulong context, long token) => FeistelPermutation.Mix(context, (ulong)token);
}
