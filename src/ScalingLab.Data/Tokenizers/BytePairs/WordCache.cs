using System.Buffers.Binary;
using ScalingLab.Data.Tokenizers.Splitting;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ScalingLab.Data.Tokenizers.BytePairs;

/// <summary>
/// The tokens of words met lately: a word has one place, from which the next one with that place drives it out, so
/// that its size is fixed. Words of at most 15 bytes and 3 tokens, which are nearly all in most scripts, stand in
/// the table itself; others in an arena that is emptied when full. Not for several threads at once.
/// </summary>
internal sealed class WordCache
{
    private const int ShortEntries = 1 << 16;
    private const int ShortBytes = 15;
    private const int ShortTokens = 3;
    private const int LongEntries = 1 << 15;
    private const int ArenaBytes = 1 << 20;
    private const int ArenaTokens = 1 << 19;

    /// <summary>The longest word that is kept, in bytes.</summary>
    public const int MostBytes = 128;

    [StructLayout(LayoutKind.Sequential)]
    private struct ShortWord
    {
        public ulong Low;
        public ulong High; // the last byte is the length, so that no word is all zero
        public int Tokens;
        public int First;
        public int Second;
        public int Third;
    }

    private struct LongWord
    {
        public ulong Hash;
        public int BytesAt;
        public int Bytes;
        public int TokensAt;
        public int Tokens;
    }

    private readonly ShortWord[] _short = new ShortWord[ShortEntries];
    private LongWord[] _long = [];
    private byte[] _bytes = [];
    private int[] _tokens = [];
    private int _usedBytes;
    private int _usedTokens;

    /// <summary>Finds a word.</summary>
    /// <param name="text">The text with the word; 16 bytes can be read from where it begins.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="tokens">Receives its tokens; at least three places.</param>
    /// <returns>How many there are; 0 where the word is not known.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ReadOnlySpan<byte> text, int start, int length, Span<int> tokens)
    {
        if (length > ShortBytes) return FindLong(text.Slice(start, length), tokens);
        var (low, high) = Key(text, start, length);
        ref var entry = ref _short[Place(low, high)];
        if (entry.Low != low || entry.High != high) return length > ShortTokens
            ? FindLong(text.Slice(start, length), tokens) : 0;
        tokens[0] = entry.First;
        tokens[1] = entry.Second;
        tokens[2] = entry.Third;
        return entry.Tokens;
    }

    /// <summary>Keeps a word's tokens.</summary>
    /// <inheritdoc cref="Find"/>
    public void Keep(ReadOnlySpan<byte> text, int start, int length, ReadOnlySpan<int> tokens)
    {
        if (length > MostBytes) return;
        if (length > ShortBytes || tokens.Length > ShortTokens)
        {
            KeepLong(text.Slice(start, length), tokens);
            return;
        }
        var (low, high) = Key(text, start, length);
        _short[Place(low, high)] = new()
        {
            Low = low,
            High = high,
            Tokens = tokens.Length,
            First = tokens[0],
            Second = tokens.Length > 1 ? tokens[1] : 0,
            Third = tokens.Length > 2 ? tokens[2] : 0,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong Low, ulong High) Key(ReadOnlySpan<byte> text, int start, int length)
    {
        ref var first = ref Unsafe.AsRef(in text[start]);
        var low = Unsafe.ReadUnaligned<ulong>(ref first);
        if (!BitConverter.IsLittleEndian) low = BinaryPrimitives.ReverseEndianness(low);
        if (length < 8) return (low & ((1UL << (8 * length)) - 1), (ulong)length << 56);
        var high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, 8));
        if (!BitConverter.IsLittleEndian) high = BinaryPrimitives.ReverseEndianness(high);
        return (low, (high & ((1UL << (8 * (length - 8))) - 1)) | ((ulong)length << 56));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Place(ulong low, ulong high)
    {
        unchecked
        {
            var mixed = (low * 0x9E3779B97F4A7C15) ^ (high * 0xC2B2AE3D27D4EB4F);
            mixed ^= mixed >> 32;
            return (int)((mixed * 0x9E3779B97F4A7C15) >> 48);
        }
    }

    private int FindLong(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        if (word.Length > MostBytes || _long.Length == 0) return 0;
        var hash = WordHash.Of(word);
        ref var entry = ref _long[hash % LongEntries];
        if (entry.Hash != hash || entry.Bytes != word.Length || entry.Tokens > tokens.Length
            || !word.SequenceEqual(_bytes.AsSpan(entry.BytesAt, entry.Bytes))) return 0;
        _tokens.AsSpan(entry.TokensAt, entry.Tokens).CopyTo(tokens);
        return entry.Tokens;
    }

    private void KeepLong(ReadOnlySpan<byte> word, ReadOnlySpan<int> tokens)
    {
        if (_long.Length == 0)
            (_long, _bytes, _tokens) = (new LongWord[LongEntries], new byte[ArenaBytes], new int[ArenaTokens]);
        if (_usedBytes + word.Length > ArenaBytes || _usedTokens + tokens.Length > ArenaTokens)
        {
            Array.Clear(_long);
            (_usedBytes, _usedTokens) = (0, 0);
        }
        var hash = WordHash.Of(word);
        _long[hash % LongEntries] = new()
        {
            Hash = hash,
            BytesAt = _usedBytes,
            Bytes = word.Length,
            TokensAt = _usedTokens,
            Tokens = tokens.Length,
        };
        word.CopyTo(_bytes.AsSpan(_usedBytes));
        tokens.CopyTo(_tokens.AsSpan(_usedTokens));
        _usedBytes += word.Length;
        _usedTokens += tokens.Length;
    }
}
