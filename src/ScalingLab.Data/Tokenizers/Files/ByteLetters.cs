using System.Diagnostics.CodeAnalysis;
using ScalingLab.Data.Tokenizers.BytePairs;

namespace ScalingLab.Data.Tokenizers.Files;

/// <summary>
/// The letters by which files of byte-level tokenizers write bytes (GPT-2's encoder.py, bytes_to_unicode): bytes that
/// print as themselves, the others from U+0100 on.
/// </summary>
internal static class ByteLetters
{
    private const int FirstOther = 0x100;

    private static readonly char[] Letters = new char[BytePairVocabulary.ByteValues];
    private static readonly Dictionary<char, byte> Values = [];

    static ByteLetters()
    {
        var others = 0;
        foreach (var value in BytePairVocabulary.Gpt2ByteOrder)
        {
            Letters[value] = BytePairVocabulary.Prints(value) ? (char)value : (char)(FirstOther + others++);
            Values.Add(Letters[value], value);
        }
    }

    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var letters = new char[bytes.Length];
        for (var i = 0; i < letters.Length; i++) letters[i] = Letters[bytes[i]];
        return new(letters);
    }

    /// <summary>The bytes that letters stand for; false where one stands for none.</summary>
    public static bool TryRead(string letters, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = new byte[letters.Length];
        for (var i = 0; i < letters.Length; i++)
        {
            if (Values.TryGetValue(letters[i], out bytes[i])) continue;
            bytes = null;
            return false;
        }
        return true;
    }
}
