namespace ScalingLab.Data.Cleaning;

/// <summary>The beginning of a text in one line.</summary>
internal static class TextExcerpt
{
    /// <param name="text">The text.</param>
    /// <param name="most">UTF-16 units from which it is cut.</param>
    public static string Of(string text, int most)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        if (line.Length <= most) return line;
        return line[..(char.IsHighSurrogate(line[most - 1]) ? most - 1 : most)] + "…";
    }
}
