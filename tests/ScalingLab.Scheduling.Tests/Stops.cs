using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

public sealed class Stops
{
    [Fact]
    public async Task A_graceful_stop_takes_runs_back_to_pending_uncharged_and_the_next_call_goes_on_where_they_were()
    {
        using var sweep = new DummySweep(runs: 3, steps: 400);
        using var stop = new CancellationTokenSource();
        var running = sweep.RunAsync(sweep.Options(stepMilliseconds: 20), stop.Token);
        var first = await sweep.HearAsync<SweepProgress.Training>(t => t.Step >= 5);
        await stop.CancelAsync();
        var stopped = await running;

        Assert.True(stopped.Stopped);
        Assert.False(stopped.IsEnded);
        Assert.Equal(0, stopped.Summary.In(RunState.Running));
        Assert.All(sweep.Ledger.Queue(DummySweep.Name),
            q => Assert.Equal((RunState.Pending, 0), (q.State, q.ChargedAttempts)));
        Assert.Equal(FailureKind.Interrupted,
            sweep.Ledger.Records(DummySweep.Name).Single(r => r.Cell.Spec.Id == first.Run).Failure);

        var resumed = await sweep.RunAsync(sweep.Options());
        Assert.True(resumed.IsComplete);
        Assert.True(sweep.Heard.OfType<SweepProgress.Started>().Last(s => s.Run == first.Run).Step >= 5);
        Assert.All(sweep.Ledger.Records(DummySweep.Name), r => Assert.Equal(400, r.Points.Count));
    }

    [Fact]
    public async Task Finished_runs_are_never_run_again()
    {
        using var sweep = new DummySweep(runs: 3);
        await sweep.RunAsync(sweep.Options("2=diverge"));
        var again = await sweep.RunAsync(sweep.Options());

        Assert.Equal(0, again.AttemptsStarted);
        Assert.True(again.IsEnded);
        Assert.All([1, 2, 3], seed => Assert.Single(sweep.Starts(seed)));
    }

    [Fact]
    public async Task A_worker_that_hears_nothing_is_killed_after_its_grace_and_its_run_is_not_charged()
    {
        using var sweep = new DummySweep(runs: 1);
        using var stop = new CancellationTokenSource();
        var running = sweep.RunAsync(sweep.Options("1=deaf") with { StopGrace = TimeSpan.FromSeconds(1) }, stop.Token);
        await sweep.HearAsync<SweepProgress.Training>(t => t.Step == 1);
        await stop.CancelAsync();
        await running;

        var queued = Assert.Single(sweep.Ledger.Queue(DummySweep.Name));
        Assert.Equal((RunState.Pending, 0), (queued.State, queued.ChargedAttempts));
        Assert.False(LocalProcesses.IsAlive(queued.Worker!));
    }

    [Fact]
    public async Task A_cancelled_run_is_stopped_at_once_and_can_be_retried()
    {
        using var sweep = new DummySweep(runs: 2);
        var running = sweep.RunAsync(sweep.Options("1=hang,complete"));
        var first =
            await sweep.HearAsync<SweepProgress.Training>(t => t.Step == 1 && t.Run == sweep.Sweep.Cells[0].Spec.Id);
        Assert.Equal([first.Run], sweep.Ledger.Cancel(DummySweep.Name, first.Run));
        var outcome = await running;

        Assert.Equal((1, 1), (outcome.Summary.In(RunState.Cancelled), outcome.Summary.In(RunState.Completed)));
        Assert.Single(sweep.Heard.OfType<SweepProgress.TakenAway>());

        sweep.Ledger.Retry(DummySweep.Name);
        Assert.True((await sweep.RunAsync(sweep.Options())).IsComplete);
    }

    [Fact]
    public async Task A_paused_sweep_starts_nothing_and_ends_when_nothing_runs()
    {
        using var sweep = new DummySweep(runs: 2);
        sweep.Ledger.Pause(DummySweep.Name);
        var paused = await sweep.RunAsync(sweep.Options());
        Assert.Equal((0, 2), (paused.AttemptsStarted, paused.Summary.In(RunState.Pending)));

        sweep.Ledger.Resume(DummySweep.Name);
        Assert.True((await sweep.RunAsync(sweep.Options())).IsComplete);
    }

    [Fact]
    public async Task Two_hosts_with_one_ledger_share_a_sweep_and_run_each_run_once()
    {
        using var sweep = new DummySweep(runs: 8);
        using var second = Ledger.OpenSqlite(sweep.LedgerFile);
        var options = sweep.Options(stepMilliseconds: 30);
        var outcomes = await Task.WhenAll(
            sweep.RunAsync(options),
            NodeRunner.RunSweepAsync(second, DummySweep.Name, options with { Name = "other-node" }, sweep,
                CancellationToken.None));

        Assert.All(outcomes, o => Assert.True(o.IsComplete));
        Assert.Equal(8, outcomes.Sum(o => o.AttemptsStarted));
        Assert.All(outcomes, o => Assert.NotEqual(0, o.AttemptsStarted));
        Assert.All(Enumerable.Range(1, 8), seed => Assert.Single(sweep.Starts(seed)));
    }

    [Fact]
    public async Task A_run_keeps_the_threads_that_it_began_with()
    {
        using var sweep = new DummySweep(runs: 1);
        var options = sweep.Options("1=crash,complete") with { Retries = new RetryPolicy() };
        var wanted = 2;
        await sweep.RunAsync(options with
            { Settings = async (run, stop) => await options.Settings(run, stop) with { Threads = wanted++ } });

        Assert.Equal(["2", "2"], sweep.Starts(1).Select(s => s[1]));
        Assert.Equal(["2", "2"], sweep.Starts(1).Select(s => s[3]));
    }
}
