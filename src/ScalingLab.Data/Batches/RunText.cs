using ScalingLab.Data.Datasets;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Data.Batches;

/// <summary>Which of the prepared text a run reads, and how.</summary>
/// <param name="Context">Tokens in a sequence.</param>
/// <param name="Seed">Of the order of the data.</param>
/// <param name="EvaluationTokens">Validation tokens wanted of each source.</param>
public sealed record RunTextRequest(int Context, ulong Seed, long EvaluationTokens)
{
    /// <summary>Name and weight of each source of a mixture, in its order; null for a corpus alone.</summary>
    public IReadOnlyList<(string Name, double Weight)>? Mixture { get; init; }

    /// <summary>
    /// How many unique training tokens the run may see, all sources together: of texts that are no copies. Null for all
    /// the text, as often as it stands there.</summary>
    public long? UniqueTokens { get; init; }

    /// <summary>How documents become training sequences.</summary>
    public Packing Packing { get; init; }

    /// <summary>The share of each source in unique tokens: by weight, rounded.</summary>
    public static long UniqueTokensOfSource(long uniqueTokens, double weight) =>
        (long)Math.Round(uniqueTokens * weight);
}

/// <summary>One source of a run's text.</summary>
/// <param name="Name">Empty for a corpus alone.</param>
/// <param name="Weight">Share of the training sequences; all sources' together 1.</param>
/// <param name="UniqueTokens">Training tokens that the run may see, copies of a text not counted.</param>
/// <param name="Validation">Its fixed validation set, the same whatever the subset.</param>
public sealed record RunSource(string Name, double Weight, long UniqueTokens, EvaluationWindows Validation);

/// <summary>
/// The tokens of a run: its training sequences in their order, and what it is measured on. Sequence i depends on the
/// source, the request and i alone.
/// </summary>
public abstract class RunText : IDisposable
{
    /// <summary>The tokens of a run's data, as it asks for them.</summary>
    /// <exception cref="DataException">The text is too short for the context or the subset, or has other
    /// sources.</exception>
    public static RunText Open(PreparedData data, RunTextRequest request) =>
        data.Teacher is { } teacher ? new TeacherText(teacher, request) : new ShardText(data, request);

    public abstract IReadOnlyList<RunSource> Sources { get; }

    /// <summary>
    /// Training tokens that the run may see, copies of a text not counted, all sources together; null: without end.
    /// </summary>
    public abstract long? UniqueTokens { get; }

    /// <summary>
    /// Share of the training sequences' tokens that are the text's own; the rest fills sequences that no document fits
    /// into.
    /// </summary>
    public virtual double TextShare => 1;

    /// <summary>
    /// UTF-8 bytes of a token on average, of the validation text, by the sources' weights; null where tokens stand for
    /// no text.
    /// </summary>
    public double? BytesPerToken => Sources.All(source => source.Validation.BytesPerToken is not null)
        ? Sources.Sum(source => source.Weight * source.Validation.BytesPerToken!.Value) : null;

    /// <summary>
    /// Fills inputs and targets, each [sequences, context], with sequences firstSequence onwards; targets[s, t] is the
    /// token after inputs[s, t].</summary>
    public abstract void Read(long firstSequence, int sequences, Span<long> inputs, Span<long> targets);

    /// <summary>Passes over a source's unique tokens in the first so many sequences of the run.</summary>
    public abstract double Epochs(int source, long sequences);

    /// <summary>
    /// Loss of knowing only how often each token occurs in the training text that the run may see, nats/token, on the
    /// validation sets as the run's own loss is measured; of a mixture the frequencies and the losses are both put
    /// together by weight.
    /// </summary>
    public abstract double UnigramLoss();

    /// <summary>The source's true entropy; null where nobody knows it.</summary>
    public virtual KnownEntropy? Entropy() => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go what it holds.</summary>
    private protected virtual void Dispose(bool disposing)
    {
    }
}
