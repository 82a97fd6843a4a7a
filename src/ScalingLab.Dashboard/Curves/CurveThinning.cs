namespace ScalingLab.Dashboard.Curves;

/// <summary>A point of a curve as a page draws it; NaN where a number is missing.</summary>
internal readonly record struct PlotPoint(long Step, long Tokens, double Seconds, double LossTrain,
    double LossValidation);

/// <summary>Curves with fewer points that look the same.</summary>
internal static class CurveThinning
{
    /// <summary>Fewest points that a curve can be thinned to.</summary>
    public const int MinPoints = 8;

    private const int MaxPointsInAll = 200_000; // of all curves together: some 12 MB of text
    private const int MinPointsPerRun = 20;
    private const int MaxPointsOfOneRun = 1000;

    /// <summary>Most points of each run of a sweep with so many runs.</summary>
    public static int MaxPointsPerRun(int runs) =>
        Math.Clamp(MaxPointsInAll / Math.Max(1, runs), MinPointsPerRun, MaxPointsOfOneRun);

    /// <summary>
    /// At most so many of the points, by step. The ends stay, and of each stretch of the curve the least and the
    /// greatest training and validation
    /// loss, so that no spike goes and no line changes its shape by more than a pixel where there are fewer pixels than
    /// points.
    /// </summary>
    /// <param name="dots">By step.</param>
    /// <param name="most">At least <see cref="MinPoints"/>.</param>
    public static List<PlotPoint> Thin(IReadOnlyList<PlotPoint> dots, int most)
    {
        if (dots.Count <= most) return [.. dots];
        var kept = new SortedSet<int> { 0, dots.Count - 1 };

        // Validation losses are few: what they leave of the room is for training losses.
        kept.UnionWith(Extremes(dots, dot => dot.LossValidation, (most / 2) - 1));
        kept.UnionWith(Extremes(dots, dot => dot.LossTrain, most - kept.Count));
        return [.. kept.Select(at => dots[at])];
    }

    private static IEnumerable<int> Extremes(IReadOnlyList<PlotPoint> dots, Func<PlotPoint, double> value, int most)
    {
        var there = Enumerable.Range(0, dots.Count).Where(at => double.IsFinite(value(dots[at]))).ToList();
        if (there.Count <= most) return there;
        var stretches = most / 2;
        return Enumerable.Range(0, stretches)
            .Select(s => there[(int)((long)s * there.Count / stretches)
                ..(int)((long)(s + 1) * there.Count / stretches)])
            .SelectMany(stretch =>
                new[] { stretch.MinBy(at => value(dots[at])), stretch.MaxBy(at => value(dots[at])) });
    }
}
