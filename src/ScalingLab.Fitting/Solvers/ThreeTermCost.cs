using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ScalingLab.Fitting.Solvers;

/// <summary>
/// Where a law of three terms stands: ln L or L of exp(Floor) + exp(First - FirstSlope x) + exp(Second - SecondSlope
/// y).
/// </summary>
internal readonly record struct ThreeTerms(double Floor, double First, double FirstSlope, double Second,
    double SecondSlope);

/// <summary>The rows of such a law, each span one number a row.</summary>
/// <param name="x">[rows], of the first term.</param>
/// <param name="y">[rows], of the second.</param>
/// <param name="target">[rows], ln loss or loss.</param>
/// <param name="weight">[rows]; empty: all 1.</param>
internal readonly ref struct ThreeTermRows(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> target,
    ReadOnlySpan<double> weight)
{
    public ReadOnlySpan<double> X { get; } = x;

    public ReadOnlySpan<double> Y { get; } = y;

    public ReadOnlySpan<double> Target { get; } = target;

    public ReadOnlySpan<double> Weight { get; } = weight;
}

/// <summary>
/// Sums over rows of the weighted Huber cost of such a law, with what its gradient and curvatures are made of. Nearly
/// all of a fit's time is spent here, so the rows go four at a time, whatever the processor: the order of the sums is
/// the same everywhere.
/// </summary>
internal static class ThreeTermCost
{
    /// <summary>
    /// Sums in all: cost, weight, <see cref="Slopes"/> of 5, <see cref="Curvature"/> and <see cref="Reweighted"/> of
    /// 15.
    /// </summary>
    public const int Count = Reweighted + 15;

    /// <summary>
    /// s g0, s g1, s g2, s x g1, s y g2: s is the cost's slope in the residual, g what each term weighs in the
    /// prediction.
    /// </summary>
    public const int Slopes = 2;

    /// <summary>
    /// k00, k01, k02, k11, k12, k22, x k01, y k02, x k11, x k12, y k12, y k22, xx k11, xy k12, yy k22: k is the
    /// curvature in the terms' logarithms.
    /// </summary>
    public const int Curvature = Slopes + 5;

    /// <summary>The same of the reweighted Gauss-Newton matrix.</summary>
    public const int Reweighted = Curvature + 15;

    private const int Lanes = 4;

