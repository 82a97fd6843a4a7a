using System.Buffers.Binary;
using System.Text;

namespace ScalingLab.Testing;

/// <summary>A field of a message in protocol buffers' wire format, read by its number alone.</summary>
/// <param name="Number">The field's number.</param>
/// <param name="Value">A varint, or the bits of a fixed number; 0 of bytes.</param>
/// <param name="Bytes">Bytes, a text or an inner message; empty of numbers.</param>
public sealed record ProtobufField(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    public double Double => BitConverter.UInt64BitsToDouble(Value);

    public float Single => BitConverter.UInt32BitsToSingle((uint)Value);

    /// <summary>The fields of the inner message with that number; all of them without one.</summary>
    public IEnumerable<ProtobufField> Inner(int? number = null) =>
        Read(Bytes).Where(f => number is null || f.Number == number);

    /// <summary>The fields of a message; what is no message throws.</summary>
    public static List<ProtobufField> Read(ReadOnlyMemory<byte> message)
    {
        var fields = new List<ProtobufField>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            var number = (int)(tag >> 3);
            fields.Add((tag & 7) switch
            {
                0 => new(number, Varint(message.Span, ref at), default),
                1 => new(number, BinaryPrimitives.ReadUInt64LittleEndian(Take(8).Span), default),
                2 => new(number, 0, Take((int)Varint(message.Span, ref at))),
                5 => new(number, BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span), default),
                var type => throw new InvalidDataException($"no wire type: {type}"),
            });

            ReadOnlyMemory<byte> Take(int bytes)
            {
                var taken = message.Slice(at, bytes);
                at += bytes;
                return taken;
            }
        }
        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }
}
