using System.Runtime.InteropServices;

namespace ScalingLab.Data.Safetensors;

/// <summary>Numbers of 16 and 32 bits, as safetensors files hold them (little-endian), to fp32 and back.</summary>
public static class TensorValues
{
    private const int Bfloat16Shift = 16;

    /// <summary>Reads numbers of a tensor.</summary>
    /// <param name="file">The file, open.</param>
    /// <param name="entry">The tensor: F32, F16 or BF16.</param>
    /// <param name="first">The first number that is read.</param>
    /// <param name="values">Filled whole.</param>
    /// <exception cref="DataException">The file has become shorter, or a number is not finite.</exception>
    public static void Read(Stream file, TensorEntry entry, long first, Span<float> values)
    {
        file.Position = entry.Start + (first * (entry.Bytes / Math.Max(1, entry.Count)));
        try
        {
            if (entry.Type == "F32") file.ReadExactly(MemoryMarshal.AsBytes(values));
            else Widen(file, entry.Type == "BF16", values);
        }
        catch (EndOfStreamException e)
        {
            throw new DataException($"{entry.Name}: the file has become shorter while it was read.", e);
        }

        foreach (var value in values)
        {
            if (!float.IsFinite(value)) throw new DataException($"{entry.Name}: holds a number that is not finite.");
        }
    }

    /// <summary>Writes numbers as fp32, or as bf16, rounded to the nearest, ties to even.</summary>
    public static void Write(Stream file, ReadOnlySpan<float> values, bool asBfloat16)
    {
        if (!asBfloat16)
        {
            file.Write(MemoryMarshal.AsBytes(values));
            return;
        }

        var narrow = new ushort[values.Length];
        for (var i = 0; i < narrow.Length; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(values[i]);
            narrow[i] = (ushort)((bits + 0x7FFF + ((bits >> Bfloat16Shift) & 1)) >> Bfloat16Shift);
        }

        file.Write(MemoryMarshal.AsBytes(narrow.AsSpan()));
    }

    private static void Widen(Stream file, bool isBfloat16, Span<float> values)
    {
        var narrow = new ushort[values.Length];
        file.ReadExactly(MemoryMarshal.AsBytes(narrow.AsSpan()));
        for (var i = 0; i < narrow.Length; i++)
        {
            values[i] = isBfloat16 ? BitConverter.UInt32BitsToSingle((uint)narrow[i] << Bfloat16Shift)
                : (float)BitConverter.UInt16BitsToHalf(narrow[i]);
        }
    }
}
