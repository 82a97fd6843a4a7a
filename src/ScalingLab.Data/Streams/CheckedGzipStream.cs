using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace ScalingLab.Data.Streams;

/// <summary>
/// A gzip file (RFC 1952) of one or more members, uncompressed as it is read. Unlike System.IO.Compression.GZipStream,
/// for which a file that was cut short is just a shorter one, it reaches its end only where each member's own checksum
/// and length fit. A member's end is found by looking for these eight bytes where inflating stopped, since the inflater
/// takes more of the file than it uses.
/// </summary>
internal sealed class CheckedGzipStream(Stream file) : ReadOnlyStream
{
    private const int TrailerBytes = 8;

    private readonly Input _input = new(file);
    private DeflateStream? _member;
    private readonly Crc32 _checksum = new();
    private uint _length;

    /// <exception cref="InvalidDataException">The file is no gzip, cut short or damaged.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (buffer.Length > 0 && (_member is not null || BeginMember()))
        {
            var read = _member!.Read(buffer);
            if (read == 0)
            {
                EndMember();
                continue;
            }
            _checksum.Append(buffer[..read]);
            _length = unchecked(_length + (uint)read);
            return read;
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _member?.Dispose();
            _input.Dispose();
            file.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>Reads a member's header. False at the end of the file.</summary>
    private bool BeginMember()
    {
        const int HeaderCrc = 2, Extra = 4, Name = 8, Comment = 16;
        while (_input.Peek() == 0) _input.Take(); // padding of tapes and blocks
        if (_input.Peek() < 0) return false;
        if (_input.Take() != 0x1F || _input.Take() != 0x8B || _input.Take() != 8)
            throw new InvalidDataException("it does not begin as gzip does");
        var flags = _input.Take();
        Skip(6);
        if ((flags & Extra) != 0) Skip(_input.Take() | (_input.Take() << 8));
        foreach (var text in new[] { Name, Comment })
        {
            while ((flags & text) != 0 && _input.Take() != 0)
            {
            }
        }
        if ((flags & HeaderCrc) != 0) Skip(2);
        (_member, _length) = (new DeflateStream(_input, CompressionMode.Decompress, leaveOpen: true), 0);
        _checksum.Reset();
        return true;
    }

    private void Skip(int bytes)
    {
        for (var i = 0; i < bytes; i++) _input.Take();
    }

    private void EndMember()
    {
        _member!.Dispose();
        _member = null;
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _checksum.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], _length);
        if (!_input.SkipPast(trailer))
            throw new InvalidDataException("it ends too early, or its checksum does not fit");
    }

    /// <summary>The compressed bytes, with a way back into those that the inflater took last.</summary>
    private sealed class Input(Stream file) : ReadOnlyStream
    {
        private readonly byte[] _bytes = new byte[(1 << 14) + TrailerBytes];
        private int _lastReadStart;
        private int _start;
        private int _end;

        public int Peek() => _start < _end || Fill(_start) ? _bytes[_start] : -1;

        public int Take()
        {
            if (Peek() < 0) throw new InvalidDataException("it ends too early");
            return _bytes[_start++];
        }

        public override int Read(Span<byte> buffer)
        {
            if (Peek() < 0) return 0;
            var read = Math.Min(buffer.Length, _end - _start);
            _bytes.AsSpan(_start, read).CopyTo(buffer);
            _lastReadStart = _start;
            _start += read;
            return read;
        }

        /// <summary>
        /// Finds these bytes where the last read began or later, at most right behind it, and goes on behind them.
        /// </summary>
        public bool SkipPast(ReadOnlySpan<byte> bytes)
        {
            while (_end - _start < bytes.Length && Fill(_lastReadStart))
            {
            }
            var searched = Math.Min(_end, _start + bytes.Length) - _lastReadStart;
            var at = _bytes.AsSpan(_lastReadStart, searched).IndexOf(bytes);
            if (at < 0) return false;
            _start = _lastReadStart + at + bytes.Length;
            return true;
        }

        /// <summary>Reads on behind what is kept from there. False at the end of the file.</summary>
        private bool Fill(int kept)
        {
            _bytes.AsSpan(kept, _end - kept).CopyTo(_bytes);
            (_lastReadStart, _start, _end) = (Math.Max(0, _lastReadStart - kept), _start - kept, _end - kept);
            var read = file.Read(_bytes, _end, _bytes.Length - _end);
            _end += read;
            return read > 0;
        }
    }
}
