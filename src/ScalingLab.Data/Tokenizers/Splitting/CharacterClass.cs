using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace ScalingLab.Data.Tokenizers.Splitting;

/// <summary>What the patterns ask of a character.</summary>
[Flags]
internal enum CharacterClass : byte
{
    /// <summary>None of the others: punctuation, symbols, control characters, what is not assigned.</summary>
    Other = 0,

    /// <summary>\p{L}</summary>
    Letter = 1,

    /// <summary>\p{N}</summary>
    Number = 2,

    /// <summary>\s</summary>
    Space = 4,

    /// <summary>\r and \n, which are spaces too.</summary>
    Newline = 8,

    /// <summary>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]</summary>
    Upper = 16,

    /// <summary>[\p{Ll}\p{Lm}\p{Lo}\p{M}]</summary>
    Lower = 32,

    /// <summary>What separates words of any pattern.</summary>
    LetterNumberOrSpace = Letter | Number | Space,
}

/// <summary>Classes of characters of UTF-8 text, by the Unicode tables of .NET.</summary>
internal static class CharacterClasses
{
    private const byte FirstNonAscii = 0x80;

    private static readonly CharacterClass[] Ascii =
        [.. Enumerable.Range(0, FirstNonAscii).Select(value => OfCodePoint(value))];

    /// <summary>The class of the character at a place of well-formed UTF-8, and its bytes.</summary>
    /// <param name="units">Whether characters outside the basic plane are <see cref="CharacterClass.Other"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterClass At(ReadOnlySpan<byte> text, int place, out int bytes, bool units = false)
    {
        var first = text[place];
        if (first >= FirstNonAscii) return Beyond(text[place..], out bytes, units);
        bytes = 1;
        return Ascii[first];
    }

    private static CharacterClass Beyond(ReadOnlySpan<byte> text, out int bytes, bool units)
    {
        Rune.DecodeFromUtf8(text, out var rune, out bytes);
        return units && !rune.IsBmp ? CharacterClass.Other : OfCodePoint(rune.Value);
    }

    private static CharacterClass OfCodePoint(int value) => value is '\r' or '\n'
        ? CharacterClass.Space | CharacterClass.Newline
        : value is >= '\t' and <= '\r' or 0x85 ? CharacterClass.Space
        : CharUnicodeInfo.GetUnicodeCategory(value) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter =>
                CharacterClass.Letter | CharacterClass.Upper,
            UnicodeCategory.LowercaseLetter => CharacterClass.Letter | CharacterClass.Lower,
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter =>
                CharacterClass.Letter | CharacterClass.Upper | CharacterClass.Lower,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
                CharacterClass.Upper | CharacterClass.Lower,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber =>
                CharacterClass.Number,
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator =>
                CharacterClass.Space,
            _ => CharacterClass.Other,
        };
}
