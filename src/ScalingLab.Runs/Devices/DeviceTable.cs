using System.Collections.Frozen;

namespace ScalingLab.Runs.Devices;

/// <summary>
/// NVIDIA's GPUs by the vendor's data sheets and architecture papers: the one table of them, for MFU, for what fits
/// and for how long runs would take. Dense, not with 2:4 sparsity; 16-bit products with 32-bit accumulation, which on
/// GeForce cards is half the rate of 16-bit accumulation; fp32 on the ordinary cores, since fp32 training here does not
/// round to TF32. Written down from these documents by hand; none of it was measured. A name that is not here (a
/// laptop's part, a MIG slice, another vendor's) is nobody's namesake.
/// </summary>
public static class DeviceTable
{
    private const string A100Source = "NVIDIA A100 data sheet; A100 whitepaper, table 1";
    private const string A30Source = "NVIDIA A30 data sheet";
    private const string A10Source = "NVIDIA A10 data sheet";
    private const string A40Source = "NVIDIA A40 data sheet";
    private const string L4Source = "NVIDIA L4 data sheet";
    private const string L40Source = "NVIDIA L40 data sheet";
    private const string L40sSource = "NVIDIA L40S data sheet";
    private const string H100Source = "NVIDIA H100 data sheet";
    private const string H200Source = "NVIDIA H200 data sheet";
    private const string GhSource = "NVIDIA GH200 data sheet";
    private const string B200Source = "NVIDIA DGX B200 data sheet, an eighth";
    private const string AmpwSource = "data sheet of the card";
    private const string AdaSource = "NVIDIA RTX 6000 Ada data sheet";
    private const string G30Source = "GA102 whitepaper, appendix; product page";
    private const string G3060Source = "product page (3,584 cores, 1.78 GHz), a core as in the GA102 whitepaper";
    private const string G40Source = "Ada whitepaper, appendix; product page";
    private const string G4070Source = "product page (5,888 cores, 2.48 GHz), a core as in the Ada whitepaper";
    private const string G50Source = "RTX Blackwell whitepaper, appendix; product page";
    private const string T4Source = "NVIDIA T4 data sheet";
    private const string V100Source = "NVIDIA V100 data sheet";

