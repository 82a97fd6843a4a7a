namespace ScalingLab.Lab.Formatting;

/// <summary>What a console has room for of what a library said.</summary>
public static class Excerpt
{
    private const int Longest = 300; // characters: two lines of a terminal

    /// <summary>The first line that says something, cut where it is very long.</summary>
    public static string FirstLine(string text)
    {
        var line = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault() ?? "";
        return line.Length > Longest ? $"{line[..Longest]}..." : line;
    }

    /// <summary>The first line, and where all of it is.</summary>
    public static string WithLog(string text, string? log) =>
        log is null ? FirstLine(text) : $"{FirstLine(text)} (log: {log})";
}
