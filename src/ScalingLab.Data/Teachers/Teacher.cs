using ScalingLab.Data.Shards;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Data.Teachers;

/// <summary>
/// A seeded source of token sequences whose entropy is known. Each sequence begins anew: the ideal predictor, which
/// knows the source, knows at every position all that the token depends on, so that what it scores is a property of the
/// source and of the sequences' length alone. Safe to use from several threads at once.
/// </summary>
public abstract class Teacher
{
    private const ulong ValidationStream = 1;
    private const ulong EntropyStream = 2;
    private const ulong TrainingStreams = 3;

    private readonly ulong _streams;

    private protected Teacher(TeacherSpec spec)
    {
        Vocabulary = spec.Vocabulary;
        Key = ContentHash.ToNumber(spec.Hash);
        _streams = FeistelPermutation.Mix(Key, 1);
    }

    public int Vocabulary { get; }

    /// <summary>Seeds the source itself.</summary>
    private protected ulong Key { get; }

    /// <summary>The source of a definition.</summary>
    public static Teacher Create(TeacherSpec spec) => spec.Kind switch
    {
        TeacherKind.ZipfNgram => new NgramTeacher(spec),
        TeacherKind.Grammar => new GrammarTeacher(spec),
        TeacherKind.Copying or TeacherKind.Text => new CopyingTeacher(spec),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Kind, null),
    };

    /// <summary>The stream that all runs are measured on.</summary>
    public ulong ValidationKey => FeistelPermutation.Mix(_streams, ValidationStream);

    /// <summary>The stream of a run's training sequences.</summary>
    public ulong TrainingKey(ulong seed) =>
        FeistelPermutation.Mix(FeistelPermutation.Mix(_streams, TrainingStreams), seed);

    /// <summary>Draws a sequence: a function of the stream and its number alone.</summary>
    /// <param name="stream"><see cref="TrainingKey"/> or <see cref="ValidationKey"/>.</param>
    /// <param name="sequence">From 0, without end.</param>
    /// <param name="tokens">Is filled.</param>
    public abstract void Draw(ulong stream, long sequence, Span<long> tokens);

    /// <summary>
    /// -ln P of all tokens but the first, given those before them, nats: what the ideal predictor scores on a sequence
    /// that <see cref="Draw"/> made.
    /// </summary>
    public abstract double Cost(ReadOnlySpan<long> tokens);

    /// <summary>
    /// The mean over positions 1 to context of the entropy of the token given all before it in its sequence,
    /// nats/token: the least loss that any model of that context can have.
    /// </summary>
    public KnownEntropy Entropy(int context) =>
        ExactEntropy(context) is { } exact ? new KnownEntropy(exact, exact, exact) : SampledEntropy(context);

    /// <summary>The entropy where there is a formula for it; null: it is estimated.</summary>
    private protected abstract double? ExactEntropy(int context);

    /// <summary>
    /// The mean of <see cref="Cost"/> over fresh sequences, whose expectation is the entropy, with 1.96 standard errors
    /// on both sides.
    /// </summary>
    private KnownEntropy SampledEntropy(int context)
    {
        // Some 2^21 tokens, fewer where each takes long: a filter looks at all before it.
        var sequences = Math.Clamp((1 << 21) / context, 64, 1 << 15);
        var (stream, tokens) = (FeistelPermutation.Mix(_streams, EntropyStream), new long[context + 1]);
        var (sum, squares) = (0.0, 0.0);
        for (long sequence = 0; sequence < sequences; sequence++)
        {
            Draw(stream, sequence, tokens);
            var cost = Cost(tokens) / context;
            (sum, squares) = (sum + cost, squares + (cost * cost));
        }

        var mean = sum / sequences;
        var error = Math.Sqrt(Math.Max(0, (squares / sequences) - (mean * mean)) / (sequences - 1));
        return new KnownEntropy(mean, mean - (1.96 * error), mean + (1.96 * error));
    }
}
