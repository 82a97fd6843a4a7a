using ScottPlot;

namespace ScalingLab.Reporting.Drawing;

/// <summary>A line through fewer of its places, by Ramer 1972 and Douglas and Peucker 1973.</summary>
internal static class LineSimplifier
{
    /// <param name="path">Places from 0 to 1 along both axes.</param>
    /// <param name="tolerance">How far a place that is left out may lie from the line, pixels.</param>
    /// <param name="width">Of the panel, pixels.</param>
    /// <param name="height">Of the panel, pixels.</param>
    public static IEnumerable<Coordinates> Simplify(IReadOnlyList<Coordinates> path, double tolerance, double width,
        double height)
    {
        if (tolerance <= 0 || path.Count < 3) return path;
        var kept = new bool[path.Count];
        kept[0] = kept[^1] = true;
        var open = new Stack<(int First, int Last)>([(0, path.Count - 1)]);
        while (open.TryPop(out var part))
        {
            var (from, to) = (path[part.First], path[part.Last]);
            var (dx, dy) = ((to.X - from.X) * width, (to.Y - from.Y) * height);
            var length = Math.Max(Math.Sqrt((dx * dx) + (dy * dy)), 1e-9);
            var (farthest, most) = (-1, tolerance);
            for (var i = part.First + 1; i < part.Last; i++)
            {
                var off = Math.Abs((dx * (path[i].Y - from.Y) * height) - (dy * (path[i].X - from.X) * width)) / length;
                if (off > most) (farthest, most) = (i, off);
            }

            if (farthest < 0) continue;
            kept[farthest] = true;
            open.Push((part.First, farthest));
            open.Push((farthest, part.Last));
        }

        return path.Where((_, i) => kept[i]);
    }
}
