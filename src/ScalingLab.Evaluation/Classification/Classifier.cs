namespace ScalingLab.Evaluation.Classification;

/// <summary>
/// Logistic regression whose penalty is chosen on the training texts alone, by the accuracy of cross-validation in five
/// parts; of equals the strongest.
/// </summary>
public static class Classifier
{
    private const int Parts = 5;

    private static readonly double[] Penalties = [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6];

    /// <summary>The classes of other texts.</summary>
    /// <param name="train">The training texts' numbers and classes.</param>
    /// <param name="test">The other texts' numbers.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="seed">Seeds the parts.</param>
    public static (IReadOnlyList<int> Classes, double Penalty) Predict(
        IReadOnlyList<(FeatureVector Row, int Class)> train, IReadOnlyList<FeatureVector> test, int classes, int seed)
    {
        var features = 1 + train.Select(t => t.Row).Concat(test)
            .Max(r => r.Places.Length == 0 ? 0 : r.Places.Max());
        LogisticRegression Fit(IEnumerable<(FeatureVector Row, int Class)> on, double penalty)
        {
            var all = on.ToList();
            return LogisticRegression.Fit([.. all.Select(t => t.Row)], [.. all.Select(t => t.Class)], classes, features,
                penalty);
        }

        var parts = PartsOf([.. train.Select(t => t.Class)], seed);
        var penalty = Penalties.MaxBy(p => Enumerable.Range(0, Parts).Sum(part =>
        {
            var left = train.Where((_, i) => parts[i] == part).ToList();
            var on = train.Where((_, i) => parts[i] != part).ToList();
            if (left.Count == 0 || on.Count == 0) return 0;
            var fitted = Fit(on, p);
            return left.Count(t => fitted.Predict(t.Row) == t.Class);
        }));
        var best = Fit(train, penalty);
        return ([.. test.Select(best.Predict)], penalty);
    }

    /// <summary>Numbers with mean 0 and variance 1 over the training texts; those that do not vary are 0.</summary>
    /// <param name="train">Of each training text, [features].</param>
    /// <param name="test">Of the others.</param>
    public static (IReadOnlyList<FeatureVector> Train, IReadOnlyList<FeatureVector> Test) Standardized(
        IReadOnlyList<IReadOnlyList<float>> train, IReadOnlyList<IReadOnlyList<float>> test)
    {
        var places = Enumerable.Range(0, train[0].Count).ToList();
        var means = places.Select(p => train.Average(t => (double)t[p])).ToList();
        var deviations = places.Select(p => Math.Sqrt(train.Average(t => Math.Pow(t[p] - means[p], 2)))).ToList();
        FeatureVector Of(IReadOnlyList<float> row) => FeatureVector.Of(
            [.. places.Select(p => deviations[p] > 0 ? (row[p] - means[p]) / deviations[p] : 0)]);
        return ([.. train.Select(Of)], [.. test.Select(Of)]);
    }

    // Each class is shared out evenly.
    private static int[] PartsOf(IReadOnlyList<int> classes, int seed)
    {
        var (random, parts, next) = (new Random(seed), new int[classes.Count], 0);
        foreach (var group in Enumerable.Range(0, classes.Count).GroupBy(i => classes[i]).OrderBy(g => g.Key))
        {
            var members = group.ToArray();
            random.Shuffle(members);
            foreach (var member in members) parts[member] = next++ % Parts;
        }
        return parts;
    }
}
