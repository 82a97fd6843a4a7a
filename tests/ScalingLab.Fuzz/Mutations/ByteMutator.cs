namespace ScalingLab.Fuzz.Mutations;

/// <summary>Damage to bytes, whatever they mean.</summary>
internal static class ByteMutator
{
    public static byte[] Mutate(byte[] bytes, Random random)
    {
        for (var i = JsonMutator.Times(random); i > 0; i--) bytes = Once(bytes, random);
        return bytes;
    }

    private static byte[] Once(byte[] bytes, Random random)
    {
        if (bytes.Length == 0) return [(byte)random.Next(256)];
        var at = random.Next(bytes.Length);
        var length = Math.Min(bytes.Length - at, 1 + random.Next(random.Next(3) == 0 ? 4096 : 16));
        switch (random.Next(8))
        {
            case 0:
                return bytes[..at]; // cut short
            case 1:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 2:
                return [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]]; // said twice
            case 3:
                var some = new byte[length];
                random.NextBytes(some);
                return [.. bytes[..at], .. some, .. bytes[at..]];
            case 4:
                byte[][] marks =
                    [[0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF], [0], [0x1F, 0x8B], [0xC0, 0x80],
                        [0xED, 0xA0, 0x80]];
                return [.. Oddities.Of(random, marks), .. bytes];
            case 5:
                var zeroed = (byte[])bytes.Clone();
                zeroed.AsSpan(at, length).Clear();
                return zeroed;
            default:
                var flipped = (byte[])bytes.Clone();
                for (var i = 1 + random.Next(8); i > 0; i--)
                    flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                return flipped;
        }
    }
}
