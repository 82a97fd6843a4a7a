namespace ScalingLab.Fitting.Solvers;

/// <summary>
/// Non-negative least squares in three unknowns from its normal equations: the best of the seven supports whose
/// solution is not negative (Lawson and Hanson 1974 solve the same for any number).
/// </summary>
internal static class NonNegativeLeastSquares
{
    public const int Size = 3;

    /// <summary>
    /// Writes the minimiser of x'Gx / 2 - x'r over x not negative; G is 3 x 3, row-major. The unknowns that are not
    /// held at 0 are the bits of what is returned; 0 where no support can be solved.
    /// </summary>
    public static int Solve(ReadOnlySpan<double> gram, ReadOnlySpan<double> right, Span<double> solution)
    {
        solution[..Size].Clear();
        Span<double> trial = stackalloc double[Size];
        var (best, bestGain) = (0, double.NegativeInfinity);
        for (var support = 7; support > 0; support--)
        {
            if (!Solve(gram, right, support, trial) || trial[0] < 0 || trial[1] < 0 || trial[2] < 0)
                continue;
            var gain = (trial[0] * right[0]) + (trial[1] * right[1]) + (trial[2] * right[2]);
            if (gain <= bestGain)
                continue;
            (best, bestGain) = (support, gain);
            trial.CopyTo(solution);
            // All three free and none negative: the unconstrained minimum, which no other support can beat.
            if (support == 7)
                break;
        }

        return best;
    }

    /// <summary>
    /// Cholesky's solution over the unknowns in the support, 0 elsewhere; false where their columns are one another's.
    /// </summary>
    public static bool Solve(ReadOnlySpan<double> gram, ReadOnlySpan<double> right, int support, Span<double> solution)
    {
        solution[..Size].Clear();
        Span<int> chosen = stackalloc int[Size];
        var count = 0;
        for (var index = 0; index < Size; index++)
        {
            if ((support & (1 << index)) != 0)
                chosen[count++] = index;
        }

        Span<double> factor = stackalloc double[count * count];
        Span<double> free = stackalloc double[count];
        for (var row = 0; row < count; row++)
        {
            free[row] = right[chosen[row]];
            for (var column = 0; column <= row; column++)
                factor[(row * count) + column] = gram[(chosen[row] * Size) + chosen[column]];
        }

        if (!Cholesky.Factor(factor, count, 1e-14))
            return false;
        Cholesky.Solve(factor, free);
        for (var row = 0; row < count; row++)
            solution[chosen[row]] = free[row];
        return true;
    }
}
