using ZstdSharp;

namespace ScalingLab.Data.Streams;

/// <summary>
/// A Zstandard file (RFC 8878) of one or more frames, uncompressed as it is read; the checksums that its frames carry
/// are checked. Windows of up to 128 MB are taken, as the zstd program takes them unless told otherwise.</summary>
internal sealed class CheckedZstdStream(Stream file) : Stream
{
    private readonly DecompressionStream _frames = new(file, leaveOpen: false);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set =>
        throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="InvalidDataException">The file is no Zstandard, cut short or damaged.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _frames.Read(buffer);
        }
        catch (ZstdException damaged)
        {
            throw new InvalidDataException(damaged.Message, damaged);
        }
        catch (EndOfStreamException cut)
        {
            throw new InvalidDataException("it ends too early", cut);
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _frames.Dispose();
        base.Dispose(disposing);
    }
}
