using System.Runtime.CompilerServices;

namespace ScalingLab.Data.Tokenizers.Splitting;

/// <summary>Finds the words of UTF-8 text one after another, by one pattern.</summary>
internal interface IWordScanner
{
    /// <summary>Where the word that begins at a place ends: beyond it, at most the text's length.</summary>
    int EndOfWord(ReadOnlySpan<byte> text, int start);
}

/// <summary>What is done with a pattern's words: generic, so that each scanner has code of its own.</summary>
internal interface IScannerUse
{
    void Run<T>(T scanner)
        where T : struct, IWordScanner;
}

/// <summary>What the patterns have in common.</summary>
internal static class WordScanner
{
    /// <summary>Does something with the scanner of a pattern.</summary>
    public static void Use<T>(PreSplit split, T use)
        where T : IScannerUse
    {
        switch (split.Kind)
        {
            case PreSplitKind.None:
                use.Run(new WholeScanner());
                break;
            case PreSplitKind.Gpt2 or PreSplitKind.Gpt2Units:
                use.Run(new Gpt2Scanner(split.Kind == PreSplitKind.Gpt2Units));
                break;
            case PreSplitKind.Cl100k:
                use.Run(new Cl100kScanner(split.Digits));
                break;
            case PreSplitKind.O200k:
                use.Run(new O200kScanner(split.Digits));
                break;
            default:
                throw new InvalidOperationException($"No scanner {split.Kind}.");
        }
    }

    /// <summary>
    /// Where a text is cut: from a length on between two words, so that what is on one side does not change the other.
    /// </summary>
    public static int CutPlace(ReadOnlySpan<char> text, int from)
    {
        for (var place = from; place + 1 < text.Length; place++)
        {
            if (text[place] == ' ' && char.IsAsciiLetter(text[place - 1]) && char.IsAsciiLetter(text[place + 1]))
                return place;
        }
        return text.Length;
    }

    /// <summary>
    /// The end of white space that no other alternative takes: \s+(?!\S)|\s+, where its last character is left to the
    /// word behind it, if it has others.
    /// </summary>
    /// <param name="start">Where the white space begins.</param>
    /// <param name="newlineEnd">The end of its last newline; -1 where it has none.</param>
    public static int EndOfSpaces(ReadOnlySpan<byte> text, int start, out int newlineEnd)
    {
        var (place, last) = (start, start);
        newlineEnd = -1;
        while (place < text.Length)
        {
            var kind = CharacterClasses.At(text, place, out var bytes);
            if ((kind & CharacterClass.Space) == 0) return last > start ? last : place;
            last = place;
            place += bytes;
            if ((kind & CharacterClass.Newline) != 0) newlineEnd = place;
        }
        return place;
    }

    /// <summary>The end of the characters that have one of the classes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EndOf(ReadOnlySpan<byte> text, int place, CharacterClass classes, bool units = false)
    {
        while (place < text.Length && (CharacterClasses.At(text, place, out var bytes, units) & classes) != 0)
            place += bytes;
        return place;
    }

    /// <summary>The end of [^\s\p{L}\p{N}]*.</summary>
    public static int EndOfOthers(ReadOnlySpan<byte> text, int place, bool units = false)
    {
        while (place < text.Length
            && (CharacterClasses.At(text, place, out var bytes, units) & CharacterClass.LetterNumberOrSpace) == 0)
            place += bytes;
        return place;
    }

    /// <summary>The end of \p{N}{1,most}, of which the first is known.</summary>
    public static int EndOfNumbers(ReadOnlySpan<byte> text, int place, int most)
    {
        for (var found = 0; found < most && place < text.Length; found++)
        {
            if ((CharacterClasses.At(text, place, out var bytes) & CharacterClass.Number) == 0) break;
            place += bytes;
        }
        return place;
    }

    /// <summary>
    /// The bytes of a contraction that begins at a place: 's, 't, 'm, 'd, 're, 've, 'll; 0 where there is none.
    /// </summary>
    /// <param name="anyCase">Whether capitals count too, and the long s (U+017F), which folds to s.</param>
    public static int Contraction(ReadOnlySpan<byte> text, int place, bool anyCase)
    {
        if (place + 1 >= text.Length || text[place] != (byte)'\'') return 0;
        var first = Fold(text[place + 1], anyCase);
        if (first is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d') return 2;
        if (place + 2 >= text.Length) return 0;
        if (anyCase && first == 0xC5 && text[place + 2] == 0xBF) return 3;
        var second = Fold(text[place + 2], anyCase);
        return (first, second) is ((byte)'r', (byte)'e') or ((byte)'v', (byte)'e') or ((byte)'l', (byte)'l') ? 3 : 0;
    }

    private static byte Fold(byte letter, bool anyCase) =>
        anyCase && letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
}
