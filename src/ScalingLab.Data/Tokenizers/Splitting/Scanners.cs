namespace ScalingLab.Data.Tokenizers.Splitting;

internal readonly struct WholeScanner : IWordScanner
{
    public int EndOfWord(ReadOnlySpan<byte> text, int start) => text.Length;
}

/// <summary>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</summary>
/// <param name="units">Whether the pattern goes over UTF-16 units.</param>
internal readonly struct Gpt2Scanner(bool units) : IWordScanner
{
    public int EndOfWord(ReadOnlySpan<byte> text, int start)
    {
        var contraction = WordScanner.Contraction(text, start, anyCase: false);
        if (contraction > 0) return start + contraction;
        var kind = CharacterClasses.At(text, start, out var bytes, units);
        var place = start + bytes;
        if (text[start] == (byte)' ' && place < text.Length)
        {
            kind = CharacterClasses.At(text, place, out bytes, units);
            place += bytes;
        }
        if ((kind & CharacterClass.Letter) != 0) return WordScanner.EndOf(text, place, CharacterClass.Letter, units);
        if ((kind & CharacterClass.Number) != 0) return WordScanner.EndOf(text, place, CharacterClass.Number, units);
        return (kind & CharacterClass.Space) == 0
            ? WordScanner.EndOfOthers(text, place, units)
            : WordScanner.EndOfSpaces(text, start, out _);
    }
}

/// <summary>
/// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
/// </summary>
/// <param name="digits">The most digits in a row.</param>
internal readonly struct Cl100kScanner(int digits) : IWordScanner
{
    public int EndOfWord(ReadOnlySpan<byte> text, int start)
    {
        var contraction = WordScanner.Contraction(text, start, anyCase: true);
        if (contraction > 0) return start + contraction;
        var kind = CharacterClasses.At(text, start, out var bytes);
        var next = start + bytes;
        if ((kind & CharacterClass.Letter) != 0) return WordScanner.EndOf(text, next, CharacterClass.Letter);
        if ((kind & CharacterClass.Number) != 0) return WordScanner.EndOfNumbers(text, start, digits);
        var after = CharacterClass.Space;
        var beyond = next;
        if (next < text.Length)
        {
            after = CharacterClasses.At(text, next, out bytes);
            beyond = next + bytes;
        }
        if ((kind & CharacterClass.Newline) == 0 && (after & CharacterClass.Letter) != 0)
            return WordScanner.EndOf(text, beyond, CharacterClass.Letter);
        if (text[start] == (byte)' ' && (after & CharacterClass.LetterNumberOrSpace) == 0)
            return Lines(text, WordScanner.EndOfOthers(text, beyond));
        if ((kind & CharacterClass.Space) == 0) return Lines(text, WordScanner.EndOfOthers(text, next));
        var end = WordScanner.EndOfSpaces(text, start, out var newline);
        return newline > 0 ? newline : end;

        static int Lines(ReadOnlySpan<byte> text, int place) =>
            WordScanner.EndOf(text, place, CharacterClass.Newline);
    }
}

/// <summary>The pattern of o200k_base, as <see cref="PreSplit.Pattern"/> writes it.</summary>
/// <param name="digits">The most digits in a row.</param>
internal readonly struct O200kScanner(int digits) : IWordScanner
{
    public int EndOfWord(ReadOnlySpan<byte> text, int start)
    {
        var kind = CharacterClasses.At(text, start, out var bytes);
        var next = start + bytes;
        var takesPrefix = (kind & (CharacterClass.Letter | CharacterClass.Number | CharacterClass.Newline)) == 0
            && next < text.Length;
        var end = takesPrefix ? EndOfCased(text, next) : 0;
        if (end == 0) end = EndOfCased(text, start);
        if (end == 0 && takesPrefix) end = EndOfCapitals(text, next);
        if (end == 0) end = EndOfCapitals(text, start);
        if (end > 0) return end + WordScanner.Contraction(text, end, anyCase: true);
        if ((kind & CharacterClass.Number) != 0) return WordScanner.EndOfNumbers(text, start, digits);
        var others = text[start] == (byte)' ' ? WordScanner.EndOfOthers(text, next)
            : (kind & CharacterClass.Space) == 0 ? WordScanner.EndOfOthers(text, start) : next;
        if ((kind & CharacterClass.Space) == 0 || others > next) return Lines(text, others);
        end = WordScanner.EndOfSpaces(text, start, out var newline);
        return newline > 0 ? newline : end;
    }

    /// <summary>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+; 0 where it does not match.</summary>
    private static int EndOfCased(ReadOnlySpan<byte> text, int start)
    {
        var (place, lastBoth) = (start, 0);
        while (place < text.Length)
        {
            var kind = CharacterClasses.At(text, place, out var bytes);
            if ((kind & CharacterClass.Upper) == 0)
            {
                if ((kind & CharacterClass.Lower) == 0) break;
                return WordScanner.EndOf(text, place + bytes, CharacterClass.Lower);
            }
            place += bytes;
            if ((kind & CharacterClass.Lower) != 0) lastBoth = place;
        }
        return lastBoth; // the first part gives back what the second needs
    }

    /// <summary>
    /// [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+, behind which nothing of the second class can stand where the other alternative
    /// has not matched; 0 where it does not match.
    /// </summary>
    private static int EndOfCapitals(ReadOnlySpan<byte> text, int start)
    {
        var end = WordScanner.EndOf(text, start, CharacterClass.Upper);
        return end > start ? end : 0;
    }

    private static int Lines(ReadOnlySpan<byte> text, int place)
    {
        while (place < text.Length && text[place] is (byte)'\r' or (byte)'\n' or (byte)'/') place++;
        return place;
    }
}
