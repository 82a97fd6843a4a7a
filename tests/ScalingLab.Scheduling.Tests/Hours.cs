using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;

namespace ScalingLab.Scheduling.Tests;

/// <summary>Windows, yields and deadlines, with real workers and a ledger's clock that is set.</summary>
public sealed class Hours
{
    private static readonly DateTimeOffset Evening = new(2026, 10, 24, 21, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task When_the_window_closes_workers_checkpoint_and_stop_and_when_it_opens_they_go_on_where_they_were()
    {
        var time = new ShiftedTime(Evening);
        using var sweep = new DummySweep(runs: 2, steps: 60, time: time);
        sweep.Ledger.SetWindow(DummySweep.Name, "20:00-08:00 UTC");
        var running = sweep.RunAsync(sweep.Options(stepMilliseconds: 20));
        foreach (var cell in sweep.Sweep.Cells)
            await sweep.HearAsync<SweepProgress.Training>(t => t.Run == cell.Spec.Id);

        time.Set(Evening.AddHours(12)); // nine in the morning
        Assert.Equal((WaitReason.WindowClosed, 2), await WaitAsync(sweep, runs: 2));
        Assert.All(sweep.Ledger.Queue(), q => Assert.Equal((RunState.Pending, 0), (q.State, q.ChargedAttempts)));
        Assert.All(sweep.Ledger.Queue(), q => Assert.False(LocalProcesses.IsAlive(q.Worker!)));
        Assert.False(running.IsCompleted);

        time.Set(Evening.AddHours(24));
        var outcome = await running;
        Assert.True(outcome.IsComplete);
        Assert.All(sweep.Heard.OfType<SweepProgress.Started>().Where(s => s.Attempt == 2),
            s => Assert.True(s.Step >= 1));
        Assert.All(sweep.Ledger.Records(DummySweep.Name), r => Assert.Equal(60, r.Points.Count));
    }

    [Fact]
    public async Task A_sweep_outside_its_window_is_not_started_and_one_beside_it_is()
    {
        var time = new ShiftedTime(Evening);
        using var sweep = new DummySweep(runs: 1, time: time);
        sweep.Ledger.SetWindow(DummySweep.Name, "08:00-20:00 UTC");
        sweep.Ledger.PutSweep(new Sweep("free", null, [DummySweep.Cell(2, 4)]));
        using var stop = new CancellationTokenSource();
        var serving = NodeRunner.ServeAsync(sweep.Ledger, sweep.Options(), sweep, stop.Token);
        await sweep.HearAsync<SweepProgress.Completed>(c => c.Run == DummySweep.Cell(2, 4).Spec.Id);
        await stop.CancelAsync();
        Assert.Equal(1, await serving);
        Assert.Contains(new SweepProgress.Waiting(DummySweep.Name, WaitReason.WindowClosed, 1), sweep.Heard);
    }

    [Fact]
    public async Task Who_asks_for_the_devices_gets_them_and_the_runs_go_on_when_the_time_is_over()
    {
        using var sweep = new DummySweep(runs: 2, steps: 60);
        var running = sweep.RunAsync(sweep.Options(stepMilliseconds: 20));
        await sweep.HearAsync<SweepProgress.Training>(t => t.Step >= 5);
        using (var other = sweep.Open()) other.Yield(DummySweep.Name, until: other.Now.AddSeconds(4));
        Assert.Equal((WaitReason.Yielded, 2), await WaitAsync(sweep, runs: 2));
        Assert.All(sweep.Ledger.Queue(), q => Assert.Equal((RunState.Pending, 0), (q.State, q.ChargedAttempts)));

        Assert.True((await running).IsComplete);
        Assert.All(sweep.Heard.OfType<SweepProgress.Lost>(), l => Assert.Equal(FailureKind.Interrupted, l.Kind));
    }

    [Fact]
    public async Task A_node_that_is_asked_for_its_devices_gives_them_and_goes_on_when_it_is_resumed()
    {
        using var sweep = new DummySweep(runs: 1, steps: 60);
        var running = sweep.RunAsync(sweep.Options(stepMilliseconds: 20));
        await sweep.HearAsync<SweepProgress.Training>(t => t.Step >= 5);
        using var other = sweep.Open();
        Assert.True(other.Yield(node: "test-node"));
        await WaitAsync(sweep, runs: 1);
        Assert.True(other.Resume(node: "test-node"));
        Assert.True((await running).IsComplete);
        Assert.Equal(2, sweep.Record(1).Attempts);
    }

    [Fact]
    public async Task At_the_deadline_what_runs_stops_what_is_left_stays_pending_and_that_is_said()
    {
        var time = new ShiftedTime(Evening);
        using var sweep = new DummySweep(runs: 3, steps: 200, time: time);
        sweep.Ledger.SetDeadline(DummySweep.Name, Evening.AddHours(10));
        var running = sweep.RunAsync(sweep.Options(stepMilliseconds: 20));
        await sweep.HearAsync<SweepProgress.Training>(t => t.Step >= 5);
        time.Set(Evening.AddHours(10));
        var outcome = await running;

        Assert.False(outcome.IsEnded);
        Assert.Equal(3, outcome.Summary.In(RunState.Pending));
        Assert.Contains(sweep.Heard.OfType<SweepProgress.Waiting>(), w => w.Why == WaitReason.Deadline);
    }

    [Fact]
    public async Task A_run_that_was_measured_to_be_too_slow_for_the_deadline_is_not_started()
    {
        using var sweep = new DummySweep(runs: 3, steps: 40);
        await sweep.RunAsync(sweep.Options());
        sweep.Ledger.PutSweep(new Sweep("long", null, [DummySweep.Cell(9, steps: 1_000_000_000)]));
        sweep.Ledger.SetDeadline("long", sweep.Ledger.Now.AddMinutes(5));
        var outcome =
            await NodeRunner.RunSweepAsync(sweep.Ledger, "long", sweep.Options(), sweep, CancellationToken.None);

        Assert.Equal((0, 1), (outcome.AttemptsStarted, outcome.Summary.In(RunState.Pending)));
        Assert.Contains(new SweepProgress.Waiting("long", WaitReason.Deadline, 1), sweep.Heard);
    }

    private static async Task<(WaitReason, int)> WaitAsync(DummySweep sweep, int runs)
    {
        for (var i = 0; i < 600; i++)
        {
            if (sweep.Ledger.Queue().Count(q => q.State == RunState.Pending) == runs
                && sweep.Heard.OfType<SweepProgress.Waiting>().LastOrDefault() is { } said) return (said.Why, runs);
            await Task.Delay(50);
        }
        throw new TimeoutException($"not all wait: {string.Join('\n', sweep.Heard)}");
    }
}
