using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ScalingLab.Data.Shards;

/// <summary>
/// Writes a token file beside its final name; <see cref="Finish"/> syncs it to disk and renames it, so a file under the
/// final name is always whole. Disposed before that, nothing is left.</summary>
public sealed class TokenShardWriter : IDisposable
{
    private readonly string _path;
    private readonly string _partial;
    private readonly FileStream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly int _vocabulary;
    private readonly int _width;
    private byte[] _buffer = [];

    public TokenShardWriter(string path, int vocabulary)
    {
        _path = path;
        _vocabulary = vocabulary;
        _width = TokenShardHeader.WidthFor(vocabulary);
        _partial = $"{path}.{Guid.NewGuid():N}.partial";
        _stream = new(_partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 20);
        _stream.Write(new byte[TokenShardHeader.Length]);
    }

    /// <summary>Tokens appended so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>UTF-8 bytes of the text appended so far.</summary>
    public long TextBytes { get; private set; }

    /// <param name="textBytes">UTF-8 bytes of the text that these tokens encode.</param>
    /// <exception cref="ArgumentOutOfRangeException">A token outside the vocabulary.</exception>
    public void Append(ReadOnlySpan<int> tokens, long textBytes)
    {
        var length = checked(tokens.Length * _width);
        if (_buffer.Length < length) _buffer = new byte[length];
        var bytes = _buffer.AsSpan(0, length);
        for (var i = 0; i < tokens.Length; i++)
        {
            var token = tokens[i];
            if (token < 0 || token >= _vocabulary)
                throw new ArgumentOutOfRangeException(nameof(tokens), token, $"vocabulary {_vocabulary}");
            if (_width == sizeof(ushort))
                BinaryPrimitives.WriteUInt16LittleEndian(bytes[(i * sizeof(ushort))..], (ushort)token);
            else BinaryPrimitives.WriteUInt32LittleEndian(bytes[(i * sizeof(uint))..], (uint)token);
        }
        _hash.AppendData(bytes);
        _stream.Write(bytes);
        Tokens += tokens.Length;
        TextBytes += textBytes;
    }

    /// <param name="tokenizerHash">SHA-256 in hexadecimal, as is the next.</param>
    /// <param name="corpusHash">Of the whole corpus, not of this part.</param>
    public void Finish(string tokenizerHash, string corpusHash)
    {
        var tokensHash = Convert.ToHexStringLower(_hash.GetHashAndReset());
        var header =
            new TokenShardHeader(_width, _vocabulary, Tokens, TextBytes, tokenizerHash, corpusHash, tokensHash);
        _stream.Position = 0;
        _stream.Write(header.ToBytes());
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_partial, _path, overwrite: true);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
        File.Delete(_partial);
    }
}
