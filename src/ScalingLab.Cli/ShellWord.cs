using System.Text.RegularExpressions;

namespace ScalingLab.Cli;

/// <summary>A word of a command line as a shell must be given it.</summary>
internal static partial class ShellWord
{
    /// <summary>Bare where it needs no quotes, in double quotes where they do, else in single ones.</summary>
    public static string Of(string word)
    {
        if (Bare().IsMatch(word)) return word;
        return word.IndexOfAny(['"', '$', '`', '\\', '!']) < 0 ? $"\"{word}\"" : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }

    [GeneratedRegex(@"^[A-Za-z0-9_./:,+@%-]+$")]
    private static partial Regex Bare();
}
