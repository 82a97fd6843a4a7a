using System.Globalization;
using System.Text.RegularExpressions;

namespace ScalingLab.Lab.Formatting;

/// <summary>Numbers as files have them.</summary>
internal static partial class NumberParser
{
    private const string Suffixes = "KMBT";

    /// <summary>A plain number: 1e9, 0.5, -3, nan, inf.</summary>
    public static bool TryParsePlain(string text, out double value)
    {
        var word = text.Trim();
        value = word.TrimStart('+', '-').ToUpperInvariant() is "INF" or "INFINITY" ? word[0] == '-'
            ? double.NegativeInfinity : double.PositiveInfinity : 0;
        return value != 0 || double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>
    /// A count as people write it: with K, M, B or G, T behind it (thousand to 10^12), or its thousands set apart by
    /// commas, underscores, apostrophes or blanks: 20.3M, 8.20 B, 20,320,763, 20_320_763.
    /// </summary>
    /// <param name="text">The field.</param>
    /// <param name="value">What it says.</param>
    /// <param name="sure">False where a comma may as well be a decimal one: 124,439.</param>
    public static bool TryParseCount(string text, out double value, out bool sure)
    {
        (value, sure) = (0, false);
        if (Count().Match(text.Trim()) is not { Success: true } match) return false;
        var separators = match.Groups["separator"].Captures.Count;
        sure = separators != 1 || match.Groups["separator"].Value != "," || match.Groups["fraction"].Length > 0;
        var digits = string.Concat(match.Groups["whole"].Value.Where(char.IsAsciiDigit))
            + match.Groups["fraction"].Value;
        var suffix = match.Groups["suffix"].Value.ToUpperInvariant().Replace('G', 'B');
        var power = suffix.Length == 0 ? 0 : 3 * (1 + Suffixes.IndexOf(suffix[0]));
        if (!double.TryParse($"{match.Groups["sign"].Value}{digits}e{power}", NumberStyles.Float,
            CultureInfo.InvariantCulture, out value)) return false;
        return suffix.Length > 0 || separators > 0;
    }

    // A first group of 0 would be a decimal comma.
    [GeneratedRegex(@"^(?<sign>[+-]?)(?<whole>[1-9][0-9]{0,2}(?<separator>[,_'’ \u00A0\u202F])[0-9]{3}(?:(?<separator>\k<separator>)[0-9]{3})*|[0-9]*)"
        + @"(?<fraction>\.[0-9]+)?\s*(?<suffix>[KkMmBbGgTt])?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Count();
}
