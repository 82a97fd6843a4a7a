using System.Diagnostics;
using System.Text;
using ScalingLab.Data;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Lab.Preparation;

namespace ScalingLab.Lab.Tokenizers;

/// <summary>What a tokenizer makes of some text.</summary>
/// <param name="Text">The file, or the value of the field that the comparison goes by.</param>
/// <param name="Tokenizer">Its name.</param>
/// <param name="Vocabulary">Its tokens.</param>
/// <param name="Documents">Documents with text.</param>
/// <param name="Bytes">UTF-8 bytes.</param>
/// <param name="Words">What stands between white space.</param>
/// <param name="Tokens">Ends of documents not counted.</param>
/// <param name="Seconds">Wall time of encoding, on one thread.</param>
public sealed record TokenizerRow(string Text, string Tokenizer, int Vocabulary, long Documents, long Bytes,
    long Words, long Tokens, double Seconds)
{
    public double? BytesPerToken => Tokens == 0 ? null : (double)Bytes / Tokens;

    public double? TokensPerWord => Words == 0 ? null : (double)Tokens / Words;

    public double? MegabytesPerSecond => Seconds > 0 ? Bytes / 1e6 / Seconds : null;
}

/// <summary>Encodes the same documents by several tokenizers, on one thread.</summary>
/// <param name="tokenizers">With their names.</param>
/// <param name="by">The field whose values are told apart; null: files are.</param>
public sealed class TokenizerComparison(IReadOnlyList<(string Name, Tokenizer Tokenizer)> tokenizers, string? by)
{
    private sealed class Counts(int tokenizers)
    {
        public long Documents { get; set; }

        public long Bytes { get; set; }

        public long Words { get; set; }

        public long[] Tokens { get; } = new long[tokenizers];

        public double[] Seconds { get; } = new double[tokenizers];
    }

    private readonly SortedDictionary<string, Counts> _counts = new(StringComparer.Ordinal);
    private readonly List<int> _tokens = [];

    /// <summary>Reads the files once: a row for each text and tokenizer.</summary>
    /// <exception cref="DataException">Every problem of the files.</exception>
    public IReadOnlyList<TokenizerRow> Run(Action<string> setStage,
        IReadOnlyList<(string File, CorpusSource Source)> files, CancellationToken stop)
    {
        // The first text would else pay for what is made when it is first needed.
        foreach (var (_, tokenizer) in tokenizers) tokenizer.Encode("warm");
        foreach (var (file, source) in files)
        {
            setStage(file);
            foreach (var (key, document) in Documents(file, source, stop)) Count(key, document.Text);
        }
        return
        [
            .. _counts.SelectMany(of => tokenizers.Select((one, i) => new TokenizerRow(
                of.Key, one.Name, one.Tokenizer.Vocabulary, of.Value.Documents, of.Value.Bytes, of.Value.Words,
                of.Value.Tokens[i], of.Value.Seconds[i]))),
        ];
    }

    private IEnumerable<(string Key, Document Document)> Documents(string file, CorpusSource source,
        CancellationToken stop)
    {
        var texts = source.Read(source.List(), stop).Documents;
        if (by is null) return texts.Select(document => (file, document));
        if (source is not RecordFiles) throw new DataException($"{file}: a text has no field '{by}'; leave out --by.");
        var keys = GridCorpus.OfFile(file, by);
        return texts.Zip(keys.Read(keys.List(), stop).Documents,
            (text, key) => (key.Text.Length == 0 ? "(none)" : key.Text, text));
    }

    private void Count(string key, string text)
    {
        if (text.Length == 0) return;
        if (!_counts.TryGetValue(key, out var counts)) _counts.Add(key, counts = new(tokenizers.Count));
        counts.Documents++;
        counts.Bytes += Encoding.UTF8.GetByteCount(text);
        counts.Words += Words(text);
        for (var i = 0; i < tokenizers.Count; i++)
        {
            _tokens.Clear();
            var began = Stopwatch.GetTimestamp();
            tokenizers[i].Tokenizer.Encode(text, _tokens);
            counts.Seconds[i] += Stopwatch.GetElapsedTime(began).TotalSeconds;
            counts.Tokens[i] += _tokens.Count;
        }
    }

    private static long Words(string text)
    {
        var (words, inside) = (0L, false);
        foreach (var letter in text)
        {
            var white = char.IsWhiteSpace(letter);
            if (!white && !inside) words++;
            inside = !white;
        }
        return words;
    }
}
