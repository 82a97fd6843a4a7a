using System.Text.RegularExpressions;

namespace ScalingLab.Data.Tokenizers;

/// <summary>
/// GPT-2's pre-splitting: no token crosses the border of a word (Radford et al. 2019, section 2.2). A word takes the
/// space before it along; contractions, letters, numbers and the rest are apart. .NET matches UTF-16 units, so letters
/// outside the basic plane count as "the rest"; pairs of surrogates are never cut.</summary>
internal static partial class PreTokenizer
{
    public static Regex.ValueMatchEnumerator Split(ReadOnlySpan<char> text) => Pattern().EnumerateMatches(text);

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
