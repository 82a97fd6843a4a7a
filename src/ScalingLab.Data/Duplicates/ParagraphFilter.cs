using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ScalingLab.Data.Duplicates;

/// <summary>
/// Takes out paragraphs that stood earlier, in whatever document. A paragraph is a line, as in CCNet (Wenzek et al.
/// 2020, arXiv 1911.00359, section 3), and is compared as a <see cref="NormalizedText"/>. Lines of fewer than
/// <see cref="LeastLetters"/> letters stay: headings, list signs and braces repeat by nature. Some 24 bytes of memory a
/// different paragraph.
/// </summary>
internal sealed class ParagraphFilter
{
    /// <summary>Letters of a normalized line from which it is compared.</summary>
    public const int LeastLetters = 20;

    private readonly HashSet<ulong> _seen = [];

    /// <summary>Lines compared.</summary>
    public long Compared { get; private set; }

    /// <summary>Lines taken out.</summary>
    public long Removed { get; private set; }

    /// <summary>Notes the paragraphs of a text that stays as it is.</summary>
    public void Note(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (NormalizedText.From(line) is { Length: >= LeastLetters } normal) _seen.Add(Key(normal));
        }
    }

    /// <summary>The text without what stood earlier; the same object where nothing did.</summary>
    public string Apply(string text)
    {
        var lines = text.Split('\n');
        var kept = new List<string>(lines.Length);
        foreach (var line in lines)
        {
            var isNew = true;
            if (NormalizedText.From(line) is { Length: >= LeastLetters } normal)
            {
                Compared++;
                isNew = _seen.Add(Key(normal));
            }
            if (isNew) kept.Add(line);
        }
        Removed += lines.Length - kept.Count;
        return kept.Count == lines.Length ? text : string.Join('\n', kept);
    }

    private static ulong Key(string normal)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(normal.AsSpan()), digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }
}
