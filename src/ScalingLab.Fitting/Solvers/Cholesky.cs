namespace ScalingLab.Fitting.Solvers;

/// <summary>
/// Cholesky's factorisation of small symmetric matrices, L L' = M, in place: no memory is asked for.
/// </summary>
internal static class Cholesky
{
    /// <summary>
    /// Turns the lower triangle of a matrix into its factor; false where it is not positive definite.
    /// </summary>
    /// <param name="matrix">[count x count], row-major; the upper triangle is neither read nor written.</param>
    /// <param name="count">Rows.</param>
    /// <param name="least">The least share of a diagonal entry that must be left of it.</param>
    public static bool Factor(Span<double> matrix, int count, double least)
    {
        for (var row = 0; row < count; row++)
        {
            for (var column = 0; column <= row; column++)
            {
                var original = matrix[(row * count) + column];
                var sum = original;
                for (var inner = 0; inner < column; inner++)
                    sum -= matrix[(row * count) + inner] * matrix[(column * count) + inner];
                if (row != column)
                    matrix[(row * count) + column] = sum / matrix[(column * count) + column];
                else if (sum > least * Math.Abs(original) && sum > 0)
                    matrix[(row * count) + row] = Math.Sqrt(sum);
                else
                    return false;
            }
        }

        return true;
    }

    /// <summary>Forward and back through a factor: the right side becomes the solution.</summary>
    /// <param name="factor">As <see cref="Factor"/> leaves it.</param>
    /// <param name="right">[count].</param>
    public static void Solve(ReadOnlySpan<double> factor, Span<double> right)
    {
        var count = right.Length;
        for (var row = 0; row < count; row++)
        {
            for (var inner = 0; inner < row; inner++)
                right[row] -= factor[(row * count) + inner] * right[inner];
            right[row] /= factor[(row * count) + row];
        }

        for (var row = count - 1; row >= 0; row--)
        {
            for (var inner = row + 1; inner < count; inner++)
                right[row] -= factor[(inner * count) + row] * right[inner];
            right[row] /= factor[(row * count) + row];
        }
    }
}