    /// <param name="terms">The law.</param>
    /// <param name="rows">What is summed over.</param>
    /// <param name="delta">Where the cost turns linear; infinity for squares.</param>
    /// <param name="isLog">Whether residuals are of ln L.</param>
    /// <param name="sums">[<see cref="Count"/>]; written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(in ThreeTerms terms, in ThreeTermRows rows, double delta, bool isLog, Span<double> sums)
    {
        Span<Vector256<double>> lanes = stackalloc Vector256<double>[Count];
        lanes.Clear();
        ref var into = ref MemoryMarshal.GetReference(lanes);
        var (count, whole) = (rows.X.Length, rows.X.Length - (rows.X.Length % Lanes));
        for (var index = 0; index < whole; index += Lanes)
            Add(ref into, terms, rows, index, delta, isLog);
        if (whole < count)
        {
            // What is left over: rows of no weight fill it up.
            Span<double> rest = stackalloc double[4 * Lanes];
            rest.Clear();
            Span<double> x = rest[..Lanes], y = rest[Lanes..], target = rest[(2 * Lanes)..];
            var weight = rest[(3 * Lanes)..];
            for (var index = whole; index < count; index++)
            {
                var place = index - whole;
                (x[place], y[place], target[place]) = (rows.X[index], rows.Y[index], rows.Target[index]);
                weight[place] = rows.Weight.IsEmpty ? 1 : rows.Weight[index];
            }

            Add(ref into, terms, new ThreeTermRows(x, y, target, weight), 0, delta, isLog);
        }

        for (var sum = 0; sum < Count; sum++)
            sums[sum] = Vector256.Sum(lanes[sum]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Four(ReadOnlySpan<double> from, int index) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(from), (nuint)index);

    // Four rows from an index on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector256<double> into, in ThreeTerms terms, in ThreeTermRows rows, int index,
        double delta, bool isLog)
    {
        var (x, y, target) = (Four(rows.X, index), Four(rows.Y, index), Four(rows.Target, index));
        var weight = rows.Weight.IsEmpty ? Vector256<double>.One : Four(rows.Weight, index);
        // No unknown's box lets a term leave the numbers' range.
        var g0 = Vector256.Create(Math.Exp(terms.Floor));
        var g1 = Vector256.Exp(Vector256.Create(terms.First) - (x * terms.FirstSlope));
        var g2 = Vector256.Exp(Vector256.Create(terms.Second) - (y * terms.SecondSlope));
        var sum = g0 + g1 + g2;
        var predicted = sum;
        if (isLog)
        {
            // The terms' shares of the loss; of linear residuals the terms themselves.
            var share = Vector256<double>.One / sum;
            (g0, g1, g2) = (g0 * share, g1 * share, g2 * share);
            predicted = Vector256.Log(sum);
        }

        var residual = predicted - target;
        var size = Vector256.Abs(residual);
        var turn = Vector256.Create(delta);
        var inside = Vector256.LessThanOrEqual(size, turn);
        var slope = weight * Vector256.ConditionalSelect(inside, residual, Vector256.CopySign(turn, residual));
        var bend = Vector256.ConditionalSelect(inside, weight, Vector256<double>.Zero);
        var reweighted = weight * Vector256.ConditionalSelect(inside, Vector256<double>.One, turn / size);
        into += weight * Vector256.ConditionalSelect(inside, residual * residual * 0.5, turn * (size - (turn * 0.5)));
        Unsafe.Add(ref into, 1) += weight;
        ref var slopes = ref Unsafe.Add(ref into, Slopes);
        var (s1, s2) = (slope * g1, slope * g2);
        slopes += slope * g0;
        Unsafe.Add(ref slopes, 1) += s1;
        Unsafe.Add(ref slopes, 2) += s2;
        Unsafe.Add(ref slopes, 3) += x * s1;
        Unsafe.Add(ref slopes, 4) += y * s2;

        // Curvature in z: bend g g' + slope S, where S = diag(g) - g g' for log residuals and diag(g) for linear ones.
        var outer = isLog ? bend - slope : bend;
        var (o0, o1) = (outer * g0, outer * g1);
        ref var curvature = ref Unsafe.Add(ref into, Curvature);
        AddFloorMoments(ref curvature, x, y, (o0 * g0) + (slope * g0), o0 * g1, o0 * g2);
        AddTermMoments(ref curvature, x, y, (o1 * g1) + s1, o1 * g2, (outer * g2 * g2) + s2);
        var (r0, r1) = (reweighted * g0, reweighted * g1);
        ref var positive = ref Unsafe.Add(ref into, Reweighted);
        AddFloorMoments(ref positive, x, y, r0 * g0, r0 * g1, r0 * g2);
        AddTermMoments(ref positive, x, y, r1 * g1, r1 * g2, reweighted * g2 * g2);
    }

    // Those of the floor with itself and with each term.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFloorMoments(ref Vector256<double> into, Vector256<double> x, Vector256<double> y,
        Vector256<double> k00, Vector256<double> k01, Vector256<double> k02)
    {
        into += k00;
        Unsafe.Add(ref into, 1) += k01;
        Unsafe.Add(ref into, 2) += k02;
        Unsafe.Add(ref into, 6) += x * k01;
        Unsafe.Add(ref into, 7) += y * k02;
    }

    // Those of the two terms.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTermMoments(ref Vector256<double> into, Vector256<double> x, Vector256<double> y,
        Vector256<double> k11, Vector256<double> k12, Vector256<double> k22)
    {
        var (x11, x12, y22) = (x * k11, x * k12, y * k22);
        Unsafe.Add(ref into, 3) += k11;
        Unsafe.Add(ref into, 4) += k12;
        Unsafe.Add(ref into, 5) += k22;
        Unsafe.Add(ref into, 8) += x11;
        Unsafe.Add(ref into, 9) += x12;
        Unsafe.Add(ref into, 10) += y * k12;
        Unsafe.Add(ref into, 11) += y22;
        Unsafe.Add(ref into, 12) += x * x11;
        Unsafe.Add(ref into, 13) += y * x12;
        Unsafe.Add(ref into, 14) += y * y22;
    }
}