    /// <summary>Every device.</summary>
    public static IReadOnlyList<DeviceSheet> All { get; } =
    [
        // data centre
        new("t4", "Tesla T4", 2018, 65, 8.1, 320, 16, 70, 7.5, T4Source),
        new("v100-16", "Tesla V100-SXM2-16GB", 2017, 125, 15.7, 900, 16, 300, 7, V100Source),
        new("v100-32", "Tesla V100-SXM2-32GB", 2018, 125, 15.7, 900, 32, 300, 7, V100Source),
        new("a100-40", "A100-SXM4-40GB", 2020, 312, 19.5, 1555, 40, 400, 8, A100Source),
        new("a100-80", "A100-SXM4-80GB", 2020, 312, 19.5, 2039, 80, 400, 8, A100Source),
        new("a100-pcie-40", "A100-PCIE-40GB", 2020, 312, 19.5, 1555, 40, 250, 8, A100Source),
        new("a100-pcie-80", "A100 80GB PCIe", 2021, 312, 19.5, 1935, 80, 300, 8, A100Source),
        new("a30", "A30", 2021, 165, 10.3, 933, 24, 165, 8, A30Source),
        new("a10", "A10", 2021, 125, 31.2, 600, 24, 150, 8.6, A10Source),
        new("a40", "A40", 2020, 149.7, 37.4, 696, 48, 300, 8.6, A40Source),
        new("l4", "L4", 2023, 121, 30.3, 300, 24, 72, 8.9, L4Source),
        new("l40", "L40", 2022, 181, 90.5, 864, 48, 300, 8.9, L40Source),
        new("l40s", "L40S", 2023, 362, 91.6, 864, 48, 350, 8.9, L40sSource),
        new("h100", "H100 80GB HBM3", 2022, 989.4, 66.9, 3350, 80, 700, 9, H100Source),
        new("h100-pcie", "H100 PCIe", 2022, 756, 51, 2000, 80, 350, 9, H100Source),
        new("h100-nvl", "H100 NVL", 2023, 835.5, 60, 3900, 94, 400, 9, H100Source),
        new("h200", "H200", 2024, 989.4, 66.9, 4800, 141, 700, 9, H200Source),
        new("h200-nvl", "H200 NVL", 2024, 835.5, 60, 4800, 141, 600, 9, H200Source),
        new("gh200", "GH200 480GB", 2023, 989.4, 66.9, 4000, 96, null, 9, GhSource),
        new("gh200-96", "GH200 96GB HBM3", 2023, 989.4, 66.9, 4000, 96, null, 9, GhSource),
        new("b200", "B200", 2024, 2250, 75, 8000, 180, 1000, 10, B200Source),
        // workstations
        new("rtxa4000", "RTX A4000", 2021, 76.7, 19.2, 448, 16, 140, 8.6, AmpwSource),
        new("rtxa5000", "RTX A5000", 2021, 111.1, 27.8, 768, 24, 230, 8.6, AmpwSource),
        new("rtxa6000", "RTX A6000", 2020, 154.8, 38.7, 768, 48, 300, 8.6, AmpwSource),
        new("rtx6000ada", "RTX 6000 Ada Generation", 2022, 364.2, 91.1, 960, 48, 300, 8.9, AdaSource),
        // consumer cards
        new("rtx3060", "GeForce RTX 3060", 2021, 25.4, 12.7, 360, 12, 170, 8.6, G3060Source),
        new("rtx3070", "GeForce RTX 3070", 2020, 40.6, 20.3, 448, 8, 220, 8.6, G30Source),
        new("rtx3080", "GeForce RTX 3080", 2020, 59.5, 29.8, 760, 10, 320, 8.6, G30Source),
        new("rtx3090", "GeForce RTX 3090", 2020, 71, 35.6, 936, 24, 350, 8.6, G30Source),
        new("rtx3090ti", "GeForce RTX 3090 Ti", 2022, 80, 40, 1008, 24, 450, 8.6, G30Source),
        new("rtx4070", "GeForce RTX 4070", 2023, 58.3, 29.1, 504, 12, 200, 8.9, G4070Source),
        new("rtx4070ti", "GeForce RTX 4070 Ti", 2023, 80.2, 40.1, 504, 12, 285, 8.9, G40Source),
        new("rtx4080", "GeForce RTX 4080", 2022, 97.5, 48.7, 717, 16, 320, 8.9, G40Source),
        new("rtx4090", "GeForce RTX 4090", 2022, 165.2, 82.6, 1008, 24, 450, 8.9, G40Source),
        new("rtx5070", "GeForce RTX 5070", 2025, 61.7, 30.9, 672, 12, 250, 12, G50Source),
        new("rtx5070ti", "GeForce RTX 5070 Ti", 2025, 87.9, 43.9, 896, 16, 300, 12, G50Source),
        new("rtx5080", "GeForce RTX 5080", 2025, 112.6, 56.3, 960, 16, 360, 12, G50Source),
        new("rtx5090", "GeForce RTX 5090", 2025, 209.5, 104.8, 1792, 32, 575, 12, G50Source),
    ];

    private static readonly FrozenDictionary<string, DeviceSheet> ByName =
        All.ToFrozenDictionary(sheet => sheet.Name, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, DeviceSheet> ByKey =
        All.ToFrozenDictionary(sheet => sheet.Key, StringComparer.OrdinalIgnoreCase);

    /// <summary>The device that <c>nvidia-smi</c> prints under that name; null where the table has not it.</summary>
    /// <param name="name">E.g. "NVIDIA H100 80GB HBM3"; drivers before 2021 leave out the maker.</param>
    public static DeviceSheet? Named(string name)
    {
        const string Maker = "NVIDIA ";
        var own = name.StartsWith(Maker, StringComparison.OrdinalIgnoreCase) ? name[Maker.Length..] : name;
        return ByName.GetValueOrDefault(own.Trim());
    }

    /// <summary>The device of that key, e.g. "rtx4090", or of that name; null where there is none.</summary>
    public static DeviceSheet? Find(string key) => ByKey.GetValueOrDefault(key.Trim()) ?? Named(key);
}
