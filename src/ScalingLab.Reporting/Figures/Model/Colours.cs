using System.Globalization;

namespace ScalingLab.Reporting;

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
    public static readonly IReadOnlyList<string> Palette = [Blue, Vermilion, "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

    // Viridis (van der Walt and Smith 2015) at tenths.
    private static readonly (int Red, int Green, int Blue)[] Stops =
    [
        (0x44, 0x01, 0x54), (0x48, 0x24, 0x75), (0x41, 0x44, 0x87), (0x35, 0x5f, 0x8d), (0x2a, 0x78, 0x8e), (0x21, 0x91, 0x8c),
        (0x22, 0xa8, 0x84), (0x44, 0xbf, 0x70), (0x7a, 0xd1, 0x51), (0xbd, 0xdf, 0x26), (0xfd, 0xe7, 0x25),
    ];

    // The yellow beyond light green is too faint on white.
    private const double First = 0.02;
    private const double Last = 0.86;

    /// <summary>The colour of one of several in an order: viridis evenly from its dark end to light green.</summary>
    public static string Ordered(int index, int count) => count < 2 ? Viridis(0.3) : Along((double)index / (count - 1));

    /// <summary>The colour at a share, 0 to 1, of what is shown of viridis.</summary>
    public static string Along(double share) => Viridis(First + ((Last - First) * Math.Clamp(share, 0, 1)));

    private static string Viridis(double at)
    {
        var place = at * (Stops.Length - 1);
        var below = Math.Min((int)place, Stops.Length - 2);
        var (low, high, part) = (Stops[below], Stops[below + 1], place - below);
        int Mix(int a, int b) => (int)Math.Round(a + (part * (b - a)));
        return string.Create(CultureInfo.InvariantCulture, $"#{Mix(low.Red, high.Red):x2}{Mix(low.Green, high.Green):x2}{Mix(low.Blue, high.Blue):x2}");
    }
}
