using System.CommandLine;
using ScalingLab.Cli.Options;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Maintenance;

/// <summary>What <c>lab fuzz</c> was asked for.</summary>
/// <param name="Formats">Names of formats.</param>
/// <param name="Cases">Inputs of each; null: until the time is over.</param>
/// <param name="Time">For each; null: until there are enough.</param>
/// <param name="Case">One case alone: its number, or a file that was kept.</param>
/// <param name="Keep">Folder for inputs that found something; null: in the state folder.</param>
internal sealed record FuzzOptions(IReadOnlyList<string> Formats, int Seed, int? Cases, TimeSpan? Time, string? Case,
    string? Keep);

/// <summary>
/// <c>lab fuzz [FORMAT...]</c>: damaged inputs for every reader of the product. The work is done by a tool of the
/// tests, which the <c>lab</c> script builds and starts; here are the words of its command line, and its place in the
/// list of commands.
/// </summary>
internal static class FuzzCommand
{
    public static readonly string[] Formats =
        ["grid", "table", "message", "checkpoint", "shard", "tokenizer", "model", "corpus", "task", "request"];

    private const double FewMinutes = 1;

    /// <summary>The command as this program has it: it cannot do it.</summary>
    public static Command Create() =>
        Create(_ => throw new InputException("fuzz", "is the work of the repository's script: ./lab fuzz"));

    /// <param name="run">Does it: the exit code.</param>
    public static Command Create(Func<FuzzOptions, int> run)
    {
        var formats = new Argument<string[]>("FORMAT")
        {
            Description = $"{string.Join(", ", Formats)}; all unless given", Arity = ArgumentArity.ZeroOrMore,
        };
        formats.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => !Formats.Contains(t.Value)))
                result.AddError($"FORMAT is '{token.Value}'; one of {string.Join(", ", Formats)} is expected");
        });
        var seed =
            new Option<int>("--seed")
            { Description = "Of the inputs: the same seed makes the same; 1 unless given",
                DefaultValueFactory = _ => 1 };
        var cases = RunOptions.PositiveInteger("--cases", "Inputs of each format, in place of a time");
        var minutes =
            new Option<double?>("--minutes")
            { Description = $"For each format; {FewMinutes} unless given, or --cases" };
        var one =
            new Option<string?>("--case")
            { Description = "One case again: its number under that seed, or a file that was kept" };
        var keep =
            new Option<string?>("--keep")
            { Description = "Folder for inputs that found something; fuzz in the state folder unless given" };
        var command =
            new Command("fuzz", "Read damaged and lying inputs of each format, and keep those that are not refused as "
                + "they should be")
        {
            formats, seed, cases, minutes, one, keep,
        };
        command.SetAction(parsed => run(new FuzzOptions(
            parsed.GetValue(formats) is { Length: > 0 } some ? some : Formats, parsed.GetValue(seed),
            parsed.GetValue(cases),
            Time(parsed.GetValue(minutes), parsed.GetValue(cases)), parsed.GetValue(one), parsed.GetValue(keep))));
        return command;
    }

    private static TimeSpan? Time(double? minutes, int? cases) =>
        minutes is null ? (cases is null ? TimeSpan.FromMinutes(FewMinutes) : null)
        : minutes is > 0 and <= 10_000 ? TimeSpan.FromMinutes(minutes.Value)
        : throw new InputException("--minutes", $"is {FormattableString.Invariant($"{minutes}")}; a number above 0 and "
            + "up to 10000 is expected");
}
