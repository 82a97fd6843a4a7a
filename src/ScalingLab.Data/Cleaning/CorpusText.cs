using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Cleaning;

/// <summary>The texts of a corpus, for those who need no more of it.</summary>
public static class CorpusText
{
    /// <summary>The documents with text, in the order of the files' names; can be walked more than once.</summary>
    /// <exception cref="DataException">The files cannot be read: every problem.</exception>
    public static IEnumerable<string> Read(CorpusSource source, CancellationToken cancel) =>
        new RecordWalk(source).Texts(cancel);
}
