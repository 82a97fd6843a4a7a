using System.Buffers.Binary;

namespace ScalingLab.Testing;

/// <summary>Reads a TFRecord file, whose every length and record has its check.</summary>
public static class TfRecords
{
    /// <summary>The records; a check that does not hold, or a file that ends within a record, throws.</summary>
    public static List<ReadOnlyMemory<byte>> Read(byte[] file)
    {
        var records = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(Checked(8).Span);
            records.Add(Checked(length));

            ReadOnlyMemory<byte> Checked(int bytes)
            {
                var taken = file.AsMemory(at, bytes);
                var check = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + bytes, 4));
                if (check != Masked(Crc32C(taken.Span)))
                    throw new InvalidDataException($"the check at {at + bytes} does not hold");
                at += bytes + 4;
                return taken;
            }
        }
        return records;
    }

    /// <summary>CRC-32C bit by bit (RFC 3720, appendix B.4): polynomial 0x1EDC6F41, here reflected.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var next in bytes)
        {
            crc ^= next;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }
        return ~crc;
    }

    private static uint Masked(uint crc) => unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8);
}
