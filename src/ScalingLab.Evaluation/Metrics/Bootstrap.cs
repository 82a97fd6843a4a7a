using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Evaluation.Metrics;

/// <summary>Intervals of numbers that are made of many documents: by documents drawn again, with repetition (Efron
/// 1979).</summary>
public static class Bootstrap
{
    private const int Draws = 1000;

    /// <summary>The 95 % percentile interval; null of fewer than two documents, which say nothing of it.</summary>
    /// <param name="documents">How many there are.</param>
    /// <param name="number">The number of the documents with those places.</param>
    public static Range95? Interval(int documents, Func<IReadOnlyList<int>, double> number)
    {
        if (documents < 2) return null;
        var (random, drawn, numbers) = (new Random(1), new int[documents], new double[Draws]);
        for (var draw = 0; draw < Draws; draw++)
        {
            for (var i = 0; i < documents; i++) drawn[i] = random.Next(documents);
            numbers[draw] = number(drawn);
        }

        Array.Sort(numbers);
        return new Range95(numbers[Draws / 40], numbers[Draws - (Draws / 40) - 1]);
    }
}
