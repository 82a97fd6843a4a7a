namespace ScalingLab.Lab.Formatting;

/// <summary>
/// How this program was called, for the commands that it proposes: they are to work from the folder where it was.
/// </summary>
public static class CommandName
{
    /// <summary>What the <c>lab</c> script says of itself: <c>./lab</c>, <c>../ScalingLab/lab</c>.</summary>
    public const string Variable = "SCALINGLAB_CALLED";

    /// <summary>The script as it was typed; <c>lab</c> where none was.</summary>
    public static string AsInvoked =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } typed ? ShellQuoting.Quote(typed) : "lab";
}

/// <summary>Words as a shell takes them.</summary>
public static class ShellQuoting
{
    private const string Plain = "_-./=:,@%+";

    /// <summary>The word, in quotes where a shell would change it.</summary>
    public static string Quote(string word) =>
        IsPlain(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>
    /// The same for a column or a condition in a sentence: in double quotes, as help and docs have them, where a shell
    /// reads them so.
    /// </summary>
    public static string QuoteForText(string word) =>
        IsPlain(word) && !word.Contains('=', StringComparison.Ordinal) ? word
        : word.IndexOfAny(['"', '$', '`', '\\', '!']) < 0 ? $"\"{word}\""
        : Quote(word);

    /// <summary>The words as one line.</summary>
    public static string Join(params IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static bool IsPlain(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal));
}
