using System.Buffers.Binary;
using System.Text.Json;

namespace ScalingLab.Data.Safetensors;

/// <summary>
/// Writes a safetensors file: names and sizes first, then each tensor's numbers in their order, in as many pieces as
/// one likes.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    private const int Alignment = 8; // the data begin on a multiple of it, blanks fill the header up
    private const int BufferBytes = 1 << 20;

    private readonly FileStream _file;
    private readonly bool _asBfloat16;
    private readonly long _length;

    /// <summary>Begins the file.</summary>
    /// <param name="path">The file; one that is there is overwritten.</param>
    /// <param name="tensors">Names and sizes, in the order in which <see cref="Write"/> gives them.</param>
    /// <param name="asBfloat16">bf16, in place of fp32.</param>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public SafetensorsWriter(string path, IReadOnlyList<(string Name, IReadOnlyList<long> Dimensions)> tensors,
        bool asBfloat16)
    {
        _asBfloat16 = asBfloat16;
        var header = Header(tensors, asBfloat16, out var dataBytes);
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
        Span<byte> length = stackalloc byte[SafetensorsHeader.LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        _file.Write(length);
        _file.Write(header);
        _length = _file.Position + dataBytes;
    }

    /// <summary>The next numbers of the tensor at hand, or the first of the one after it.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Write(ReadOnlySpan<float> values) => TensorValues.Write(_file, values, _asBfloat16);

    /// <summary>Ends the file and sees to it that it is on the disk.</summary>
    /// <returns>Bytes of it.</returns>
    /// <exception cref="InvalidOperationException">More or fewer numbers were given than the sizes say.</exception>
    public long End()
    {
        if (_file.Position != _length)
            throw new InvalidOperationException($"{_file.Position} bytes were written where {_length} were announced");
        _file.Flush(flushToDisk: true);
        return _length;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static byte[] Header(IReadOnlyList<(string Name, IReadOnlyList<long> Dimensions)> tensors,
        bool asBfloat16, out long offset)
    {
        using var bytes = new MemoryStream();
        offset = 0;
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt"); // what transformers asks for
            json.WriteEndObject();
            foreach (var (name, dimensions) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", asBfloat16 ? "BF16" : "F32");
                json.WriteStartArray("shape");
                foreach (var size in dimensions) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += dimensions.Aggregate(1L, (product, size) => product * size)
                    * (asBfloat16 ? sizeof(ushort) : sizeof(float));
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while ((bytes.Length + SafetensorsHeader.LengthBytes) % Alignment != 0) bytes.WriteByte((byte)' ');
        return bytes.ToArray();
    }
}
