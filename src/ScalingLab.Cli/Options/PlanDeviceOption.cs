using System.CommandLine;

namespace ScalingLab.Cli.Options;

/// <summary><c>--device</c>: what a plan is for.</summary>
internal static class PlanDeviceOption
{
    public static Option<string?> Create() => new("--device")
    {
        Description = "What it is planned for, here or not: cpu, rtx4090, h100:2, ...; this machine unless given",
    };
}
