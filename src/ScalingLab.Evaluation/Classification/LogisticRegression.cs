using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace ScalingLab.Evaluation.Classification;

/// <summary>
/// Multinomial logistic regression: minimises the mean cross-entropy plus penalty / 2 x the squares of all weights but
/// the intercepts, by L-BFGS.
/// </summary>
internal sealed class LogisticRegression
{
    private const int Memory = 10;
    private const int MaxIterations = 1000;
    private const double Tolerance = 1e-6;

    private readonly int _classes;
    private readonly int _features;
    private readonly double[] _weights;

    private LogisticRegression(int classes, int features, double[] weights) =>
        (_classes, _features, _weights) = (classes, features, weights);

    /// <summary>The weights of the minimum, from zeros on.</summary>
    /// <param name="rows">The texts' numbers.</param>
    /// <param name="labels">Each text's class, from 0.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="features">How many numbers a text has.</param>
    /// <param name="penalty">Above 0: the minimum is then one, and finite.</param>
    public static LogisticRegression Fit(
        IReadOnlyList<FeatureVector> rows, IReadOnlyList<int> labels, int classes, int features, double penalty)
    {
        var objective = ObjectiveFunction.Gradient(at =>
        {
            var fitted = new LogisticRegression(classes, features, at.AsArray() ?? at.ToArray());
            var (loss, gradient) = fitted.Loss(rows, labels, penalty);
            return (loss, Vector<double>.Build.Dense(gradient));
        });
        var start = Vector<double>.Build.Dense(classes * (features + 1));
        try
        {
            var found = new LimitedMemoryBfgsMinimizer(Tolerance, Tolerance * Tolerance, Tolerance * Tolerance, Memory,
                MaxIterations).FindMinimum(objective, start);
            return new LogisticRegression(classes, features, found.MinimizingPoint.ToArray());
        }
        catch (OptimizationException e)
        {
            throw new InvalidOperationException(
                $"logistic regression of {rows.Count} texts with penalty {penalty} found no minimum: {e.Message}", e);
        }
    }

    /// <summary>Of each class its features' and its intercept, [classes, features + 1].</summary>
    public IReadOnlyList<double> Weights => _weights;

    /// <summary>The likeliest class.</summary>
    public int Predict(FeatureVector row)
    {
        var scores = Scores(row);
        return Array.IndexOf(scores, scores.Max());
    }

    private (double Loss, double[] Gradient) Loss(
        IReadOnlyList<FeatureVector> rows, IReadOnlyList<int> labels, double penalty)
    {
        var (loss, gradient) = (0.0, new double[_weights.Length]);
        foreach (var (row, label) in rows.Zip(labels))
        {
            var scores = Scores(row);
            var most = scores.Max();
            var sum = scores.Sum(s => Math.Exp(s - most));
            loss += (most + Math.Log(sum) - scores[label]) / rows.Count;
            for (var c = 0; c < _classes; c++)
            {
                var error = ((Math.Exp(scores[c] - most) / sum) - (c == label ? 1 : 0)) / rows.Count;
                var first = c * (_features + 1);
                for (var i = 0; i < row.Places.Length; i++) gradient[first + row.Places[i]] += error * row.Values[i];
                gradient[first + _features] += error;
            }
        }

        for (var i = 0; i < _weights.Length; i++)
        {
            if (i % (_features + 1) == _features) continue;
            loss += penalty / 2 * _weights[i] * _weights[i];
            gradient[i] += penalty * _weights[i];
        }

        return (loss, gradient);
    }

    private double[] Scores(FeatureVector row)
    {
        var scores = new double[_classes];
        for (var c = 0; c < _classes; c++)
        {
            var first = c * (_features + 1);
            scores[c] = _weights[first + _features];
            for (var i = 0; i < row.Places.Length; i++) scores[c] += _weights[first + row.Places[i]] * row.Values[i];
        }

        return scores;
    }
}
