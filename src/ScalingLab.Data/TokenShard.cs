using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace ScalingLab.Data;

/// <summary>A file of tokens, mapped into memory: documents one after another, each followed by the end-of-document token. Safe to read
/// from several threads at once. Token numbers are little-endian, as are the machines this runs on.</summary>
public sealed class TokenShard : TokenText, IDisposable
{
    private readonly TokenShardHeader _header;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;

    private TokenShard(string path, TokenShardHeader header)
    {
        Path = path;
        _header = header;
        _map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    public override string Path { get; }

    /// <summary>Number of tokens, ends of documents included.</summary>
    public override long Tokens => _header.Tokens;

    /// <summary>UTF-8 bytes of the text that the tokens encode.</summary>
    public long TextBytes => _header.TextBytes;

    public int Vocabulary => _header.Vocabulary;

    public string TokenizerHash => _header.TokenizerHash;

    public string CorpusHash => _header.CorpusHash;

    /// <summary>Opens a token file and checks all of it: magic, version, length, and the checksums of header and tokens.</summary>
    /// <param name="checkTokens">False skips the checksum of the tokens, which reads the whole file once.</param>
    /// <exception cref="DataException">The file is missing, unreadable, not a token file, cut short or damaged.</exception>
    public static TokenShard Open(string path, bool checkTokens = true)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var bytes = new byte[TokenShardHeader.Length];
            var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var header = TokenShardHeader.Parse(bytes.AsSpan(0, read), path, stream.Length);
            // The stream stands behind the header, so this is the hash of the tokens alone.
            if (checkTokens && Convert.ToHexStringLower(SHA256.HashData(stream)) != header.TokensHash)
                throw new DataException($"{path}: the tokens do not fit their checksum: the file is damaged; prepare the data again.");
            return new(path, header);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the token file cannot be read: {refused.Message}", refused);
        }
    }

    /// <summary>Reads tokens start to start + tokens.Length - 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside the shard.</exception>
    public override void Read(long start, Span<long> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Tokens - tokens.Length);
        if (_header.BytesPerToken == sizeof(ushort)) Read<ushort>(start, tokens);
        else Read<uint>(start, tokens);
    }

    public void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
    }

    private void Read<T>(long start, Span<long> tokens) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        var narrow = ArrayPool<T>.Shared.Rent(tokens.Length);
        var offset = (ulong)(TokenShardHeader.Length + start * _header.BytesPerToken);
        _view.SafeMemoryMappedViewHandle.ReadSpan(offset, narrow.AsSpan(0, tokens.Length));
        for (var i = 0; i < tokens.Length; i++) tokens[i] = long.CreateTruncating(narrow[i]);
        ArrayPool<T>.Shared.Return(narrow);
    }
}
