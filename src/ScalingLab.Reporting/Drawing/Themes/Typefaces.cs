using System.Globalization;
using System.Text;
using ScottPlot;
using SkiaSharp;

namespace ScalingLab.Reporting.Drawing.Themes;

/// <summary>
/// The letters of every figure, which come with the program: a native library without dependencies sees none of the
/// system's, and every machine draws the same bytes. They are DejaVu Sans cut down to Latin, Greek, Cyrillic and
/// mathematics, because a PDF takes the whole font in (SkiaSharp issue 848).
/// </summary>
internal static class Typefaces
{
    /// <summary>What stands for a letter that the font does not have.</summary>
    private const char Unknown = '□';

    private static readonly Lazy<SKTypeface> RegularFace = new(() => Load("DejaVuSans.ttf"));
    private static readonly Lazy<SKTypeface> BoldFace = new(() => Load("DejaVuSans-Bold.ttf"));

    static Typefaces()
    {
        Fonts.FontResolvers.Clear();
        Fonts.FontResolvers.Add(new Resolver());
        Fonts.Default = Name;
    }

    public static string Name => "DejaVu Sans";

    public static SKTypeface Regular => RegularFace.Value;

    public static SKTypeface Bold => BoldFace.Value;

    /// <summary>A font of this size, laid out the same at every zoom.</summary>
    public static SKFont Font(float size, bool isBold = false) =>
        new(isBold ? Bold : Regular, size) { Subpixel = true, Hinting = SKFontHinting.None, LinearMetrics = true };

    /// <summary>
    /// The text with a box for every letter that the font does not have, on one line, with single spaces: an SVG's
    /// reader takes several for one, and the letters after them would stand in the places of those before.
    /// </summary>
    public static string Readable(string text)
    {
        var readable = new StringBuilder(text.Length);
        foreach (var letter in text.EnumerateRunes())
        {
            // Signs that steer how text is laid out have nothing to show, and could turn the letters after them round.
            if (Rune.GetUnicodeCategory(letter) == UnicodeCategory.Format) continue;
            if (Rune.IsWhiteSpace(letter)) readable.Append(readable.Length > 0 && readable[^1] != ' ' ? " " : "");
            else if (Rune.IsControl(letter) || !Regular.ContainsGlyph(letter.Value)) readable.Append(Unknown);
            else readable.Append(letter.ToString());
        }

        return readable.ToString().TrimEnd();
    }

    /// <summary>The text, its end cut off where it is wider than so many pixels.</summary>
    public static string Fitting(string text, SKFont font, float width)
    {
        var readable = Readable(text);
        if (font.MeasureText(readable) <= width) return readable;
        while (readable.Length > 1 && font.MeasureText(readable + "…") > width) readable = readable[..^1];
        return readable.TrimEnd() + "…";
    }

    /// <summary>
    /// The text in lines of at most so many pixels, broken between words, and within a word that is wider than a line.
    /// </summary>
    public static IReadOnlyList<string> Lines(string text, SKFont font, float width)
    {
        var lines = new List<string>();
        foreach (var word in Readable(text).Split(' '))
        {
            if (lines.Count > 0 && font.MeasureText($"{lines[^1]} {word}") <= width)
            {
                lines[^1] += $" {word}";
                continue;
            }

            var rest = word;
            while (rest.Length > 1 && font.MeasureText(rest) > width)
            {
                var head = Math.Max(1, (int)font.BreakText(rest, width));
                if (char.IsHighSurrogate(rest[head - 1])) head++;
                lines.Add(rest[..head]);
                rest = rest[head..];
            }

            if (rest.Length > 0) lines.Add(rest);
        }

        return lines;
    }

    private static SKTypeface Load(string file)
    {
        using var stream = typeof(Typefaces).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not in the program");
        return SKTypeface.FromStream(stream);
    }

    private sealed class Resolver : IFontResolver
    {
        public SKTypeface CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
            weight >= FontWeight.SemiBold ? Bold : Regular;

        public SKTypeface CreateTypeface(string fontName, bool bold, bool italic) => bold ? Bold : Regular;
    }
}
