using ScalingLab.Data.Shards;
using ScalingLab.Runs;

namespace ScalingLab.Data.Batches;

/// <summary>
/// Training sequences of a text in the order of <see cref="WindowOrder"/>: sequence i of a run depends on the text, the
/// windows that it has, the seed and i alone. Does not own the text.</summary>
public sealed class BatchReader
{
    private readonly TextWindows _windows;
    private readonly WindowOrder _order;

    /// <summary>Windows that are cut wherever they fall.</summary>
    /// <exception cref="DataException">The text has fewer than context + 1 tokens.</exception>
    public BatchReader(TokenText text, int context, ulong seed)
        : this(TextWindows.Of(text, context, Packing.Concatenate, endOfDocument: 0), seed)
    {
    }

    /// <summary>Any windows.</summary>
    public BatchReader(TextWindows windows, ulong seed) => (_windows, _order) = (windows, new(windows.Count, seed));

    /// <summary>Sequences in an epoch.</summary>
    public long SequencesPerEpoch => _order.Windows;

    /// <summary>
    /// Fills inputs and targets, each [sequences, context], with sequences firstSequence onwards; targets[s, t] is the
    /// token after inputs[s, t].</summary>
    public void Read(long firstSequence, int sequences, Span<long> inputs, Span<long> targets)
    {
        var context = _windows.Context;
        TokenWindows.CheckLength(sequences, context, inputs, targets);
        for (var i = 0; i < sequences; i++)
        {
            var row = i * context;
            Read(firstSequence + i, inputs.Slice(row, context), targets.Slice(row, context));
        }
    }

    /// <summary>Fills inputs and targets, each [context], with one sequence.</summary>
    public void Read(long sequence, Span<long> inputs, Span<long> targets) =>
        _windows.Read(_order[sequence], inputs, targets);
}
