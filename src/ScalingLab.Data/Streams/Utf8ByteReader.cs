namespace ScalingLab.Data.Streams;

/// <summary>A stream of bytes read forwards, a byte or a line at a time, without its byte-order mark.</summary>
internal sealed class Utf8ByteReader
{
    private readonly Stream _stream;
    private byte[] _bytes = new byte[1 << 16];
    private int _start;
    private int _end;

    public Utf8ByteReader(Stream stream)
    {
        _stream = stream;
        while (_end < 3 && Fill())
        {
        }
        if (_bytes.AsSpan(0, _end).StartsWith("\uFEFF"u8)) _start = 3;
    }

    /// <summary>The next byte, left where it is; -1 at the end.</summary>
    public int Peek() => _start < _end || Fill() ? _bytes[_start] : -1;

    /// <summary>The byte after the next, -1 where there is none.</summary>
    public int PeekSecond() => _start + 1 < _end || (Fill() && _start + 1 < _end) ? _bytes[_start + 1] : -1;

    /// <summary>The next byte, or -1 at the end.</summary>
    public int Take()
    {
        var next = Peek();
        if (next >= 0) _start++;
        return next;
    }

    /// <summary>The bytes up to the next line feed, which is taken too; valid until the next call.</summary>
    /// <returns>False at the end.</returns>
    public bool ReadLine(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var at = _bytes.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = _bytes.AsSpan(_start, searched + at);
                _start += searched + at + 1;
                return true;
            }
            searched = _end - _start;
            if (Fill()) continue;
            line = _bytes.AsSpan(_start, searched);
            _start = _end;
            return searched > 0;
        }
    }

    /// <summary>Reads on behind what has not been taken yet. False at the end of the stream.</summary>
    private bool Fill()
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _bytes.Length)
        {
            if (_bytes.Length > Array.MaxLength / 2)
                throw new IOException("a line of more than a gigabyte is no record");
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }
        var read = _stream.Read(_bytes, _end, _bytes.Length - _end);
        _end += read;
        return read > 0;
    }
}
