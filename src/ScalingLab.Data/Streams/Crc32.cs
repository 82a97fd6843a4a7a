namespace ScalingLab.Data.Streams;

/// <summary>The cyclic redundancy check of gzip (RFC 1952, section 8): polynomial 0xEDB88320, reflected.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(i =>
    {
        var value = (uint)i;
        for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
        return value;
    })];

    /// <summary>The checksum of all before and these bytes; that of nothing is 0.</summary>
    public static uint Append(uint before, ReadOnlySpan<byte> bytes)
    {
        var value = ~before;
        foreach (var next in bytes) value = Table[(value ^ next) & 0xFF] ^ (value >> 8);
        return ~value;
    }
}
