using System.Text;
using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.Training;

/// <summary>
/// Counts the words of texts on several threads. Texts are gathered into segments of a fixed size, which are counted
/// beside one another and added up in their order, so that what comes out is the same whatever the threads.
/// </summary>
internal sealed class WordCounter(PreSplit split, int threads, int mostWords)
{
    private const int SegmentBytes = 8 << 20;

    private readonly Queue<Task<WordTable>> _counting = new();
    private WordTable _all = new();
    private byte[] _segment = [];
    private readonly List<int> _ends = [];
    private int _used;
    private long _times = 1;

    /// <summary>Distinct words that were left out, in all, to stay within the bound.</summary>
    public long LostWords { get; private set; }

    /// <summary>Counts the words of a text.</summary>
    /// <param name="times">How often each counts.</param>
    public void Add(ReadOnlySpan<char> text, long times)
    {
        if (times != _times) Flush();
        _times = times;
        while (text.Length > 0)
        {
            var cut = WordScanner.CutPlace(text, SegmentBytes / 8);
            var most = Encoding.UTF8.GetMaxByteCount(cut);
            if (_used > 0 && _used + most > SegmentBytes) Flush();
            if (_used + most > _segment.Length)
                Array.Resize(ref _segment, Math.Max(_used + most, Math.Min(SegmentBytes, 2 * _segment.Length)));
            _used += Encoding.UTF8.GetBytes(text[..cut], _segment.AsSpan(_used));
            _ends.Add(_used);
            text = text[cut..];
        }
    }

    /// <summary>All words counted so far.</summary>
    public WordTable Finish()
    {
        Flush();
        while (_counting.Count > 0) TakeFirst();
        return _all;
    }

    private void Flush()
    {
        if (_used == 0) return;
        var (segment, ends, times) = (_segment, _ends.ToArray(), _times);
        _counting.Enqueue(threads > 1 ? Task.Run(() => Count(segment, ends, times))
            : Task.FromResult(Count(segment, ends, times)));
        _segment = [];
        _ends.Clear();
        _used = 0;
        while (_counting.Count > threads) TakeFirst();
    }

    private void TakeFirst()
    {
        _all.Add(_counting.Dequeue().GetAwaiter().GetResult());
        if (_all.Count <= mostWords) return;
        _all = _all.MostFrequent(mostWords / 2, out var lost);
        LostWords += lost;
    }

    private WordTable Count(byte[] segment, int[] ends, long times)
    {
        var words = new WordTable();
        WordScanner.Use(split, new SegmentCount(segment, ends, words, times));
        return words;
    }

    private readonly struct SegmentCount(byte[] segment, int[] ends, WordTable words, long times) : IScannerUse
    {
        public void Run<T>(T scanner)
            where T : struct, IWordScanner
        {
            var start = 0;
            foreach (var end in ends)
            {
                ReadOnlySpan<byte> text = segment.AsSpan(0, end);
                while (start < end)
                {
                    var next = scanner.EndOfWord(text, start);
                    words.Add(text[start..next], times);
                    start = next;
                }
            }
        }
    }
}
