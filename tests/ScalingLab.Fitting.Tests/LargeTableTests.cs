using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outliers;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Tests;

/// <summary>What goes over many rows at once says what the plain way says.</summary>
public sealed class LargeTableTests
{
    [Theory]
    [InlineData(1e-3, true, true)]
    [InlineData(1e-3, true, false)]
    [InlineData(0.02, false, true)]
    [InlineData(double.PositiveInfinity, true, false)]
    [InlineData(double.PositiveInfinity, false, true)]
    public void Four_rows_at_a_time_sum_to_what_rows_one_by_one_do(double delta, bool isLog, bool isWeighted)
    {
        var random = new SplitMix64(3, 1);
        var terms = new ThreeTerms(0.5, -0.7, 0.34, -1.1, 0.29);
        foreach (var rows in new[] { 1, 3, 4, 5, 239 })
        {
            double[] x = new double[rows], y = new double[rows], target = new double[rows], weight = new double[rows];
            for (var row = 0; row < rows; row++)
            {
                (x[row], y[row], weight[row]) =
                    (3 * random.NextNormal(), 3 * random.NextNormal(), isWeighted ? random.NextIndex(3) : 1);
                var loss = Loss(terms, x[row], y[row]) * Math.Exp(0.01 * random.NextNormal());
                target[row] = isLog ? Math.Log(loss) : loss;
            }

            var sums = new double[ThreeTermCost.Count];
            ThreeTermCost.Sum(terms, new ThreeTermRows(x, y, target, isWeighted ? weight : []), delta, isLog, sums);
            var (plain, sizes) = Plain(terms, x, y, target, weight, delta, isLog);
            for (var sum = 0; sum < sums.Length; sum++)
                Assert.Equal(plain[sum], sums[sum], 1e-13 * sizes[sum]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    [InlineData(700)]
    public void The_tree_finds_the_ceiling_that_a_look_at_every_pair_finds(int runs)
    {
        var random = new SplitMix64(runs, 2);
        // Places and losses that often coincide, and some that failed.
        double[] n = new double[runs], d = new double[runs], levels = new double[runs];
        for (var run = 0; run < runs; run++)
        {
            (n[run], d[run]) = (random.NextIndex(9), 0.5 * random.NextIndex(20));
            levels[run] = 2 - (0.05 * n[run]) - (0.04 * d[run])
                + (random.NextIndex(10) == 0 ? 1 : 0.01 * random.NextIndex(3));
        }

        var tree = new CeilingTree(n, d, levels);
        for (var run = 0; run < runs; run++)
            Assert.Equal(LowestOfPairs(n, d, levels, run), tree.Lowest(run));
    }

    [Fact]
    public void Rows_are_divided_at_their_widest_gaps_in_turn()
    {
        var random = new SplitMix64(11, 0);
        List<LossObservation> rows =
            [.. Enumerable.Range(0, 400)
                .Select(_ => new LossObservation(Math.Exp(0.02 * random.NextIndex(400)), 1, 1, 1))
            .OrderBy(one => one.Parameters)];
        var parts = GapSplitter.Divide(rows, one => one.Parameters, 1.1).Select(part => part.Count).ToList();
        Assert.True(parts.Count > 20);
        Assert.Equal(InTurn(rows, 1.1).Select(part => part.Count), parts);
    }

    private static IEnumerable<List<LossObservation>> InTurn(List<LossObservation> rows, double factor)
    {
        if (rows[^1].Parameters <= rows[0].Parameters * factor)
            return [rows];
        var gap = Enumerable.Range(1, rows.Count - 1)
            .MaxBy(index => rows[index].Parameters / rows[index - 1].Parameters);
        return InTurn(rows[..gap], factor).Concat(InTurn(rows[gap..], factor));
    }

    private static (double, int) LowestOfPairs(double[] n, double[] d, double[] levels, int run)
    {
        var best = (double.PositiveInfinity, -1);
        for (var other = 0; other < n.Length; other++)
        {
            var ceiling = levels[other]
                + (LossCeiling.SteepestExponent * (Math.Max(0, n[other] - n[run]) + Math.Max(0, d[other] - d[run])));
            if (other != run && ceiling < best.Item1)
                best = (ceiling, other);
        }

        return best;
    }

    private static double Loss(ThreeTerms terms, double x, double y) =>
        Math.Exp(terms.Floor) + Math.Exp(terms.First - (terms.FirstSlope * x))
        + Math.Exp(terms.Second - (terms.SecondSlope * y));

    // The sums, and those of the sizes of what is summed: what rounding is to be measured by.
    private static (double[] Sums, double[] Sizes) Plain(
        ThreeTerms terms, double[] x, double[] y, double[] target, double[] weight, double delta, bool isLog)
    {
        double[] sums = new double[ThreeTermCost.Count], sizes = new double[ThreeTermCost.Count];
        for (var row = 0; row < x.Length; row++)
        {
            var loss = Loss(terms, x[row], y[row]);
            double[] g =
            [
                Math.Exp(terms.Floor), Math.Exp(terms.First - (terms.FirstSlope * x[row])),
                    Math.Exp(terms.Second - (terms.SecondSlope * y[row])),
            ];
            if (isLog)
                g = [.. g.Select(one => one / loss)];
            var residual = (isLog ? Math.Log(loss) : loss) - target[row];
            var size = Math.Abs(residual);
            var inside = size <= delta;
            var slope = weight[row] * (inside ? residual : Math.CopySign(delta, residual));
            var outer = (inside ? weight[row] : 0) - (isLog ? slope : 0);
            double K(double product, int one, int other) =>
                (product * g[one] * g[other]) + (one == other && product == outer ? slope * g[one] : 0);
            double[] Moments(Func<int, int, double> k) =>
            [
                k(0, 0), k(0, 1), k(0, 2), k(1, 1), k(1, 2), k(2, 2), x[row] * k(0, 1), y[row] * k(0, 2),
                    x[row] * k(1, 1), x[row] * k(1, 2),
                y[row] * k(1, 2), y[row] * k(2, 2), x[row] * x[row] * k(1, 1), x[row] * y[row] * k(1, 2),
                    y[row] * y[row] * k(2, 2),
            ];
            var reweighted = inside ? weight[row] : weight[row] * delta / size;
            double[] all =
            [
                weight[row] * (inside ? residual * residual / 2 : delta * (size - (delta / 2))), weight[row],
                slope * g[0], slope * g[1], slope * g[2], slope * x[row] * g[1], slope * y[row] * g[2],
                .. Moments((one, other) => K(outer, one, other)),
                .. Moments((one, other) => reweighted * g[one] * g[other]),
            ];
            for (var sum = 0; sum < all.Length; sum++)
                (sums[sum], sizes[sum]) = (sums[sum] + all[sum], sizes[sum] + Math.Abs(all[sum]));
        }

        // Residuals are differences of numbers near 1: their rounding is of that size.
        return (sums, [.. sizes.Select(size => Math.Max(size, x.Length))]);
    }
}
