using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ScalingLab.Reporting.Drawing;

/// <summary>
/// What Skia wrote of a mark, in fewer bytes for a page that holds hundreds of them: lines as steps from place to
/// place, in tenths of a pixel, and what all dots of a mark have alike said once.
/// </summary>
internal static partial class CompactSvg
{
    /// <param name="group">The opening tag of the mark's group.</param>
    /// <param name="elements">What is in it.</param>
    public static string Compact(string group, string elements)
    {
        var compact = Opacity().Replace(elements, m => m.Groups[1].Value + Tenths(m.Groups[2].Value, 100) + "\"");
        compact = Line().Replace(compact, m => $" d=\"{Steps(m.Groups[1].Value)}\"");
        var dots = Dot().Matches(compact);
        if (dots.Count < 2 || dots.Select(Alike).Distinct().Count() > 1 || Dot().Replace(compact, "")
            .Trim().Length > 0) return group + compact;
        var circles = string.Concat(dots.Select(d =>
            $"<circle cx=\"{Tenths(d.Groups["x"].Value, 10)}\" cy=\"{Tenths(d.Groups["y"].Value, 10)}\" "
                + $"r=\"{d.Groups["r"].Value}\"/>"));
        return $"{group.TrimEnd('>')}{dots[0].Groups["style"].Value}>{circles}";
    }

    private static string Alike(Match dot) => dot.Groups["style"].Value + " " + dot.Groups["r"].Value;

    // "M82.1 53.27L122.39 90.55" is "M82.1 53.3l40.3 37.3": rounded where it stands, so that no error adds up.
    private static string Steps(string path)
    {
        var (steps, x, y) = (new StringBuilder(), 0L, 0L);
        foreach (Match place in Place().Matches(path))
        {
            var (toX, toY) = (InTenths(place.Groups[2].Value), InTenths(place.Groups[3].Value));
            var isStart = place.Groups[1].Value == "M";
            if (!isStart && (toX, toY) == (x, y)) continue;
            steps.Append(isStart ? 'M' : 'l').Append(Number(isStart ? toX : toX - x));
            var second = Number(isStart ? toY : toY - y);
            steps.Append(second[0] == '-' ? "" : " ").Append(second);
            (x, y) = (toX, toY);
        }

        return steps.ToString();
    }

    private static long InTenths(string number) =>
        (long)Math.Round(double.Parse(number, CultureInfo.InvariantCulture) * 10);

    private static string Number(long tenths) => (tenths / 10.0).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Tenths(string number, double parts) =>
        (Math.Round(double.Parse(number, CultureInfo.InvariantCulture) * parts) / parts).ToString("0.##",
            CultureInfo.InvariantCulture);

    [GeneratedRegex("((?:fill|stroke)-opacity=\")([0-9.]+)\"")]
    private static partial Regex Opacity();

    // Straight pieces alone: what is curved or closed stays as it is.
    [GeneratedRegex(" d=\"((?:[ML]-?[0-9.]+ -?[0-9.]+){3,})\"")]
    private static partial Regex Line();

    [GeneratedRegex("([ML])(-?[0-9.]+) (-?[0-9.]+)")]
    private static partial Regex Place();

    [GeneratedRegex("<ellipse(?<style>(?: (?:fill|fill-opacity)=\"[^\"]*\")*) cx=\"(?<x>[^\"]*)\" cy=\"(?<y>[^\"]*)\" "
        + "rx=\"(?<r>[^\"]*)\" ry=\"\\k<r>\"/>\\s*")]
    private static partial Regex Dot();
}
