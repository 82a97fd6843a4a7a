namespace ScalingLab.Data;

/// <summary>Training sequences of a shard in the order of <see cref="WindowOrder"/>: sequence i of a run depends on the shard, the
/// context, the seed and i alone. Does not own the shard.</summary>
public sealed class BatchReader
{
    private readonly TokenShard _shard;
    private readonly int _context;
    private readonly WindowOrder _order;

    /// <exception cref="DataException">The shard has fewer than context + 1 tokens.</exception>
    public BatchReader(TokenShard shard, int context, ulong seed)
    {
        _order = new(TokenWindows.Count(shard, context), seed);
        _shard = shard;
        _context = context;
    }

    /// <summary>Sequences in an epoch.</summary>
    public long SequencesPerEpoch => _order.Windows;

    /// <summary>Fills inputs and targets, each [sequences, context], with sequences firstSequence onwards; targets[s, t] is the token
    /// after inputs[s, t].</summary>
    public void Read(long firstSequence, int sequences, Span<long> inputs, Span<long> targets)
    {
        TokenWindows.CheckLength(sequences, _context, inputs, targets);
        for (var i = 0; i < sequences; i++)
        {
            var row = i * _context;
            TokenWindows.Read(_shard, _context, _order[firstSequence + i], inputs.Slice(row, _context), targets.Slice(row, _context));
        }
    }
}
