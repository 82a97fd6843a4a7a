namespace ScalingLab.Data.Surveys;

/// <summary>
/// The hash of a corpus's documents: SHA-256 over their names and texts, each preceded by its length. Of more than a
/// gibibyte, each section of that many bytes, the document that fills it included, is hashed for itself and the hash is
/// that of the sections' hashes, so that a preparation can go on behind a section.</summary>
internal sealed class TextHash(long sectionBytes = 1L << 30) : IDisposable
{
    private readonly List<string> _sections = [];
    private ContentHash _section = new();
    private long _bytes;

    /// <summary>The hashes of the sections that are full.</summary>
    public IReadOnlyList<string> Sections => _sections;

    /// <summary>Goes on behind full sections.</summary>
    public void Resume(IReadOnlyList<string> sections) => _sections.AddRange(sections);

    /// <summary>Adds a document.</summary>
    /// <param name="frame">Its name and its text, each preceded by its length (<see cref="ContentHash"/>).</param>
    /// <returns>Whether a section is full now.</returns>
    public bool Add(ReadOnlySpan<byte> frame)
    {
        _section.AddFramed(frame);
        _bytes += frame.Length;
        if (_bytes < sectionBytes) return false;
        _sections.Add(_section.Hex());
        _section.Dispose();
        (_section, _bytes) = (new(), 0);
        return true;
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Hex()
    {
        List<string> all = _bytes > 0 || _sections.Count == 0 ? [.. _sections, _section.Hex()] : _sections;
        if (all.Count == 1) return all[0];
        using var hash = new ContentHash();
        foreach (var section in all) hash.Add(section);
        return hash.Hex();
    }

    public void Dispose() => _section.Dispose();
}
