using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ScalingLab.Data.Shards;

/// <summary>How much of a token file was on disk at some time.</summary>
/// <param name="Hash">SHA-256 of the tokens.</param>
internal sealed record ShardProgress(long Tokens, long TextBytes, string Hash);

/// <summary>
/// Writes a token file beside its final name; <see cref="Finish"/> syncs it to disk and renames it, so a file under the
/// final name is always whole. Disposed before that, nothing is left, unless it was begun to be gone on with.</summary>
public sealed class TokenShardWriter : IDisposable
{
    private readonly string _path;
    private readonly string _partial;
    private readonly FileStream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly int _vocabulary;
    private readonly int _width;
    private readonly bool _isKept;
    private readonly ArrayBufferWriter<byte> _packed = new();

    public TokenShardWriter(string path, int vocabulary)
        : this(path, vocabulary, $"{path}.{Guid.NewGuid():N}.partial", FileMode.CreateNew) =>
        _stream.Write(new byte[TokenShardHeader.Length]);

    private TokenShardWriter(string path, int vocabulary, string partial, FileMode mode)
    {
        (_path, _partial, _vocabulary, _isKept) = (path, partial, vocabulary, mode != FileMode.CreateNew);
        _width = TokenShardHeader.WidthFor(vocabulary);
        _stream = new(partial, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 20);
    }

    /// <summary>Tokens appended so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>UTF-8 bytes of the text appended so far.</summary>
    public long TextBytes { get; private set; }

    /// <summary>
    /// Begins a file that stays when its process ends, or goes on with it behind what <see cref="Save"/> said, which is
    /// read once. Null where that is not there any more.</summary>
    internal static TokenShardWriter? BeginOrResume(string path, int vocabulary, ShardProgress? progress)
    {
        var writer = new TokenShardWriter(path, vocabulary, path + ".partial", FileMode.OpenOrCreate);
        if (writer.Rewind(progress)) return writer;
        writer.Dispose();
        return null;
    }

    /// <summary>The tokens as they stand in the file, behind what was packed before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A token outside the vocabulary.</exception>
    internal static void Pack(ReadOnlySpan<int> tokens, int vocabulary, ArrayBufferWriter<byte> into)
    {
        var width = TokenShardHeader.WidthFor(vocabulary);
        var length = checked(tokens.Length * width);
        var bytes = into.GetSpan(length);
        for (var i = 0; i < tokens.Length; i++)
        {
            var token = tokens[i];
            if (token < 0 || token >= vocabulary)
                throw new ArgumentOutOfRangeException(nameof(tokens), token, $"vocabulary {vocabulary}");
            if (width == sizeof(ushort))
                BinaryPrimitives.WriteUInt16LittleEndian(bytes[(i * sizeof(ushort))..], (ushort)token);
            else BinaryPrimitives.WriteUInt32LittleEndian(bytes[(i * sizeof(uint))..], (uint)token);
        }
        into.Advance(length);
    }

    /// <param name="textBytes">UTF-8 bytes of the text that these tokens encode.</param>
    /// <exception cref="ArgumentOutOfRangeException">A token outside the vocabulary.</exception>
    public void Append(ReadOnlySpan<int> tokens, long textBytes)
    {
        _packed.ResetWrittenCount();
        Pack(tokens, _vocabulary, _packed);
        AppendPacked(_packed.WrittenSpan, textBytes);
    }

    /// <summary>Appends what <see cref="Pack"/> made of tokens of the same vocabulary.</summary>
    internal void AppendPacked(ReadOnlySpan<byte> tokens, long textBytes)
    {
        _hash.AppendData(tokens);
        _stream.Write(tokens);
        Tokens += tokens.Length / _width;
        TextBytes += textBytes;
    }

    /// <summary>Syncs what was appended to disk.</summary>
    internal ShardProgress Save()
    {
        _stream.Flush(flushToDisk: true);
        return new(Tokens, TextBytes, Convert.ToHexStringLower(_hash.GetCurrentHash()));
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
        if (!_isKept) File.Delete(_partial);
    }

    private bool Rewind(ShardProgress? progress)
    {
        var end = TokenShardHeader.Length + ((progress?.Tokens ?? 0) * _width);
        if (progress is null) _stream.SetLength(0);
        if (progress is null) _stream.Write(new byte[TokenShardHeader.Length]);
        if (_stream.Length < end) return false;
        _stream.SetLength(end);
        _stream.Position = TokenShardHeader.Length;
        var buffer = new byte[1 << 20];
        for (int read; (read = _stream.Read(buffer)) > 0;) _hash.AppendData(buffer.AsSpan(0, read));
        (Tokens, TextBytes) = (progress?.Tokens ?? 0, progress?.TextBytes ?? 0);
        return progress is null || Convert.ToHexStringLower(_hash.GetCurrentHash()) == progress.Hash;
    }
}
