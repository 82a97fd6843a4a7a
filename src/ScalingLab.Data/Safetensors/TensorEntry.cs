namespace ScalingLab.Data.Safetensors;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">As the file writes it: "F32", "BF16", "F16", ...</param>
/// <param name="Dimensions">Sizes, outermost first; none for a single number.</param>
/// <param name="Start">Its first byte's place in the file.</param>
/// <param name="Bytes">Its length.</param>
public sealed record TensorEntry(
    string Name, string Type, IReadOnlyList<long> Dimensions, long Start, long Bytes)
{
    /// <summary>Numbers in it.</summary>
    public long Count { get; } = Dimensions.Aggregate(1L, (product, size) => product * size);

    /// <summary>Whether <see cref="TensorValues"/> reads it.</summary>
    public bool IsReadable => Type is "F32" or "F16" or "BF16";

    /// <summary>Bytes of a number of that type; null where the type is none that the format has in whole
    /// bytes.</summary>
    public static int? SizeOf(string type) => type switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" or "C64" => 8,
        _ => null,
    };

    /// <summary>The sizes as a message writes them: [768, 2304].</summary>
    public static string Written(IReadOnlyList<long> dimensions) =>
        $"[{string.Join(", ", dimensions.Select(size => FormattableString.Invariant($"{size}")))}]";
}
