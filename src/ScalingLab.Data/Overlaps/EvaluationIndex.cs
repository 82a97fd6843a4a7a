using ScalingLab.Data.Duplicates;

namespace ScalingLab.Data.Overlaps;

/// <summary>
/// The runs of words of evaluation documents, and which of them were met in training text. Memory: 13 bytes a run of
/// the evaluation text; the training text is not kept.
/// </summary>
internal sealed class EvaluationIndex
{
    private readonly ulong[] _runs;
    private readonly int[] _documents;
    private readonly bool[] _found;
    private readonly int[] _sizes;

    /// <param name="runs">Of each document the words of a run, and its runs.</param>
    public EvaluationIndex(IReadOnlyList<(int Size, ulong[] Hashes)> runs)
    {
        _runs = [.. runs.SelectMany(document => document.Hashes)];
        _documents = [.. runs.SelectMany((document, place) => document.Hashes.Select(_ => place))];
        Array.Sort(_runs, _documents);
        _found = new bool[_runs.Length];
        _sizes = [.. runs.Select(document => document.Size).Where(size => size > 0).Distinct().Order()];
    }

    /// <summary>
    /// Where training text has runs of the evaluation text: the first word, the number of words, and the place of the
    /// run here.
    /// </summary>
    public List<(int Word, int Size, int Run)> Match(ReadOnlySpan<ulong> words)
    {
        var matches = new List<(int, int, int)>();
        foreach (var size in _sizes)
        {
            foreach (var (word, hash) in NGrams.Hash(words, size).Index())
            {
                var run = Array.BinarySearch(_runs, hash);
                if (run >= 0) matches.Add((word, size, run));
            }
        }
        return matches;
    }

    /// <summary>Notes that a run was met; the documents that have it, none where it was met before.</summary>
    public IReadOnlyList<int> Mark(int run)
    {
        var (hash, first) = (_runs[run], run);
        while (first > 0 && _runs[first - 1] == hash) first--;
        if (_found[first]) return [];
        var documents = new List<int>();
        for (var i = first; i < _runs.Length && _runs[i] == hash; i++)
        {
            _found[i] = true;
            documents.Add(_documents[i]);
        }
        return documents;
    }

    /// <summary>Of each document how many of its runs were met.</summary>
    public int[] Found(int documents)
    {
        var found = new int[documents];
        for (var i = 0; i < _runs.Length; i++)
        {
            if (_found[i]) found[_documents[i]]++;
        }
        return found;
    }

    /// <summary>The hashes of the words of a training document.</summary>
    public static ulong[] WordsOf(string text)
    {
        var words = new List<ulong>();
        Words.Hash(NormalizedText.From(text), words);
        return [.. words];
    }
}
