using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Batches;

/// <summary>
/// Training sequences of a text in the order of <see cref="WindowOrder"/>: sequence i of a run depends on the text, the
/// context, the seed and i alone. Does not own the text.</summary>
public sealed class BatchReader
{
    private readonly TokenText _text;
    private readonly int _context;
    private readonly WindowOrder _order;

    /// <exception cref="DataException">The text has fewer than context + 1 tokens.</exception>
    public BatchReader(TokenText text, int context, ulong seed)
    {
        _order = new(TokenWindows.Count(text, context), seed);
        _text = text;
        _context = context;
    }

    /// <summary>Sequences in an epoch.</summary>
    public long SequencesPerEpoch => _order.Windows;

    /// <summary>
    /// Fills inputs and targets, each [sequences, context], with sequences firstSequence onwards; targets[s, t] is the
    /// token after inputs[s, t].</summary>
    public void Read(long firstSequence, int sequences, Span<long> inputs, Span<long> targets)
    {
        TokenWindows.CheckLength(sequences, _context, inputs, targets);
        for (var i = 0; i < sequences; i++)
        {
            var row = i * _context;
            Read(firstSequence + i, inputs.Slice(row, _context), targets.Slice(row, _context));
        }
    }

    /// <summary>Fills inputs and targets, each [context], with one sequence.</summary>
    public void Read(long sequence, Span<long> inputs, Span<long> targets) =>
        TokenWindows.Read(_text, _context, _order[sequence], inputs, targets);
}
