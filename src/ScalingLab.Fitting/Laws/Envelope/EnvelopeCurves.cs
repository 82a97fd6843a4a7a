using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Laws.Envelope;

/// <summary>Curves of loss over compute, seen at bins of compute.</summary>
internal sealed class EnvelopeCurves
{
    // A curve is in a draw of as many with replacement with a probability of 0.63. That none of so many is happens once
    // in 10^27 draws.
    private const int Kept = 64;

    /// <summary>An exponent takes as many different winning sizes.</summary>
    public const int LeastSizes = 3;

    private readonly List<EnvelopeCurve> _curves;
    private readonly List<Bin> _bins = [];
    private readonly double[] _logSizes;

    private EnvelopeCurves(List<EnvelopeCurve> curves, string kind, int bins)
    {
        _curves = curves;
        Kind = kind;
        var (low, high) = (curves.Min(curve => curve.First), curves.Max(curve => curve.Last));
        int[] bySize = [.. Enumerable.Range(0, curves.Count).OrderBy(curve => curves[curve].Size)];
        List<EnvelopePoint> envelope = [];
        for (var index = 0; index < bins; index++)
        {
            var bin = low + ((high - low) * (index + 0.5) / bins);
            int[] seen = [.. bySize.Where(curve => curves[curve].IsSeen(bin))];
            if (seen.Length == 0)
                continue;
            int[] lowest =
                [.. seen.Select(curve => (Curve: curve, Loss: curves[curve].Loss(bin))).OrderBy(one => one.Loss)
                    .ThenBy(one => one.Curve)
                .Take(Kept).Select(one => one.Curve)];
            int[] largest = [.. seen[Math.Max(0, seen.Length - Kept)..].Reverse()];
            _bins.Add(new Bin(Math.Log(Math.Exp(bin)), lowest, seen[..Math.Min(Kept, seen.Length)], largest)
            {
                LogTokens = [.. lowest.Select(curve => Math.Log(curves[curve].Tokens(bin)))],
            });
            if (seen.Select(curve => curves[curve].Size).Distinct().Take(3).Count() == 3)
                envelope.Add(Point(bin, lowest[0], curves[seen[0]].Size, curves[seen[^1]].Size));
        }

        Envelope = envelope;
        _logSizes = [.. curves.Select(curve => Math.Log(curve.Size))];
    }

    /// <summary>The lowest curve at each bin where at least three sizes are seen.</summary>
    public IReadOnlyList<EnvelopePoint> Envelope { get; }

    /// <summary>"training-curves" or "final-losses".</summary>
    public string Kind { get; }

    public int Count => _curves.Count;

    public int Points => _curves.Sum(curve => curve.Points);

    /// <summary>
    /// The points of one run (one label, seed and size) make a curve over compute. Where runs have one point each, or
    /// the caller says so, those of one size do: an envelope of final losses. Null where no curve has two points.
    /// </summary>
    public static EnvelopeCurves? From(IReadOnlyList<LossObservation> points, int bins, bool finalLosses)
    {
        var runs = Curves(points.GroupBy(one => (one.Label, one.Seed, one.Parameters)));
        // A sweep of final losses may still have a run or two with a second point, such as a resumed one.
        finalLosses |= points.All(one => one.Label is null) || runs.Sum(run => run.Points) <= 0.5 * points.Count;
        if (finalLosses)
            runs = Curves(KaplanRows.Groups(points, one => one.Parameters, 1.001).Select(size => Means(size)));
        return runs.Count == 0 ? null
            : new EnvelopeCurves(runs, finalLosses ? "final-losses" : "training-curves", bins);
    }

    /// <summary>
    /// Power laws through sizes and tokens of the lowest of the chosen curves at each bin where both smaller and larger
    /// sizes are chosen. Null where fewer than three sizes win.
    /// </summary>
    public (PowerLaw Sizes, PowerLaw Lengths)? Laws(bool[] chosen)
    {
        var (flops, sizes, tokens, count) =
            (new double[_bins.Count], new double[_bins.Count], new double[_bins.Count], 0);
        var winners = new HashSet<double>();
        foreach (var bin in _bins)
        {
            var (winner, small, large) = (First(bin.Lowest), First(bin.Smallest), First(bin.Largest));
            if (winner < 0 || small < 0 || large < 0)
                continue;
            var curve = bin.Lowest[winner];
            var size = _curves[curve].Size;
            if (size <= _curves[bin.Smallest[small]].Size || size >= _curves[bin.Largest[large]].Size)
                continue;
            (flops[count], sizes[count], tokens[count]) = (bin.LogFlops, _logSizes[curve], bin.LogTokens[winner]);
            count++;
            winners.Add(size);
        }

        return winners.Count >= LeastSizes
            && PowerLaw.ThroughLogarithms(flops.AsSpan(0, count), sizes.AsSpan(0, count)) is { } ofSizes
            && PowerLaw.ThroughLogarithms(flops.AsSpan(0, count), tokens.AsSpan(0, count)) is { } ofTokens
                ? (ofSizes, ofTokens)
                : null;

        int First(int[] curves)
        {
            for (var place = 0; place < curves.Length; place++)
            {
                if (chosen[curves[place]])
                    return place;
            }

            return -1;
        }
    }

    private EnvelopePoint Point(double bin, int winner, double smallest, double largest)
    {
        var curve = _curves[winner];
        return new EnvelopePoint(Math.Exp(bin), curve.Size, curve.Tokens(bin), curve.Loss(bin), curve.Size <= smallest
            || curve.Size >= largest);
    }

    private static List<EnvelopeCurve> Curves(IEnumerable<IEnumerable<LossObservation>> groups) =>
        [.. groups.Select(group => group.OrderBy(one => one.Flops).ToList())
            .Where(curve => curve.Count > 1 && curve[^1].Flops > curve[0].Flops)
            .Select(curve => new EnvelopeCurve(curve))];

    // Replicates of one length are one point, their mean.
    private static IEnumerable<LossObservation> Means(IReadOnlyList<LossObservation> size) =>
        size.GroupBy(one => one.Tokens).Select(cell => cell.First() with { Loss = cell.Average(one => one.Loss) });

    /// <summary>What a draw asks at an amount of compute: LogTokens is of each of the lowest curves.</summary>
    private sealed record Bin(double LogFlops, int[] Lowest, int[] Smallest, int[] Largest)
    {
        public required double[] LogTokens { get; init; }
    }
}
