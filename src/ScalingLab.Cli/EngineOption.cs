using System.CommandLine;
using ScalingLab.Runs;

namespace ScalingLab.Cli;

/// <summary><c>--engine</c>: whose worker a command starts.</summary>
internal static class EngineOption
{
    private const string Auto = "auto";

    private static readonly string[] Words = [Auto, .. EnumWords.All<TensorEngine>()];

    public static Option<string> Create() => new Option<string>("--engine")
    {
        Description = "What trains and evaluates: torchsharp, fused, or auto, which takes fused where it has been built",
        DefaultValueFactory = _ => Auto,
    }.AcceptOnlyFromAmong(Words);

    /// <summary>The same where several are set beside each other.</summary>
    public static Option<string[]> CreateForSeveral() => new Option<string[]>("--engine")
    {
        Description = "torchsharp or fused; several are several cases; auto, which is fused where it has been built, unless given",
        AllowMultipleArgumentsPerToken = true,
    }.AcceptOnlyFromAmong(Words);

    /// <summary>This installation with the engine that was asked for.</summary>
    public static LabHome With(this LabHome home, ParseResult parsed, Option<string> engine) => home with { Engine = Of(parsed.GetValue(engine)!) };

    /// <summary>The same for each engine that was named.</summary>
    public static IReadOnlyList<LabHome> WithEach(this LabHome home, ParseResult parsed, Option<string[]> engines) =>
        parsed.GetValue(engines) is { Length: > 0 } words ? [.. words.Distinct().Select(word => home with { Engine = Of(word) })] : [home];

    private static TensorEngine? Of(string word) => EnumWords.Find<TensorEngine>(word);
}
