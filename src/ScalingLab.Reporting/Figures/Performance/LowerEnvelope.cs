using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Figures.Performance;

/// <summary>The lower edge of many loss curves: the lowest training loss that any run had reached by then.</summary>
internal static class LowerEnvelope
{
    public const string Name = "Lowest of all runs so far";
    private const int Samples = 160;

    /// <summary>Points on either side of one that count towards its mean.</summary>
    public const int Side = 3;

    /// <summary>The line; none where no curve has two points.</summary>
    public static IEnumerable<Curve> Curves(IReadOnlyList<IReadOnlyList<CurvePoint>> runs)
    {
        var curves =
            runs.Select(run =>
                Smooth([.. run.Where(p => p.Train is not null)
                    .Select(p => new PlotPoint(Math.Log(p.X), p.Train!.Value))]))
            .Where(curve => curve.Count > 1).ToList();
        if (curves.Count == 0) yield break;
        var (low, high) = (curves.Min(c => c[0].X), curves.Max(c => c[^1].X));
        List<PlotPoint> edge = [];
        for (var i = 0; i <= Samples; i++)
        {
            var at = low + ((high - low) * i / Samples);
            var before = edge.Count > 0 ? edge[^1].Y : double.PositiveInfinity;
            var lowest = curves.Where(c => c[0].X <= at && at <= c[^1].X).Select(c => Between(c, at)).Append(before)
                .Min();
            if (double.IsFinite(lowest)) edge.Add(new PlotPoint(Math.Exp(at), lowest));
        }

        yield return new Curve(edge) { Width = 2.2, Series = [Name] };
    }

    // The lowest of hundreds of noisy losses is noise: each is the mean of the points about it, at the steep start as
    // many before as after.
    private static List<PlotPoint> Smooth(IReadOnlyList<PlotPoint> curve) => [.. curve.Select((at, i) =>
    {
        var (first, last) = (i - Math.Min(Side, i), Math.Min(i + Math.Min(Side, i), curve.Count - 1));
        return at with { Y = Enumerable.Range(first, last - first + 1).Average(j => curve[j].Y) };
    })];

    private static double Between(List<PlotPoint> curve, double at)
    {
        var (first, last) = (0, curve.Count - 1);
        while (last - first > 1)
        {
            var middle = (first + last) / 2;
            if (curve[middle].X <= at) first = middle;
            else last = middle;
        }

        var (from, to) = (curve[first], curve[last]);
        return to.X > from.X ? from.Y + ((at - from.X) / (to.X - from.X) * (to.Y - from.Y)) : from.Y;
    }
}
