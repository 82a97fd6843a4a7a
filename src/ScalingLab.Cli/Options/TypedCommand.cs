using System.CommandLine;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;
using ScalingLab.Store.Storage;

namespace ScalingLab.Cli.Options;

/// <summary>What was typed, as it may be said again: no password of a ledger is in it.</summary>
internal static class TypedCommand
{
    /// <summary>The command with all its words, as a shell takes them: "run grid.json --devices cuda:0".</summary>
    public static string From(ParseResult parsed) =>
        ShellQuoting.Join(parsed.Tokens.Select(token => WithoutPassword(token.Value)));

    /// <summary>The word without the password of a ledger; others as they are.</summary>
    public static string WithoutPassword(string word)
    {
        var value = word.IndexOf('=', StringComparison.Ordinal) is var at and > 0
            && word.StartsWith("--", StringComparison.Ordinal)
            ? word[(at + 1)..]
            : word;
        if (!LedgerLocation.IsPostgres(value)) return word;
        try
        {
            return word[..^value.Length] + LedgerLocation.Redacted(value);
        }
        catch (InputException)
        {
            return word[..^value.Length] + "(a ledger)";
        }
    }
}
