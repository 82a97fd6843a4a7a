namespace ScalingLab.Runs.Performance;

/// <summary>
/// Least squares with numbers that are not negative and each drawn to a first guess (ridge regression, Hoerl and
/// Kennard 1970), by coordinate descent.
/// </summary>
internal static class RidgeFit
{
    private const int Sweeps = 5000;

    /// <summary>
    /// The x that makes the mean of w (a x - 1)^2 plus <paramref name="pull"/> times the sum of ((x - guess) / scale)^2
    /// least.
    /// </summary>
    /// <param name="rows">Each row a, divided by what it should give.</param>
    /// <param name="weights">Weight of each row; they add up to 1.</param>
    /// <param name="guess">What x is drawn to.</param>
    /// <param name="scale">How far off counts as much as an error of 1.</param>
    /// <param name="pull">How strongly.</param>
    public static double[] Solve(IReadOnlyList<double[]> rows, IReadOnlyList<double> weights, double[] guess,
        double[] scale, double pull)
    {
        var size = guess.Length;
        var (gram, right, x) = (new double[size, size], new double[size], (double[])guess.Clone());
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
                gram[i, j] = rows.Select((row, at) => weights[at] * row[i] * row[j]).Sum();
            gram[i, i] += pull / (scale[i] * scale[i]);
            right[i] = rows.Select((row, at) => weights[at] * row[i]).Sum() + (pull * guess[i] / (scale[i] * scale[i]));
        }

        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            for (var i = 0; i < size; i++)
            {
                var rest = right[i];
                for (var j = 0; j < size; j++) rest -= gram[i, j] * x[j];
                x[i] = Math.Max(0, x[i] + (rest / gram[i, i]));
            }
        }

        return x;
    }
}
