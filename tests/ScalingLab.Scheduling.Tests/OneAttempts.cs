using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

/// <summary>One attempt at one run, as a cluster's job makes it.</summary>
public sealed class OneAttempts
{
    [Fact]
    public async Task One_attempt_is_made_at_the_run_and_no_other_run_is_touched()
    {
        using var sweep = new DummySweep(runs: 2);
        Assert.True(await AttemptAsync(sweep));
        Assert.Equal((RunState.Completed, RunState.Pending), (sweep.Record(1).State, sweep.Record(2).State));
        Assert.False(await AttemptAsync(sweep)); // it has ended: nothing is done
        Assert.Single(sweep.Starts(1));
    }

    [Fact]
    public async Task An_attempt_that_fails_is_the_only_one_and_the_ledger_knows_what_became_of_the_run()
    {
        using var sweep = new DummySweep(runs: 1);
        Assert.True(await AttemptAsync(sweep, "1=crash"));
        Assert.Equal((RunState.Pending, 1, FailureKind.Crashed),
            (sweep.Record(1).State, sweep.Record(1).Attempts, sweep.Record(1).Failure!.Value));
        Assert.True(await AttemptAsync(sweep, "1=crash,complete"));
        Assert.Equal(RunState.Completed, sweep.Record(1).State);
    }

    [Fact]
    public async Task A_run_that_was_handed_to_a_cluster_is_started_by_its_job()
    {
        using var sweep = new DummySweep(runs: 1);
        Assert.True(sweep.Ledger.Submit(sweep.Sweep.Cells[0].Spec.Id, "lab-1"));
        Assert.True(await AttemptAsync(sweep));
        Assert.Equal(RunState.Completed, sweep.Record(1).State);
    }

    [Fact]
    public async Task A_job_that_was_started_again_takes_its_run_over_when_the_dead_attempts_lease_ends()
    {
        using var sweep = new DummySweep(runs: 1);
        sweep.Ledger.Claim(
            sweep.Sweep.Cells[0].Spec.Id, new Claimant("dead-node", new ProcessIdentity("another machine", 1, "then")),
            TimeSpan.FromSeconds(2));
        Assert.True(await AttemptAsync(sweep));
        Assert.Equal((RunState.Completed, 2), (sweep.Record(1).State, sweep.Record(1).Attempts));
    }

    [Fact]
    public async Task A_run_that_somebody_holds_and_goes_on_holding_is_left_to_them()
    {
        using var sweep = new DummySweep(runs: 1);
        sweep.Ledger.Claim(
            sweep.Sweep.Cells[0].Spec.Id, new Claimant("live-node", new ProcessIdentity("another machine", 1, "then")),
            TimeSpan.FromHours(1));
        Assert.False(await AttemptAsync(sweep));
        Assert.Equal((RunState.Running, 1), (sweep.Record(1).State, sweep.Record(1).Attempts));
    }

    [Fact]
    public async Task A_run_that_may_not_start_now_is_not_waited_for()
    {
        using var sweep = new DummySweep(runs: 1);
        sweep.Ledger.Pause(DummySweep.Name);
        Assert.False(await AttemptAsync(sweep));
        sweep.Ledger.Resume(DummySweep.Name);
        sweep.Ledger.Yield(until: sweep.Ledger.Now.AddHours(1));
        Assert.False(await AttemptAsync(sweep));
        Assert.Contains(new SweepProgress.Waiting(DummySweep.Name, WaitReason.Yielded, 1), sweep.Heard);
    }

    [Fact]
    public async Task A_job_that_is_told_to_end_gives_its_run_back_with_its_checkpoint()
    {
        using var sweep = new DummySweep(runs: 1, steps: 600);
        using var stop = new CancellationTokenSource();
        var running = AttemptAsync(sweep, stepMilliseconds: 20, stop: stop.Token);
        await sweep.HearAsync<SweepProgress.Training>(t => t.Step >= 5);
        await stop.CancelAsync();
        Assert.True(await running);
        var queued = Assert.Single(sweep.Ledger.Queue());
        Assert.Equal((RunState.Pending, 0), (queued.State, queued.ChargedAttempts));
        Assert.True(queued.Checkpoint >= 5);
    }

    private static async Task<bool> AttemptAsync(
        DummySweep sweep, string script = "", int stepMilliseconds = 0, CancellationToken stop = default) =>
            await NodeRunner.RunAttemptAsync(
            sweep.Ledger, sweep.Sweep.Cells[0].Spec.Id,
            sweep.Options(script, stepMilliseconds, slots: 1) with
            { Lease = TimeSpan.FromSeconds(2), OrphanGrace = TimeSpan.FromSeconds(1) },
            sweep, stop).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
}
