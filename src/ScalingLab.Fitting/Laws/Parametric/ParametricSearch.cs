using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>
/// The search for the law's global minimum. Over many rows the ways from the starts are gone through with a sample of
/// them, and from each place where one ends the last steps with all: which valleys there are is a matter of the law,
/// and some thousand rows show it.
/// </summary>
internal static class ParametricSearch
{
    private const int SampleRows = 2000;

    /// <summary>From so many rows on a sample is taken; with fewer it would save little.</summary>
    private const int ManyRows = 8000;

    /// <summary>One descent for each start; the lowest is the global minimum.</summary>
    public static IReadOnlyList<MinimizerResult> Descents(IReadOnlyList<LossObservation> observations,
        ParametricCost cost, FitOptions options)
    {
        if (observations.Count < ManyRows) return cost.Search(options.Seed);
        var sample = new ParametricCost(Sample(observations, options.Seed), options);
        var places = new List<(MinimizerResult OfSample, MinimizerResult OfAll)>();
        return [.. sample.Search(options.Seed).Select(end =>
        {
            if (places.Find(p => Same(p.OfSample, end)).OfAll is { } known) return known;
            var all = cost.Descend(cost.Problem.Theta(sample.Problem.Law(end.Theta)));
            places.Add((end, all));
            return all;
        })];
    }

    // Far closer than the sample itself lies to the whole.
    private static bool Same(MinimizerResult one, MinimizerResult other) =>
        one.Theta.Zip(other.Theta).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-4 * (1 + Math.Abs(pair.First)));

    // Without replacement.
    private static LossObservation[] Sample(IReadOnlyList<LossObservation> observations, int seed)
    {
        var random = new SplitMix64(seed, -3);
        LossObservation[] rows = [.. observations];
        for (var index = 0; index < SampleRows; index++)
        {
            var drawn = index + random.NextIndex(rows.Length - index);
            (rows[index], rows[drawn]) = (rows[drawn], rows[index]);
        }

        return rows[..SampleRows];
    }
}
