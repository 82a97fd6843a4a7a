using System.Collections.Frozen;
using ScalingLab.Runs;

namespace ScalingLab.Training.Telemetry;

/// <summary>
/// Peaks of NVIDIA's devices by the vendor's data sheets and architecture papers (docs/telemetry.md names them): dense,
/// not with 2:4 sparsity; bfloat16 on tensor cores with 32-bit accumulation, which is half the rate of 16-bit
/// accumulation on GeForce cards; fp32 on the ordinary cores, since fp32 training here does not round to TF32. A name
/// that is not here (a laptop's part, a MIG slice, another vendor's) is measured instead.
/// </summary>
public static class PeakTable
{
    private const double Tera = 1e12;

    private static readonly FrozenDictionary<string, (double Bf16, double Fp32)> TeraFlops =
        new Dictionary<string, (double, double)>
    {
        // data centre
        ["A100-SXM4-40GB"] = (312, 19.5),
        ["A100-SXM4-80GB"] = (312, 19.5),
        ["A100-PCIE-40GB"] = (312, 19.5),
        ["A100 80GB PCIe"] = (312, 19.5),
        ["A30"] = (165, 10.3),
        ["A10"] = (125, 31.2),
        ["A40"] = (149.7, 37.4),
        ["L4"] = (121, 30.3),
        ["L40"] = (181, 90.5),
        ["L40S"] = (362, 91.6),
        ["H100 80GB HBM3"] = (989.4, 66.9),
        ["H100 PCIe"] = (756, 51),
        ["H100 NVL"] = (835.5, 60),
        ["H200"] = (989.4, 66.9),
        ["H200 NVL"] = (835.5, 60),
        ["GH200 480GB"] = (989.4, 66.9),
        ["GH200 96GB HBM3"] = (989.4, 66.9),
        ["B200"] = (2250, 75),

        // workstations
        ["RTX A4000"] = (76.7, 19.2),
        ["RTX A5000"] = (111.1, 27.8),
        ["RTX A6000"] = (154.8, 38.7),
        ["RTX 6000 Ada Generation"] = (364.2, 91.1),

        // consumer cards
        ["GeForce RTX 3070"] = (40.6, 20.3),
        ["GeForce RTX 3080"] = (59.5, 29.8),
        ["GeForce RTX 3090"] = (71, 35.6),
        ["GeForce RTX 3090 Ti"] = (80, 40),
        ["GeForce RTX 4070 Ti"] = (80.2, 40.1),
        ["GeForce RTX 4080"] = (97.5, 48.7),
        ["GeForce RTX 4090"] = (165.2, 82.6),
        ["GeForce RTX 5070"] = (61.7, 30.9),
        ["GeForce RTX 5070 Ti"] = (87.9, 43.9),
        ["GeForce RTX 5080"] = (112.6, 56.3),
        ["GeForce RTX 5090"] = (209.5, 104.8),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// FLOPs a second of the device that <c>nvidia-smi</c> prints under that name; null where the table has not both.
    /// </summary>
    /// <param name="device">E.g. "NVIDIA H100 80GB HBM3"; drivers before 2021 leave out the maker.</param>
    /// <param name="precision">Number format of the matrix products; with a head in 8 bits that of all the others,
    /// bfloat16.</param>
    public static double? Find(string device, Precision precision)
    {
        const string Maker = "NVIDIA ";
        var name = device.StartsWith(Maker, StringComparison.OrdinalIgnoreCase) ? device[Maker.Length..] : device;
        if (!TeraFlops.TryGetValue(name.Trim(), out var peak)) return null;
        return precision switch
        {
            Precision.Fp32 => peak.Fp32 * Tera,
            Precision.Bf16 or Precision.Fp8Head => peak.Bf16 * Tera,
            _ => null,
        };
    }
}
