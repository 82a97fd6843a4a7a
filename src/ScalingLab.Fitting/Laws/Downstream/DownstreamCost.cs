namespace ScalingLab.Fitting.Laws.Downstream;

/// <summary>
/// The binomial deviance of scores under a <see cref="DownstreamLaw"/>, minimised by Fisher scoring with a step that
/// is halved until it helps (McCullagh and Nelder 1989, chapter 2.5). theta = (ln slope, middle) and, where the top is
/// fitted, the logit of the way that it stands from floor to 1.
/// </summary>
/// <param name="losses">Nats/token.</param>
/// <param name="shares">Of right answers.</param>
/// <param name="documents">Questions of each.</param>
/// <param name="floor">What guessing gets.</param>
internal sealed class DownstreamCost(double[] losses, double[] shares, double[] documents, double floor)
{
    private const int MostSteps = 200;
    private const int MostHalvings = 30;
    private const double Enough = 1e-10;
    private const double Edge = 1e-9; // a probability is never 0 or 1

    // exp of these: a slope of less is none, one of more a step.
    private static readonly (double Low, double High) LogSlope = (Math.Log(1e-3), Math.Log(100));

    /// <summary>The law of some theta.</summary>
    public DownstreamLaw Law(double[] theta) => new(
        floor, theta.Length > 2 ? floor + ((1 - floor) * Sigmoid(theta[2])) : 1, Math.Exp(theta[0]), theta[1]);

    /// <summary>Twice the log-likelihood that is missing to scores fitted exactly.</summary>
    public double Deviance(Func<double, double> score, double[]? weights = null)
    {
        double sum = 0;
        for (var i = 0; i < losses.Length; i++)
        {
            var (y, p) = (shares[i], Math.Clamp(score(losses[i]), Edge, 1 - Edge));
            sum += (weights?[i] ?? 1) * documents[i] * (Term(y, p) + Term(1 - y, 1 - p));
        }

        return 2 * sum;

        static double Term(double y, double p) => y <= 0 ? 0 : y * Math.Log(y / p);
    }

    /// <summary>Pearson's chi-square.</summary>
    public double ChiSquare(DownstreamLaw law) => Enumerable.Range(0, losses.Length).Sum(i =>
    {
        var p = Math.Clamp(law.Score(losses[i]), Edge, 1 - Edge);
        return documents[i] * (shares[i] - p) * (shares[i] - p) / (p * (1 - p));
    });

    /// <summary>The deviance of one and the same score for every loss.</summary>
    public double ConstantDeviance()
    {
        var mean = shares.Zip(documents, (share, n) => share * n).Sum() / documents.Sum();
        return Deviance(_ => mean);
    }

    /// <summary>The best theta from slopes and middles all over the losses.</summary>
    /// <param name="fitsTop">Whether the top is fitted.</param>
    public (double[] Theta, double Deviance, bool Converged) Fit(bool fitsTop)
    {
        var (low, high) = (losses.Min(), losses.Max());
        var width = Math.Max(high - low, 1e-3);
        var best = (Theta: Array.Empty<double>(), Deviance: double.PositiveInfinity, Converged: false);
        foreach (var slope in new[] { 0.5, 2, 6 })
        {
            foreach (var middle in new[] { low - width, low, (low + high) / 2, high })
            {
                double[] start = [Math.Log(slope / width), middle, .. fitsTop ? [0.0] : (double[])[]];
                var found = Descend(start);
                if (found.Deviance < best.Deviance) best = found;
            }
        }

        return best;
    }

    /// <summary>From a start downhill.</summary>
    /// <param name="start">theta.</param>
    /// <param name="weights">How often each run counts; null: once.</param>
    public (double[] Theta, double Deviance, bool Converged) Descend(double[] start, double[]? weights = null)
    {
        var theta = Bounded(start);
        var cost = Deviance(Law(theta).Score, weights);
        for (var step = 0; step < MostSteps; step++)
        {
            if (Direction(theta, weights) is not { } direction) return (theta, cost, false);
            var (length, next, lower) = (1.0, theta, cost);
            for (var half = 0; half < MostHalvings; half++, length /= 2)
            {
                next = Bounded([.. theta.Zip(direction, (t, d) => t + (length * d))]);
                lower = Deviance(Law(next).Score, weights);
                if (lower <= cost) break;
            }

            var gain = cost - lower;
            if (!(gain >= 0)) return (theta, cost, true); // no step helps any more
            (theta, cost) = (next, lower);
            if (gain <= Enough * (1 + cost)) return (theta, cost, true);
        }

        return (theta, cost, false);
    }

    private double[] Bounded(double[] theta)
    {
        var (low, high) = (losses.Min(), losses.Max());
        var width = Math.Max(high - low, 1e-3);
        double[] bounded =
        [
            Math.Clamp(theta[0], LogSlope.Low, LogSlope.High), Math.Clamp(theta[1], low - (20 * width), high + width),
            .. theta.Length > 2 ? [Math.Clamp(theta[2], -6, 12)] : (double[])[],
        ];
        return bounded;
    }

    // (J' W J + a little) d = J' W (y - p)
    private double[]? Direction(double[] theta, double[]? weights)
    {
        var (law, count) = (Law(theta), theta.Length);
        var (gradient, information) = (new double[count], new double[count, count]);
        for (var i = 0; i < losses.Length; i++)
        {
            var s = Sigmoid(law.Slope * (law.Middle - losses[i]));
            var p = Math.Clamp(law.Score(losses[i]), Edge, 1 - Edge);
            var rise = (law.Top - floor) * s * (1 - s);
            double[] slopes = [rise * law.Slope * (law.Middle - losses[i]), rise * law.Slope, 0];
            if (count > 2) slopes[2] = s * (law.Top - floor) * (1 - Sigmoid(theta[2]));
            var weight = (weights?[i] ?? 1) * documents[i] / (p * (1 - p));
            for (var row = 0; row < count; row++)
            {
                gradient[row] += weight * slopes[row] * (shares[i] - p);
                for (var column = 0; column < count; column++)
                    information[row, column] += weight * slopes[row] * slopes[column];
            }
        }

        for (var row = 0; row < count; row++) information[row, row] *= 1 + 1e-9;
        var solved = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfArray(information)
            .Solve(MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(gradient));
        return solved.All(double.IsFinite) ? [.. solved] : null;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
