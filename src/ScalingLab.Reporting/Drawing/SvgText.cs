using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace ScalingLab.Reporting.Drawing;

/// <summary>Skia's SVG, made fit to stand in another one and to be read by every browser.</summary>
internal static partial class SvgText
{
    /// <summary>What is drawn, as SVG elements.</summary>
    /// <param name="name">Before every id, so that an id is the only one of its page.</param>
    /// <param name="width">Of the whole picture, CSS pixels.</param>
    /// <param name="height">Of the whole picture, CSS pixels.</param>
    /// <param name="draw">Draws.</param>
    public static string Fragment(string name, float width, float height, Action<SKCanvas> draw)
    {
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(SKRect.Create(width, height), stream)) draw(canvas);
        return Mended(Encoding.UTF8.GetString(stream.ToArray()), name);
    }

    /// <summary>The elements of a document that Skia wrote.</summary>
    public static string Mended(string document, string name)
    {
        var text = Shell().Replace(document, "");
        // A list of coordinates ends in a comma, at which Firefox drops the whole list (ScottPlot issue 5246).
        text = TrailingComma().Replace(text, "\"");
        // Text stands between line breaks, which would be drawn as spaces.
        text = TextBreaks().Replace(text, ">$1</text>");
        text = Families().Replace(text, "");
        text = Coordinates().Replace(text, list => Decimals().Replace(list.Value, Rounded));
        return Ids().Replace(text, id => $"{id.Groups[1].Value}{name}{id.Groups[2].Value}");
    }

    // A fiftieth of a pixel cannot be seen, and a curve of a hundred points is half as long.
    private static string Rounded(Match number) =>
        double.Parse(number.Value, CultureInfo.InvariantCulture).ToString("0.##", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^.*?<svg[^>]*>\s*|\s*</svg>\s*$", RegexOptions.Singleline)]
    private static partial Regex Shell();

    [GeneratedRegex("(?<= [xy]=\"[^\"]*?),\\s*\"")]
    private static partial Regex TrailingComma();

    [GeneratedRegex(@">\s*([^<>\s][^<>]*?)\s*</text>")]
    private static partial Regex TextBreaks();

    [GeneratedRegex(" font-family=\"[^\"]*\"")]
    private static partial Regex Families();

    [GeneratedRegex("(?<= (?:d|x|y|cx|cy|r|rx|ry|width|height|transform|points|stroke-width)=\")[^\"]+")]
    private static partial Regex Coordinates();

    [GeneratedRegex(@"-?\d*\.\d{3,}(?:e-?\d+)?")]
    private static partial Regex Decimals();

    [GeneratedRegex("""(\bid="|url\(#|href="#)([^")]+)""")]
    private static partial Regex Ids();
}
