namespace ScalingLab.Scheduling.Forecasts;

/// <summary>A run whose length is known, as a cluster's queue has it.</summary>
/// <param name="Sweep">Number of its sweep.</param>
/// <param name="Seconds">How long it holds its slot.</param>
public readonly record struct ClusterRun(int Sweep, double Seconds);

/// <summary>What becomes of a queue on many slots that are all alike. Times are seconds from its begin.</summary>
/// <param name="Makespan">When the last run ends.</param>
/// <param name="Busy">Seconds for which slots are held, all added up.</param>
/// <param name="SweepEnds">When the last run of each sweep ends.</param>
/// <param name="FirstFilled">When every slot has had a run, or every run has begun.</param>
/// <param name="MostClaimsASecond">Claims in the second with the most of them.</param>
public sealed record ClusterForecast(double Makespan, double Busy, IReadOnlyList<double> SweepEnds, double FirstFilled,
    int MostClaimsASecond);

/// <summary>
/// The queue of a large cluster simulated: the longest run first, whatever its sweep, as
/// <see cref="Policies.Dispatch"/> has it, on slots that are all alike; nothing fails, and no run waits for another.
/// What one ledger adds: claims come one after the other. A million runs take seconds, where <see cref="Simulation"/>
/// looks at each node by itself.
/// </summary>
public static class ClusterSimulation
{
    /// <summary>Simulates it.</summary>
    /// <param name="runs">The runs, those of a sweep in its order.</param>
    /// <param name="slots">Runs at a time, all nodes together; at least 1.</param>
    /// <param name="claimSeconds">How long the ledger takes for a claim.</param>
    public static ClusterForecast Run(IReadOnlyList<ClusterRun> runs, int slots, double claimSeconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        var free = new PriorityQueue<double, double>(Enumerable.Range(0, Math.Min(slots, runs.Count))
            .Select(_ => (0.0, 0.0)));
        var ends = new double[runs.Count == 0 ? 0 : runs.Max(run => run.Sweep) + 1];
        var (ledger, busy, begun, filled, claims) = (0.0, 0.0, 0, 0.0, new ClaimCounter());
        foreach (var run in runs.OrderByDescending(run => run.Seconds).ThenBy(run => run.Sweep))
        {
            ledger = Math.Max(free.Dequeue(), ledger) + claimSeconds;
            claims.Add(ledger);
            if (++begun == Math.Min(slots, runs.Count)) filled = ledger;
            var end = ledger + run.Seconds;
            free.Enqueue(end, end);
            ends[run.Sweep] = Math.Max(ends[run.Sweep], end);
            busy += run.Seconds;
        }

        return new ClusterForecast(ends.DefaultIfEmpty(0).Max(), busy, ends, filled, claims.Most);
    }

    /// <summary>Claims of each second, which come in their order.</summary>
    private sealed class ClaimCounter
    {
        private long _second;
        private int _claims;

        public int Most { get; private set; }

        public void Add(double at)
        {
            var second = (long)Math.Floor(at);
            (_second, _claims) = second == _second ? (second, _claims + 1) : (second, 1);
            Most = Math.Max(Most, _claims);
        }
    }
}
