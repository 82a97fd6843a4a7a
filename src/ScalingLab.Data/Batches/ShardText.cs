using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;
using ScalingLab.Runs;

namespace ScalingLab.Data.Batches;

/// <summary>
/// Training sequences of prepared text. All windows of a source are visited before one is visited again, each time in
/// an order of its own.
/// </summary>
public sealed class ShardText : RunText
{
    private readonly List<TokenShard> _shards = [];
    private readonly List<BatchReader> _readers = [];
    private readonly List<double> _textShares = [];
    private readonly List<RunSource> _sources = [];
    private readonly List<TokenText> _texts = [];
    private readonly MixtureOrder? _mixture;
    private readonly int _context;
    private readonly int _vocabulary;

    /// <exception cref="DataException">The text is too short for the context or the subset, or has other
    /// sources.</exception>
    public ShardText(PreparedData data, RunTextRequest request)
    {
        (_context, _vocabulary) = (request.Context, data.Vocabulary);
        IReadOnlyList<(string Name, double Weight)> wanted = request.Mixture ?? [("", 1.0)];
        if (!wanted.Select(w => w.Name).SequenceEqual(data.Sources.Select(s => s.Name)))
        {
            throw new DataException($"{data.Folder} holds {Describe(data.Sources.Select(s => s.Name))}, the run reads "
                + $"{Describe(wanted.Select(w => w.Name))}: "
                + "prepare the data again.");
        }
        try
        {
            if (request.Mixture is not null)
                _mixture = new MixtureOrder([.. wanted.Select(w => w.Weight)], request.Seed);
            var all = wanted.Sum(w => w.Weight);
            for (var i = 0; i < wanted.Count; i++) Open(data, data.Sources[i], wanted[i].Weight / all, i, request);
        }
        catch
        {
            Dispose(disposing: true);
            throw;
        }
    }

    public override IReadOnlyList<RunSource> Sources => _sources;

    /// <summary>Training tokens that the run may see, copies of a text not counted, all sources together.</summary>
    public override long? UniqueTokens => _sources.Sum(source => source.UniqueTokens);

    /// <inheritdoc/>
    public override double TextShare => _sources.Zip(_textShares, (source, share) => source.Weight * share).Sum();

    /// <summary>
    /// Fills inputs and targets, each [sequences, context], with sequences firstSequence onwards; targets[s, t] is the
    /// token after inputs[s, t].</summary>
    public override void Read(long firstSequence, int sequences, Span<long> inputs, Span<long> targets)
    {
        if (_mixture is null)
        {
            _readers[0].Read(firstSequence, sequences, inputs, targets);
            return;
        }
        TokenWindows.CheckLength(sequences, _context, inputs, targets);
        for (var i = 0; i < sequences; i++)
        {
            var (source, index) = _mixture[firstSequence + i];
            _readers[source].Read(index, inputs.Slice(i * _context, _context), targets.Slice(i * _context, _context));
        }
    }

    /// <summary>Passes over a source's unique tokens in the first so many sequences of the run.</summary>
    public override double Epochs(int source, long sequences) =>
        _textShares[source] * ((_mixture?.Count(source, sequences) ?? sequences) * _context)
            / _sources[source].UniqueTokens;

    /// <summary>
    /// Loss of knowing only how often each token occurs in the training text that the run may see, nats/token, on the
    /// validation sets as the run's own loss is measured; of a mixture the frequencies and the losses are both put
    /// together by weight. Reads up to 2^24 tokens of each source.
    /// </summary>
    public override double UnigramLoss()
    {
        var frequencies = new double[_vocabulary];
        foreach (var (text, source) in _texts.Zip(_sources))
        {
            var own = UnigramBaseline.Frequencies(text, _vocabulary);
            for (var token = 0; token < own.Length; token++) frequencies[token] += source.Weight * own[token];
        }

        return _sources.Sum(source => source.Weight * UnigramBaseline.Loss(source.Validation, frequencies));
    }

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (var shard in _shards) shard.Dispose();
    }

    private void Open(PreparedData data, PreparedSource source, double weight, int number, RunTextRequest request)
    {
        // Checked when the data were loaded.
        var train = Track(data.OpenTrain(source, checkTokens: false));
        var validation = Track(data.OpenValidation(source, checkTokens: false));
        TokenText text = train;
        if (request.UniqueTokens is { } unique)
            text = TokenSubset.First(train, data.LoadTokenizer(), RunTextRequest.UniqueTokensOfSource(unique, weight),
                source.UniqueTrainTokens, keep: true);
        // Sources of equal length would otherwise be walked in step.
        var seed = request.Mixture is null ? request.Seed : FeistelPermutation.Mix(request.Seed, (ulong)number);
        _texts.Add(text);
        var windows = TextWindows.Of(text, _context, request.Packing,
            request.Packing == Packing.Concatenate ? 0 : data.LoadTokenizer().EndOfDocument);
        _readers.Add(new(windows, seed));
        _textShares.Add(windows.TextShare);
        _sources.Add(
            new(source.Name, weight, Math.Min(text.Tokens, source.UniqueTrainTokens),
                new ShardWindows(validation, _context, request.EvaluationTokens)));
    }

    private TokenShard Track(TokenShard shard)
    {
        _shards.Add(shard);
        return shard;
    }

    private static string Describe(IEnumerable<string> names) =>
        string.Join(", ", names) is { Length: > 0 } some ? $"the sources {some}" : "one corpus";
}
