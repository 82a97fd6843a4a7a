using ScalingLab.Data.Shards;
using ScalingLab.Data.Teachers;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Data.Batches;

/// <summary>
/// Training sequences drawn from a teacher: sequence i of a run is the i-th of the stream that its seed names, so that
/// none is seen twice; where the run may see only so many unique tokens, those of the stream's beginning, again and
/// again in other orders.
/// </summary>
public sealed class TeacherText : RunText
{
    // As the unigram baseline of a text, an error of (vocabulary - 1) / (2 x tokens) nats/token.
    private const long UnigramTokens = 1 << 20;

    private readonly Teacher _teacher;
    private readonly int _context;
    private readonly ulong _stream;
    private readonly long? _uniqueTokens;
    private readonly WindowOrder? _order;
    private readonly TeacherWindows _validation;

    /// <exception cref="DataException">The subset is shorter than a sequence, or a mixture is asked for.</exception>
    public TeacherText(TeacherSpec teacher, RunTextRequest request)
    {
        if (request.Mixture is not null) throw new DataException("A teacher is no source of a mixture.");
        (_teacher, _context, _uniqueTokens) = (Teacher.Create(teacher), request.Context, request.UniqueTokens);
        _stream = _teacher.TrainingKey(request.Seed);
        if (_uniqueTokens is { } unique)
        {
            if (unique < _context)
                throw new DataException($"{unique} unique tokens are fewer than a sequence of {_context}.");
            _order = new WindowOrder(unique / _context, request.Seed);
        }

        _validation = new(_teacher, _context, request.EvaluationTokens);
        Sources = [new RunSource("", 1, _uniqueTokens ?? long.MaxValue, _validation)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<RunSource> Sources { get; }

    /// <inheritdoc/>
    public override long? UniqueTokens => _uniqueTokens;

    /// <inheritdoc/>
    public override void Read(long firstSequence, int sequences, Span<long> inputs, Span<long> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstSequence);
        TokenWindows.CheckLength(sequences, _context, inputs, targets);
        var tokens = new long[_context + 1];
        for (var i = 0; i < sequences; i++)
        {
            _teacher.Draw(_stream, _order?[firstSequence + i] ?? firstSequence + i, tokens);
            tokens.AsSpan(0, _context).CopyTo(inputs[(i * _context)..]);
            tokens.AsSpan(1).CopyTo(targets[(i * _context)..]);
        }
    }

    /// <inheritdoc/>
    public override double Epochs(int source, long sequences) =>
        _uniqueTokens is { } unique ? (double)(sequences * _context) / unique : 1;

    /// <inheritdoc/>
    public override double UnigramLoss()
    {
        var counts = new long[_teacher.Vocabulary];
        var tokens = new long[_context + 1];
        var sequences = Math.Min(UnigramTokens, _uniqueTokens ?? long.MaxValue) / _context;
        for (long sequence = 0; sequence < Math.Max(1, sequences); sequence++)
        {
            _teacher.Draw(_stream, sequence, tokens);
            foreach (var token in tokens) counts[token]++;
        }

        var all = counts.Sum();
        return UnigramBaseline.Loss(_validation,
            [.. counts.Select(count => (count + 1.0) / (all + _teacher.Vocabulary))]);
    }

    /// <inheritdoc/>
    public override KnownEntropy Entropy() =>
        _teacher.Entropy(_context) with { LossIdeal = _validation.IdealLoss() };
}
