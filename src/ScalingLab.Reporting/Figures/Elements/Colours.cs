using System.Globalization;

namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>The colours of figures, as #rrggbb.</summary>
internal static class Colours
{
    public const string Ink = "#222222";
    public const string Grey = "#777777";
    public const string White = "#ffffff";

    // Okabe and Ito's palette (2008): told apart with any colour vision.
    public const string Blue = "#0072b2";
    public const string Vermilion = "#d55e00";
    public const string Yellow = "#f0e442";

    /// <summary>Okabe and Ito's colours that are plain on white, from the most to the least.</summary>
    public static readonly IReadOnlyList<string> Palette =
        [Blue, Vermilion, "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

    // Viridis (van der Walt and Smith 2015) at tenths.
    private static readonly (int Red, int Green, int Blue)[] Stops =
    [
        (0x44, 0x01, 0x54), (0x48, 0x24, 0x75), (0x41, 0x44, 0x87), (0x35, 0x5f, 0x8d), (0x2a, 0x78, 0x8e),
            (0x21, 0x91, 0x8c),
        (0x22, 0xa8, 0x84), (0x44, 0xbf, 0x70), (0x7a, 0xd1, 0x51), (0xbd, 0xdf, 0x26), (0xfd, 0xe7, 0x25),
    ];

    // The yellow beyond light green is too faint on white.
    private const double First = 0.02;
    private const double Last = 0.86;

    /// <summary>
    /// The colour of a law beside others: one's own, the first, is ink; more than the palette has share its colours.
    /// </summary>
    public static string OfLaw(int law) => law == 0 ? Ink : Palette[(law - 1) % Palette.Count];

    /// <summary>The colour of one of several in an order: viridis evenly from its dark end to light green.</summary>
    public static string Ordered(int index, int count) => count < 2 ? Viridis(0.3) : Along((double)index / (count - 1));

    /// <summary>The colour at a share, 0 to 1, of what is shown of viridis.</summary>
    public static string Along(double share) => Viridis(First + ((Last - First) * Math.Clamp(share, 0, 1)));

    /// <summary>The colour with so much white in it, 0 to 1.</summary>
    public static string Lighter(string colour, double white)
    {
        var parts = Parts(colour).Select(part => (int)Math.Round(part + (white * (255 - part)))).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"#{parts[0]:x2}{parts[1]:x2}{parts[2]:x2}");
    }

    /// <summary>The ratio of two colours' luminances by WCAG 2.2: 1, the same, to 21, black on white.</summary>
    public static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string colour)
    {
        var light = Parts(colour).Select(part => part / 255.0)
            .Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4)).ToList();
        return (0.2126 * light[0]) + (0.7152 * light[1]) + (0.0722 * light[2]);
    }

    private static IEnumerable<int> Parts(string colour) =>
        ((int[])[1, 3, 5]).Select(at =>
            int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static string Viridis(double at)
    {
        var place = at * (Stops.Length - 1);
        var below = Math.Min((int)place, Stops.Length - 2);
        var (low, high, part) = (Stops[below], Stops[below + 1], place - below);
        int Mix(int a, int b) => (int)Math.Round(a + (part * (b - a)));
        return string.Create(CultureInfo.InvariantCulture,
            $"#{Mix(low.Red, high.Red):x2}{Mix(low.Green, high.Green):x2}{Mix(low.Blue, high.Blue):x2}");
    }
}
