using System.Buffers.Binary;
using System.Text;

namespace ScalingLab.Reporting.TensorBoard;

/// <summary>A message in protocol buffers' wire format, field by field; each method returns the same writer.</summary>
internal sealed class ProtobufWriter
{
    private const int OfVarint = 0, OfEightBytes = 1, OfBytes = 2, OfFourBytes = 5;

    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public ProtobufWriter Varint(int field, long value) => Tag(field, OfVarint).Varint((ulong)value);

    public ProtobufWriter Double(int field, double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        return Tag(field, OfEightBytes).Add(bytes);
    }

    public ProtobufWriter Single(int field, float value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return Tag(field, OfFourBytes).Add(bytes);
    }

    public ProtobufWriter Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public ProtobufWriter Message(int field, ProtobufWriter message) => Bytes(field, message.ToArray());

    private ProtobufWriter Bytes(int field, byte[] bytes) =>
        Tag(field, OfBytes).Varint((ulong)bytes.Length).Add(bytes);

    private ProtobufWriter Tag(int field, int type) => Varint((ulong)((field << 3) | type));

    // Seven bits a byte, the lowest first; the eighth says that more follow.
    private ProtobufWriter Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.Add((byte)((value & 0x7f) | 0x80));
        _bytes.Add((byte)value);
        return this;
    }

    private ProtobufWriter Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }
}
