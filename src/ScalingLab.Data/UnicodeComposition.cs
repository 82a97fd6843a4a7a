using ADRaffy.ENSNormalize;

namespace ScalingLab.Data;

/// <summary>
/// Unicode's composed form, NFC (UAX 15): a letter and its marks as one code point where there is one.
/// </summary>
internal static class UnicodeComposition
{
    /// <summary>The text composed; itself where it is so already.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    public static string Compose(string text) =>
        // The framework composes nothing where globalization is invariant, as it is here.
        NeedsNothing(text) ? text : ENSNormalize.NF.NFC(text);

    /// <summary>
    /// True where every letter lies below the first combining mark, or among the dashes and quotes of General
    /// Punctuation: nothing there is composed, and most text of Latin letters has nothing else.
    /// </summary>
    public static bool NeedsNothing(ReadOnlySpan<char> text)
    {
        foreach (var letter in text)
        {
            if (letter >= '\u0300' && letter is < '\u2002' or > '\u206F') return false;
        }
        return true;
    }
}
