using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Tests;

/// <summary>The queue of a cluster, simulated.</summary>
public sealed class QueueStudyTests
{
    private const double Speed = 1e10;

    private static readonly LedgerRates Free = LedgerRates.Sqlite with { ClaimSeconds = 0 };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void A_small_plan_ends_when_the_policy_that_runs_it_says(int slots)
    {
        var grid = GridFile.Read(Repository.At("experiments/quickstart/grid.json"));
        var study = QueueStudy.Create(Request(Free, slots, grid));
        var sweep = GridExpansion.Expand(grid, new DataIdentity("c", "", ""), grid.Data.Vocabulary ?? 257);
        var speeds = sweep.Cells.Select(cell => cell.Spec).DistinctBy(WorkloadKey.For).Select(spec => new MeasuredSpeed(
            "", "cpu", null, WorkloadKey.For(spec), Speed, 1, spec.FlopsPerToken));
        var policy = TimeEstimate.For(sweep, new TimeBasis(new HashSet<RunId>(), [.. speeds]), slots);
        Assert.Equal(policy.Wall!.Value.TotalSeconds, study.Forecast.Makespan, 1e-4);
        Assert.Equal(policy.DeviceTime!.Value.TotalSeconds, study.Forecast.Busy, 1e-4);
        Assert.Equal(sweep.Cells.Count, study.Runs);
    }

    [Fact]
    public void Claims_come_one_after_the_other()
    {
        var runs = Enumerable.Repeat(new ClusterRun(0, 1), 20).ToList();
        var found = ClusterSimulation.Run(runs, slots: 10, claimSeconds: 0.25);
        // The tenth slot begins after 2.5 s; the first has been free by then, and waits for no claim of its own.
        Assert.Equal(2.5, found.FirstFilled, 1e-9);
        Assert.Equal((20 * 0.25) + 1, found.Makespan, 1e-9);
        Assert.Equal((20.0, 4), (found.Busy, found.MostClaimsASecond));
        Assert.Equal(2, ClusterSimulation.Run(runs, slots: 10, claimSeconds: 0).Makespan);
        Assert.Equal(0, ClusterSimulation.Run([], slots: 10, claimSeconds: 1).Makespan);
    }

    [Fact]
    public void The_longest_of_all_sweeps_is_first_and_each_has_its_own_end()
    {
        ClusterRun[] runs = [new(0, 1), new(0, 1), new(1, 5), new(1, 3)];
        var found = ClusterSimulation.Run(runs, slots: 2, claimSeconds: 0);
        Assert.Equal([5.0, 5.0], found.SweepEnds);
        Assert.Equal([10.0, 8.0], ClusterSimulation.Run(runs, slots: 1, claimSeconds: 0).SweepEnds);
    }

    private static QueueStudyRequest Request(LedgerRates ledger, int slots, Grid grid) => new(
        [("grid.json", grid)], Nodes: 1, Copies: 1,
        new RunForecaster(new PlanDevice(null, "cpu", 1, null), new GridWorker(), slots))
    {
        Ledger = ledger, Speed = Speed,
    };
}
