namespace ScalingLab.Evaluation.Metrics;

/// <summary>White space as Python's <c>str.split</c> has it, in which the reference definitions are written.</summary>
internal static class WhiteSpace
{
    public static bool Is(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    /// <summary>The words between white space.</summary>
    public static List<string> Split(string text)
    {
        var words = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            while (at < text.Length && Is(text[at])) at++;
            var start = at;
            while (at < text.Length && !Is(text[at])) at++;
            if (at > start) words.Add(text[start..at]);
        }
        return words;
    }
}
