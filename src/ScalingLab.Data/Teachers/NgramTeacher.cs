using ScalingLab.Runs;

namespace ScalingLab.Data.Teachers;

/// <summary>
/// A Markov source (<see cref="NgramSource"/>). The first tokens of a sequence are drawn by what little context they
/// have. Without back-off the ranks are alike after every context, so that each token has the entropy of Zipf's law
/// whatever the order and the context.
/// </summary>
internal sealed class NgramTeacher : Teacher
{
    private const int MaxChainVocabulary = 2048;
    private const double Settled = 1e-13;

    private readonly NgramSource _source;

    public NgramTeacher(TeacherSpec spec) : base(spec) => _source = new(spec, Key);

    /// <inheritdoc/>
    public override void Draw(ulong stream, long sequence, Span<long> tokens)
    {
        var random = new SequenceRandom(stream, sequence);
        for (var i = 0; i < tokens.Length; i++) tokens[i] = _source.Draw(tokens[..i], ref random);
    }

    /// <inheritdoc/>
    public override double Cost(ReadOnlySpan<long> tokens)
    {
        double cost = 0;
        for (var i = 1; i < tokens.Length; i++) cost -= Math.Log(_source.Probability(tokens[..i], tokens[i]));
        return cost;
    }

    private protected override double? ExactEntropy(int context) => !_source.BacksOff ? _source.RankEntropy
        : _source.Order == 1 && Vocabulary <= MaxChainVocabulary ? ChainEntropy(context) : null;

    /// <summary>
    /// Order 1: the entropies after each token, weighted by how probable the token is at each position (Cover and
    /// Thomas 2006, theorem 4.2.4, for a chain that is not yet stationary).
    /// </summary>
    private double ChainEntropy(int context)
    {
        var (moves, entropies) = (new double[Vocabulary, Vocabulary], new double[Vocabulary]);
        long[] before = [0];
        for (var from = 0; from < Vocabulary; from++)
        {
            before[0] = from;
            for (var to = 0; to < Vocabulary; to++)
            {
                var p = moves[from, to] = _source.Probability(before, to);
                entropies[from] -= p * Math.Log(p);
            }
        }

        double[] now = [.. Enumerable.Range(0, Vocabulary).Select(token => _source.Probability([], token))];
        var (sum, position, change) = (0.0, 0, 1.0);
        for (; position < context && change > Settled; position++)
        {
            sum += Expected(now, entropies);
            var next = new double[Vocabulary];
            for (var from = 0; from < Vocabulary; from++)
                for (var to = 0; to < Vocabulary; to++) next[to] += now[from] * moves[from, to];
            change = now.Zip(next, (a, b) => Math.Abs(a - b)).Sum();
            now = next;
        }

        return (sum + ((context - position) * Expected(now, entropies))) / context;
    }

    private static double Expected(double[] probabilities, double[] values) =>
        probabilities.Zip(values, (p, value) => p * value).Sum();
}
