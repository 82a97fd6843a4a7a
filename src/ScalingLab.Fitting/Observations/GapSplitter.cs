namespace ScalingLab.Fitting.Observations;

/// <summary>Rows divided at their widest gaps.</summary>
internal static class GapSplitter
{
    /// <summary>Ascending parts that span at most a factor each.</summary>
    public static IEnumerable<List<LossObservation>> Divide(List<LossObservation> ascending,
        Func<LossObservation, double> value, double factor)
    {
        if (ascending.Count == 0)
            yield break;
        // A tree of the gaps, the widest on top (Vuillemin 1980), divides fifty thousand rows at once, whichever gap is
        // the widest in turn.
        double[] values = [.. ascending.Select(value)];
        var (left, right, path) = (new int[values.Length], new int[values.Length], new Stack<int>());
        for (var gap = 1; gap < values.Length; gap++)
        {
            while (path.TryPeek(out var before) && Width(before) < Width(gap))
                left[gap] = path.Pop();
            if (path.TryPeek(out var above))
                right[above] = gap;
            path.Push(gap);
        }

        var rest = new Stack<(int From, int To, int Widest)>([(0, values.Length, path.LastOrDefault())]);
        while (rest.TryPop(out var part))
        {
            if (values[part.To - 1] <= values[part.From] * factor)
            {
                yield return ascending[part.From..part.To];
                continue;
            }

            rest.Push((part.Widest, part.To, right[part.Widest]));
            rest.Push((part.From, part.Widest, left[part.Widest]));
        }

        double Width(int gap) => values[gap] / values[gap - 1];
    }
}
