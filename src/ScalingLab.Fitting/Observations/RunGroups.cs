using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Observations;

/// <summary>
/// Which observations are points of one run. They err together, so a bootstrap draws whole runs (Davison and Hinkley
/// 1997, chapter 3.8); an observation that names no run is a run of its own.
/// </summary>
internal sealed class RunGroups
{
    private readonly int[][] _runs;
    private readonly int _count;

    private RunGroups(int[][] runs, int count) => (_runs, _count) = (runs, count);

    /// <summary>Whether every run has one point.</summary>
    public bool OnePointEach => _runs.Length == _count;

    public static RunGroups From(IReadOnlyList<LossObservation> observations) => new(
        [.. Enumerable.Range(0, observations.Count)
            .GroupBy(index => observations[index].Run is { } run ? (run, -1) : ("", index))
            .Select(run => run.ToArray())],
        observations.Count);

    /// <summary>As many runs as there are, drawn with replacement: how often each observation is in the draw.</summary>
    public double[] Weights(ref SplitMix64 random)
    {
        var weights = new double[_count];
        Weigh(ref random, weights);
        return weights;
    }

    /// <summary>The same into [observations].</summary>
    public void Weigh(ref SplitMix64 random, double[] weights)
    {
        Array.Clear(weights);
        for (var draw = 0; draw < _runs.Length; draw++)
        {
            var run = random.NextIndex(_runs.Length);
            // A run of one point stands where its point does.
            if (OnePointEach)
            {
                weights[run]++;
                continue;
            }

            foreach (var index in _runs[run])
                weights[index]++;
        }
    }

    /// <summary>
    /// A normal number (mean 0, standard deviation 1) for each observation, one and the same for all points of a run.
    /// </summary>
    public double[] Normals(ref SplitMix64 random)
    {
        var normals = new double[_count];
        foreach (var run in _runs)
        {
            var normal = random.NextNormal();
            foreach (var index in run)
                normals[index] = normal;
        }

        return normals;
    }

    /// <summary>
    /// For each observation another whose residual it takes: each run takes those of one drawn run, in order, from the
    /// first again where that one is shorter.</summary>
    public void Donors(ref SplitMix64 random, int[] donors)
    {
        if (OnePointEach)
        {
            for (var point = 0; point < donors.Length; point++)
                donors[point] = random.NextIndex(donors.Length);
            return;
        }

        foreach (var run in _runs)
        {
            var donor = _runs[random.NextIndex(_runs.Length)];
            for (var point = 0; point < run.Length; point++)
                donors[run[point]] = donor[point % donor.Length];
        }
    }
}
