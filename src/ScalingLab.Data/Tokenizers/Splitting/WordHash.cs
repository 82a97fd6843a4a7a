using System.Runtime.InteropServices;

namespace ScalingLab.Data.Tokenizers.Splitting;

/// <summary>Hashes of words, for tables of this process: the same for the same bytes, and spread well.</summary>
internal static class WordHash
{
    public static ulong Of(ReadOnlySpan<byte> word)
    {
        var hash = (ulong)word.Length;
        while (word.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(word));
            word = word[sizeof(ulong)..];
        }
        var rest = 0UL;
        foreach (var value in word) rest = (rest << 8) | value;
        return Mix(hash ^ rest);
    }

    private static ulong Mix(ulong x)
    {
        unchecked
        {
            x *= 0x9E3779B97F4A7C15;
            x ^= x >> 32;
            x *= 0xC2B2AE3D27D4EB4F;
            return x ^ (x >> 29);
        }
    }
}
