using System.Globalization;

namespace ScalingLab.Data.Duplicates;

/// <summary>
/// The words of a text: runs of letters, digits and marks; everything between them is passed over. Where a script
/// writes no blanks between words (Han, Kana, Thai, Lao, Burmese, Khmer, and what lies beyond U+FFFF) each letter is a
/// word.
/// </summary>
internal static class Words
{
    private const ulong Offset = 0xCBF29CE484222325; // FNV-1a, Fowler, Noll and Vo
    private const ulong Prime = 0x100000001B3;

    /// <summary>A hash of each word, in their order.</summary>
    public static void Hash(ReadOnlySpan<char> text, List<ulong> words)
    {
        foreach (var word in Split(text)) words.Add(HashOf(text[word]));
    }

    /// <summary>Where the words stand.</summary>
    public static List<Range> Split(ReadOnlySpan<char> text)
    {
        var (words, start) = (new List<Range>(), -1);
        for (var i = 0; i < text.Length; i++)
        {
            var isAlone = StandsAlone(text[i]);
            if (!isAlone && IsPartOfWord(text[i]))
            {
                if (start < 0) start = i;
                continue;
            }
            if (start >= 0) words.Add(start..i);
            start = -1;
            if (!isAlone) continue;
            var end = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? i + 2 : i + 1;
            words.Add(i..end);
            i = end - 1;
        }
        if (start >= 0) words.Add(start..text.Length);
        return words;
    }

    /// <summary>A hash whose every bit depends on every bit of the number (the finalizer of MurmurHash3).</summary>
    public static ulong Mix(ulong number)
    {
        unchecked
        {
            number ^= number >> 33;
            number *= 0xFF51AFD7ED558CCD;
            number ^= number >> 33;
            number *= 0xC4CEB9FE1A85EC53;
            return number ^ (number >> 33);
        }
    }

    public static ulong HashOf(ReadOnlySpan<char> word)
    {
        var hash = Offset;
        foreach (var letter in word) hash = unchecked((hash ^ letter) * Prime);
        return Mix(hash);
    }

    private static bool IsPartOfWord(char letter) =>
        letter < 128 ? char.IsAsciiLetterOrDigit(letter) : char.IsLetterOrDigit(letter)
        || CharUnicodeInfo.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static bool StandsAlone(char letter) => letter >= '\u0E00' && letter switch
    {
        <= '\u0EFF' or (>= '\u1000' and <= '\u109F') or (>= '\u1780' and <= '\u17FF') => IsPartOfWord(letter),
        (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF') =>
            IsPartOfWord(letter),
        _ => char.IsSurrogate(letter),
    };
}
