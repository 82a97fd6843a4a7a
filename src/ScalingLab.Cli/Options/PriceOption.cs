using System.CommandLine;

namespace ScalingLab.Cli.Options;

/// <summary><c>--price</c>: what computing costs, in place of what the grid says.</summary>
internal static class PriceOption
{
    public static Option<string[]> Create() => new("--price")
    {
        Description = "What computing costs, \"2.5 EUR/h\" a device or \"0.31 EUR/kWh\"; may be given twice",
    };
}
