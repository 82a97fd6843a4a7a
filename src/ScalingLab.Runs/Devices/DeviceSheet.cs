namespace ScalingLab.Runs.Devices;

/// <summary>What a vendor's data sheet says of a GPU.</summary>
/// <param name="Key">Its short name on the command line, e.g. "rtx4090".</param>
/// <param name="Name">What <c>nvidia-smi</c> prints, without the maker.</param>
/// <param name="Year">When it came out.</param>
/// <param name="TeraFlops16">10^12 FLOPs a second of 16-bit matrix products, dense, with 32-bit accumulation.</param>
/// <param name="TeraFlops32">10^12 FLOPs a second in fp32 on the ordinary cores.</param>
/// <param name="Bandwidth">Memory bandwidth, 10^9 bytes a second.</param>
/// <param name="Memory">Memory, 10^9 bytes.</param>
/// <param name="Watts">Most power that it may draw, watts; null where the sheet gives it for a whole module.</param>
/// <param name="Capability">CUDA's compute capability, which decides which kernels it has.</param>
/// <param name="Source">Where that stands.</param>
public sealed record DeviceSheet(string Key, string Name, int Year, double TeraFlops16, double TeraFlops32,
    double Bandwidth, double Memory, double? Watts, double Capability, string Source)
{
    private const double Tera = 1e12;
    private const double Giga = 1e9;

    /// <summary>Bytes a second.</summary>
    public double BytesPerSecond => Bandwidth * Giga;

    /// <summary>Memory, bytes: the sheet's figure as 10^9, a little less than is there.</summary>
    public long MemoryBytes => (long)(Memory * Giga);

    /// <summary>Whether it has the fused kernels, which need bfloat16.</summary>
    public bool HasFusedKernels => Capability >= 8;

    /// <summary>
    /// FLOPs a second of matrix products in that number format; with a head in 8 bits those of all the others,
    /// bfloat16. Null where it has none of that format.
    /// </summary>
    public double? Peak(Precision precision) => precision switch
    {
        Precision.Fp32 => TeraFlops32 * Tera,
        Precision.Bf16 or Precision.Fp8Head => HasFusedKernels ? TeraFlops16 * Tera : null,
        _ => TeraFlops16 * Tera,
    };
}
