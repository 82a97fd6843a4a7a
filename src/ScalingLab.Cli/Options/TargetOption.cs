using System.CommandLine;

namespace ScalingLab.Cli.Options;

/// <summary><c>--target</c>: what a person wants to know of a law.</summary>
internal static class TargetOption
{
    private const string Name = "--target";

    public static Option<string[]> CreateForSeveral() => new(Name)
    {
        Description = "Also N_opt@1e21, D_opt@1e21, loss@C=1e21 or loss@N=1e9,D=2e10; may be repeated",
    };

    public static Option<string> Create() => new(Name)
    {
        Description = "The number to know better: a, b, E, alpha, beta, N_opt@1e21, D_opt@1e21, loss@C=1e21, "
            + "loss@N=1e9,D=2e10; a unless given",
        DefaultValueFactory = _ => "a",
    };
}
