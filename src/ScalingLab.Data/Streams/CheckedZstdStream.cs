using ZstdSharp;

namespace ScalingLab.Data.Streams;

/// <summary>
/// A Zstandard file (RFC 8878) of one or more frames, uncompressed as it is read; the checksums that its frames carry
/// are checked. Windows of up to 128 MB are taken, as the zstd program takes them unless told otherwise.</summary>
internal sealed class CheckedZstdStream(Stream file) : ReadOnlyStream
{
    private readonly DecompressionStream _frames = new(file, leaveOpen: false);

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

    protected override void Dispose(bool disposing)
    {
        if (disposing) _frames.Dispose();
        base.Dispose(disposing);
    }
}
