using System.Buffers.Binary;
using System.Text;

namespace ScalingLab.Reporting;

/// <summary>
/// Advance widths of DejaVu Sans, so that Vega lays text out as rsvg-convert will draw it. Reads the tables cmap (format 4) and hmtx of a
/// TrueType file (OpenType 1.9 specification).
/// </summary>
internal static class FontAdvances
{
    private const string Name = "DejaVuSans.ttf";
    private const int LastCodePoint = 0x2FFF;

    /// <summary>Widths in em by code point, from 32 to 0x2FFF; null where the font is not installed or is not such a file.</summary>
    public static IReadOnlyDictionary<int, double>? Installed()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] folders =
        [
            "/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu", "/usr/share/fonts/dejavu-sans-fonts", "/usr/share/fonts/TTF",
            "/usr/local/share/fonts", "/Library/Fonts", Path.Combine(home, ".local/share/fonts"), Path.Combine(home, ".fonts"),
        ];
        var file = folders.Select(f => Path.Combine(f, Name)).FirstOrDefault(File.Exists);
        return file is null ? null : Read(File.ReadAllBytes(file));
    }

    /// <summary>The widths in a font's bytes; null where they are no TrueType font with a format 4 table.</summary>
    public static IReadOnlyDictionary<int, double>? Read(byte[] font)
    {
        try
        {
            return new Font(font).Advances();
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed class Font(byte[] bytes)
    {
        public Dictionary<int, double> Advances()
        {
            var tables = Enumerable.Range(0, U16(4)).Select(i => 12 + (16 * i))
                .ToDictionary(o => Encoding.ASCII.GetString(bytes, o, 4), o => I32(o + 8));
            double unitsPerEm = U16(tables["head"] + 18);
            var (metrics, widths) = (U16(tables["hhea"] + 34), tables["hmtx"]);
            var map = tables["cmap"];
            var format4 = Enumerable.Range(0, U16(map + 2)).Select(i => map + I32(map + 8 + (8 * i))).First(o => U16(o) == 4);
            var advances = new Dictionary<int, double>();
            foreach (var (code, glyph) in Glyphs(format4))
                advances[code] = Math.Round(U16(widths + (4 * Math.Min(glyph, metrics - 1))) / unitsPerEm, 4);
            return advances;
        }

        private IEnumerable<(int Code, int Glyph)> Glyphs(int table)
        {
            var segments = U16(table + 6) / 2;
            for (var i = 0; i < segments; i++)
            {
                var (end, start) = (U16(table + 14 + (2 * i)), U16(table + 16 + (2 * segments) + (2 * i)));
                var delta = U16(table + 16 + (4 * segments) + (2 * i));
                var offsetAt = table + 16 + (6 * segments) + (2 * i);
                var offset = U16(offsetAt);
                for (var code = Math.Max(start, 32); code <= Math.Min(end, LastCodePoint); code++)
                {
                    var glyph = offset == 0 ? code : U16(offsetAt + offset + (2 * (code - start)));
                    yield return (code, offset != 0 && glyph == 0 ? 0 : (glyph + delta) & 0xFFFF);
                }
            }
        }

        private int U16(int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(offset));

        private int I32(int offset) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(offset));
    }
}
