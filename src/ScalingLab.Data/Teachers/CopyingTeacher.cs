using ScalingLab.Runs;

namespace ScalingLab.Data.Teachers;

/// <summary>
/// Tokens of a Markov source (of order 0, or of one that backs off, which looks like text) among which spans of the
/// sequence so far are repeated, as induction heads learn to go on with (Olsson et al. 2022, arXiv 2209.11895). Where
/// no span is being repeated one begins with probability c, at any earlier token alike; after each of its tokens it
/// ends with probability 1 / length. The ideal predictor is the forward filter of this hidden Markov model over where
/// the last token may have been copied from (Rabiner 1989): exact, one pass over the earlier tokens for each.
/// </summary>
internal sealed class CopyingTeacher : Teacher
{
    private readonly NgramSource _fresh;
    private readonly double _begins;
    private readonly double _stays;

    public CopyingTeacher(TeacherSpec spec) : base(spec)
    {
        _fresh = new(spec, Key);
        (_begins, _stays) = (spec.CopyProbability!.Value, 1 - (1 / spec.CopyLength!.Value));
    }

    /// <inheritdoc/>
    public override void Draw(ulong stream, long sequence, Span<long> tokens)
    {
        var random = new SequenceRandom(stream, sequence);
        const int None = -1;
        var from = None;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (from != None && random.NextDouble() < _stays) from++;
            else from = i > 0 && random.NextDouble() < _begins ? random.Below(i) : None;
            tokens[i] = from != None ? tokens[from] : _fresh.Draw(tokens[..i], ref random);
        }
    }

    /// <inheritdoc/>
    public override double Cost(ReadOnlySpan<long> tokens)
    {
        // copied[j + 1]: probability that the last token was copied from token j; none: that it was not copied.
        var (cost, copied, none) = (0.0, new double[tokens.Length + 1], 1.0);
        for (var i = 1; i < tokens.Length; i++)
        {
            double all = 0;
            for (var j = 0; j < i; j++) all += copied[j];
            var free = none + ((1 - _stays) * all);
            var (begun, same) = (free * _begins / i, 0.0);
            // Downwards, so that each place reads what the one before it was.
            for (var j = i - 1; j >= 0; j--)
                same += copied[j + 1] = tokens[j] == tokens[i] ? (_stays * copied[j]) + begun : 0;
            var fresh = free * (1 - _begins) * _fresh.Probability(tokens[..i], tokens[i]);
            var probability = fresh + same;
            cost -= Math.Log(probability);
            none = fresh / probability;
            for (var j = 1; j <= i; j++) copied[j] /= probability;
        }

        return cost;
    }

    private protected override double? ExactEntropy(int context) =>
        _begins == 0 && !_fresh.BacksOff ? _fresh.RankEntropy : null;
}
