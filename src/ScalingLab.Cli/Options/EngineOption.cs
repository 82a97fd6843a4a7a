using System.CommandLine;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Cli.Options;

/// <summary><c>--engine</c>: whose worker a command starts.</summary>
internal static class EngineOption
{
    private const string Auto = "auto";

    private static readonly string[] Names = [Auto, .. EnumNames.All<TensorEngine>()];

    public static Option<string> Create() => new Option<string>("--engine")
    {
        Description =
            "What trains and evaluates: torchsharp, fused, or auto, which takes fused where it has been built",
        DefaultValueFactory = _ => Auto,
    }.AcceptOnlyFromAmong(Names);

    /// <summary>The same where several are set beside each other.</summary>
    public static Option<string[]> CreateForSeveral() => new Option<string[]>("--engine")
    {
        Description =
            "torchsharp or fused; several are several cases; auto, which is fused where it has been built, unless given",
        AllowMultipleArgumentsPerToken = true,
    }.AcceptOnlyFromAmong(Names);

    /// <summary>This installation with the engine that was asked for.</summary>
    public static LabHome WithEngine(this LabHome home, ParseResult parsed, Option<string> engine) =>
        home with { Engine = Parse(parsed.GetValue(engine)!) };

    /// <summary>The same for each engine that was named.</summary>
    public static IReadOnlyList<LabHome> WithEngines(this LabHome home, ParseResult parsed, Option<string[]> engines) =>
        parsed.GetValue(engines) is { Length: > 0 } words
        ? [.. words.Distinct().Select(word => home with { Engine = Parse(word) })] : [home];

    private static TensorEngine? Parse(string word) => EnumNames.Find<TensorEngine>(word);
}
