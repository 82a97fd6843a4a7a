namespace ScalingLab.Fitting.Outliers;

/// <summary>
/// The lowest ceiling that any other run sets: a k-d tree over ln N and ln D (Bentley 1975) passes over all runs of a
/// part at once where not even the best place in it, with the lowest loss in it, would set a lower one.
/// </summary>
internal sealed class CeilingTree
{
    private const int LeafRuns = 16;

    private readonly double[] _n;
    private readonly double[] _d;
    private readonly double[] _levels;
    private readonly int[] _runs;
    private readonly List<TreeNode> _nodes = [];

    /// <param name="n">[runs], ln N.</param>
    /// <param name="d">[runs], ln D.</param>
    /// <param name="levels">[runs], ln loss that a run says its place gives.</param>
    public CeilingTree(double[] n, double[] d, double[] levels)
    {
        (_n, _d, _levels) = (n, d, levels);
        _runs = [.. Enumerable.Range(0, n.Length)];
        Divide(0, n.Length);
    }

    /// <summary>
    /// Of all other runs the one that sets the lowest ceiling (ln loss), of several the first; -1 where there is no
    /// other.
    /// </summary>
    public (double Ceiling, int Neighbour) Lowest(int run)
    {
        var best = (Ceiling: double.PositiveInfinity, Neighbour: -1);
        if (_nodes.Count > 0)
            Search(0, run, ref best);
        return best;
    }

    private static double Ceiling(double level, double n, double d, double ofN, double ofD) =>
        level + (LossCeiling.SteepestExponent * (Math.Max(0, n - ofN) + Math.Max(0, d - ofD)));

    private void Search(int number, int run, ref (double Ceiling, int Neighbour) best)
    {
        var part = _nodes[number];
        if (part.Right == 0)
        {
            for (var place = part.From; place < part.To; place++)
            {
                var other = _runs[place];
                var ceiling = other == run ? double.PositiveInfinity
                    : Ceiling(_levels[other], _n[other], _d[other], _n[run], _d[run]);
                if (ceiling < best.Ceiling || (ceiling == best.Ceiling && other < best.Neighbour))
                    best = (ceiling, other);
            }

            return;
        }

        var (left, right) = (Bound(number + 1, run), Bound(part.Right, run));
        var (first, second) = left <= right ? (number + 1, part.Right) : (part.Right, number + 1);
        foreach (var (child, bound)
            in ((int, double)[])[(first, Math.Min(left, right)), (second, Math.Max(left, right))])
        {
            // The sums of a bound round as those of a run do, so that none below it is passed over.
            if (bound < best.Ceiling || (bound == best.Ceiling && _nodes[child].FirstRun < best.Neighbour))
                Search(child, run, ref best);
        }
    }

    private double Bound(int number, int run)
    {
        var part = _nodes[number];
        return Ceiling(part.Level, part.N, part.D, _n[run], _d[run]);
    }

    // Halves along the wider side, the left one's number is one more than its whole's.
    private void Divide(int from, int to)
    {
        if (to == from)
            return;
        var runs = _runs.AsSpan(from, to - from);
        double lowN = double.PositiveInfinity, highN = double.NegativeInfinity, lowD = lowN, highD = highN,
            level = lowN;
        var first = int.MaxValue;
        foreach (var run in runs)
        {
            (lowN, highN) = (Math.Min(lowN, _n[run]), Math.Max(highN, _n[run]));
            (lowD, highD) = (Math.Min(lowD, _d[run]), Math.Max(highD, _d[run]));
            (level, first) = (Math.Min(level, _levels[run]), Math.Min(first, run));
        }

        var number = _nodes.Count;
        _nodes.Add(new TreeNode(from, to, lowN, lowD, level, first, 0));
        if (runs.Length <= LeafRuns)
            return;
        var along = highN - lowN > highD - lowD ? _n : _d;
        runs.Sort((one, other) => along[one].CompareTo(along[other]) is var order and not 0 ? order
            : one.CompareTo(other));
        var middle = from + (runs.Length / 2);
        Divide(from, middle);
        _nodes[number] = _nodes[number] with { Right = _nodes.Count };
        Divide(middle, to);
    }

    // N and D are the smallest in it, where ceilings are lowest; Right is 0 where it is not divided.
    private readonly record struct TreeNode(int From, int To, double N, double D, double Level, int FirstRun,
        int Right);
}
