using System.CommandLine;

namespace ScalingLab.Cli.Options;

/// <summary><c>--law</c>: a law that a person gives.</summary>
internal static class LawOption
{
    public static Option<string?> Create(string description) => new("--law") { Description = description };
}
