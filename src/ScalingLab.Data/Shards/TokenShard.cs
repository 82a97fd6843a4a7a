using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Shards;

/// <summary>
/// A file of tokens: documents one after another, each followed by the end-of-document token. It is read and not
/// mapped, since mapped pages, up to the whole file, would count in a process's peak of memory. Safe to read from
/// several threads at once. Token numbers are little-endian, as are the machines this runs on.</summary>
public sealed class TokenShard : TokenText, IDisposable
{
    private const int ChunkTokens = 1 << 16;

    private readonly TokenShardHeader _header;
    private readonly FileStream _file;

    private TokenShard(string path, FileStream file, TokenShardHeader header)
    {
        Path = path;
        _header = header;
        _file = file;
    }

    public override string Path { get; }

    /// <summary>Number of tokens, ends of documents included.</summary>
    public override long Tokens => _header.Tokens;

    /// <summary>UTF-8 bytes of the text that the tokens encode.</summary>
    public long TextBytes => _header.TextBytes;

    public int Vocabulary => _header.Vocabulary;

    public string TokenizerHash => _header.TokenizerHash;

    public string CorpusHash => _header.CorpusHash;

    /// <summary>SHA-256 of the tokens as the header has it.</summary>
    public string TokensHash => _header.TokensHash;

    /// <summary>
    /// Opens a token file and checks all of it: magic, version, length, and the checksums of header and tokens.
    /// </summary>
    /// <param name="checkTokens">False skips the checksum of the tokens, which reads the whole file once.</param>
    /// <exception cref="DataException">The file is missing, unreadable, not a token file, cut short or
    /// damaged.</exception>
    public static TokenShard Open(string path, bool checkTokens = true)
    {
        FileStream? stream = null;
        try
        {
            stream = InputFile.Open(path, FileKind.State);
            var bytes = new byte[TokenShardHeader.Length];
            var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var header = TokenShardHeader.Parse(bytes.AsSpan(0, read), path, stream.Length);
            if (checkTokens) CheckTokens(stream, header, path);
            var shard = new TokenShard(path, stream, header);
            stream = null;
            return shard;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the token file cannot be read: {refused.Message}", refused);
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>Reads tokens start to start + tokens.Length - 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside the shard.</exception>
    /// <exception cref="DataException">The file was cut short, or cannot be read any more.</exception>
    public override void Read(long start, Span<long> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Tokens - tokens.Length);
        if (_header.BytesPerToken == sizeof(ushort)) Read<ushort>(start, tokens);
        else Read<uint>(start, tokens);
    }

    /// <summary>Read from the shard once, then kept beside it.</summary>
    /// <inheritdoc/>
    internal override long[] DocumentEnds(int endOfDocument) => ShardIndex.Kept(
        this, ("ends", endOfDocument), () => _header.BytesPerToken == sizeof(ushort)
            ? FindEnds((ushort)endOfDocument) : FindEnds((uint)endOfDocument));

    public void Dispose() => _file.Dispose();

    /// <summary>
    /// Reads what stands behind the header once: against its checksum, and that every token is one of the vocabulary.
    /// </summary>
    private static void CheckTokens(FileStream stream, TokenShardHeader header, string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, largest) = (new byte[1 << 20], 0u);
        for (int read; (read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0;)
        {
            var part = buffer.AsSpan(0, read);
            hash.AppendData(part);
            largest =
                Math.Max(largest, header.BytesPerToken == sizeof(ushort) ? Largest<ushort>(part) : Largest<uint>(part));
        }
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != header.TokensHash)
            throw new DataException(
                $"{path}: the tokens do not fit their checksum: the file is damaged; prepare the data again.");
        if (largest >= header.Vocabulary && header.Tokens > 0)
            throw new DataException($"{path}: holds the token {largest}, and its vocabulary has {header.Vocabulary}: "
                + "prepare the data again.");
    }

    private static uint Largest<T>(Span<byte> bytes) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        var largest = T.Zero;
        foreach (var token in MemoryMarshal.Cast<byte, T>(bytes)) largest = T.Max(largest, token);
        return uint.CreateTruncating(largest);
    }

    private long[] FindEnds<T>(T endOfDocument) where T : unmanaged, IEquatable<T>
    {
        var (ends, chunk) = (new List<long>(), new T[ChunkTokens]);
        for (long at = 0; at < Tokens; at += ChunkTokens)
        {
            var read = chunk.AsSpan(0, (int)Math.Min(ChunkTokens, Tokens - at));
            ReadFile<T>(at, read);
            for (int from = 0, found; (found = read[from..].IndexOf(endOfDocument)) >= 0; from += found + 1)
                ends.Add(at + from + found + 1);
        }
        if (Tokens > 0 && (ends.Count == 0 || ends[^1] < Tokens)) ends.Add(Tokens);
        return [.. ends];
    }

    private void Read<T>(long start, Span<long> tokens) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        var narrow = ArrayPool<T>.Shared.Rent(tokens.Length);
        ReadFile<T>(start, narrow.AsSpan(0, tokens.Length));
        for (var i = 0; i < tokens.Length; i++) tokens[i] = long.CreateTruncating(narrow[i]);
        ArrayPool<T>.Shared.Return(narrow);
    }

    private void ReadFile<T>(long start, Span<T> tokens) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(tokens);
        var at = TokenShardHeader.Length + (start * _header.BytesPerToken);
        try
        {
            for (int done = 0, read; done < bytes.Length; done += read)
            {
                read = RandomAccess.Read(_file.SafeFileHandle, bytes[done..], at + done);
                if (read == 0) throw new EndOfStreamException("it was cut short after it was opened");
            }
        }
        catch (IOException failed)
        {
            throw new DataException($"{Path}: the token file cannot be read: {failed.Message}", failed);
        }
    }
}
