namespace ScalingLab.Data.Duplicates;

/// <summary>
/// A text as copies are compared: composed (Unicode NFC, UAX 15), in lower case letter by letter without regard to
/// language, each run of white space one blank, none at the ends, without byte order marks.
/// </summary>
public static class NormalizedText
{
    /// <summary>What is done, in a line, for reports.</summary>
    public const string Description = "Unicode NFC, lower case, runs of white space as one blank";

    /// <summary>The text so written.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    public static string From(string text)
    {
        var composed = UnicodeComposition.Compose(text);
        var (letters, length, isSpaced) = (new char[composed.Length], 0, false);
        foreach (var letter in composed)
        {
            if (IsSpace(letter))
            {
                isSpaced = length > 0;
                continue;
            }
            if (isSpaced) letters[length++] = ' ';
            isSpaced = false;
            letters[length++] = char.ToLowerInvariant(letter);
        }
        return new string(letters, 0, length);
    }

    private static bool IsSpace(char letter) =>
        letter <= ' ' ? char.IsWhiteSpace(letter)
        : letter >= '\u0085' && (char.IsWhiteSpace(letter) || letter == '\uFEFF');
}
