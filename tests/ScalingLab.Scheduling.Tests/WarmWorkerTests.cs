using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Scheduling.Tests;

public sealed class WarmWorkerTests
{
    [Fact]
    public async Task A_worker_trains_run_after_run_of_a_slot()
    {
        using var sweep = new DummySweep(runs: 6);
        var outcome = await sweep.RunAsync(sweep.Options(slots: 1));

        Assert.True(outcome.IsComplete);
        Assert.Single(Workers(sweep));
        Assert.All(Enumerable.Range(1, 6), seed => Assert.Contains(
            // each attempt has its own log
            $"seed {seed}: complete", File.ReadAllText(LogOf(sweep, seed)), StringComparison.Ordinal));
        Assert.All(sweep.Ledger.Records(DummySweep.Name),
            r => Assert.Equal([1L, 2, 3, 4], r.Points.Select(p => p.Step)));
    }

    [Fact]
    public async Task A_worker_ends_after_so_many_runs()
    {
        using var sweep = new DummySweep(runs: 6);
        await sweep.RunAsync(sweep.Options(slots: 1) with { RunsPerWorker = 4 });

        Assert.Equal([4, 2], Workers(sweep).Select(w => w.Value).OrderDescending());
    }

    [Fact]
    public async Task After_a_failure_the_worker_is_a_new_one_and_so_is_that_of_the_next_attempt()
    {
        using var sweep = new DummySweep(runs: 5);
        var outcome = await sweep.RunAsync(sweep.Options("2=crash,complete", slots: 1));

        Assert.True(outcome.IsComplete);
        var (first, second) = (sweep.Starts(2)[0][0], sweep.Starts(2)[1][0]);
        Assert.NotEqual(first, second);
        Assert.All([3, 4, 5], seed => Assert.NotEqual(first, sweep.Starts(seed)[0][0]));
    }

    [Theory]
    [InlineData("once")]
    [InlineData("afterthought")]
    [InlineData("ready and gone")]
    public async Task A_worker_that_ends_or_says_more_than_that_it_is_ready_costs_no_attempt(string behaviour)
    {
        using var sweep = new DummySweep(runs: 4);
        var outcome = await sweep.RunAsync(sweep.Options($"1={behaviour};2={behaviour};3={behaviour}", slots: 1));

        Assert.True(outcome.IsComplete);
        Assert.Equal(4, outcome.AttemptsStarted);
        Assert.All(sweep.Ledger.Records(DummySweep.Name),
            r => Assert.Equal((RunState.Completed, 1), (r.State, r.Attempts)));
        Assert.True(Workers(sweep).Count >= 3);
    }

    /// <summary>Runs by the worker's process id.</summary>
    private static Dictionary<string, int> Workers(DummySweep sweep) => sweep.Sweep.Cells
        .SelectMany(c => sweep.Starts(c.Spec.Seed)).GroupBy(s => s[0]).ToDictionary(g => g.Key, g => g.Count());

    private static string LogOf(DummySweep sweep, int seed) =>
        Path.Combine(sweep.Folder, "logs", sweep.Sweep.Cells.Single(c => c.Spec.Seed == seed).Spec.Id.Value,
            "attempt-1.log");
}
