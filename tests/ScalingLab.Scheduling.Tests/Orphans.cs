using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

public sealed class Orphans
{
    [Fact]
    public async Task A_run_of_a_dead_host_is_taken_over_at_once_and_not_when_its_lease_ends()
    {
        using var sweep = new DummySweep(runs: 2);
        var attempt = Claim(sweep, host: Ended());
        var outcome = await sweep.RunAsync(sweep.Options());

        Assert.True(outcome.IsComplete);
        Assert.Equal(2, sweep.Record(1).Attempts);
        var lost = Assert.Single(sweep.Heard.OfType<SweepProgress.Lost>());
        Assert.Equal((attempt.Run, FailureKind.LeaseExpired), (lost.Run, lost.Kind));
        // the dead host, were it to come back, holds nothing
        Assert.False(sweep.Ledger.Renew(attempt, TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task A_worker_that_outlived_its_host_is_gone_before_its_run_is_started_again()
    {
        using var sweep = new DummySweep(runs: 1);
        using var worker = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;
        var attempt = Claim(sweep, host: Ended());
        Assert.True(sweep.Ledger.RecordWorker(attempt, LocalProcesses.Identify(worker.Id)!));
        var outcome = await sweep.RunAsync(sweep.Options() with { StopGrace = TimeSpan.FromSeconds(1) });

        Assert.True(outcome.IsComplete);
        Assert.True(worker.HasExited);
        Assert.False(sweep.AnyTwoWriters());
    }

    [Fact]
    public async Task A_run_of_another_machine_is_taken_over_when_its_lease_ends()
    {
        using var sweep = new DummySweep(runs: 1);
        sweep.Ledger.Claim(
            sweep.Sweep.Cells[0].Spec.Id, new Claimant("far-node", new ProcessIdentity("another machine", 1, "then")),
            TimeSpan.FromSeconds(3));
        var outcome = await sweep.RunAsync(sweep.Options());

        Assert.True(outcome.IsComplete);
        Assert.Equal("far-node stopped renewing its lease",
            Assert.Single(sweep.Heard.OfType<SweepProgress.Lost>()).Message);
    }

    [Fact]
    public void A_process_is_known_again_by_id_and_start_and_an_ended_one_is_not_alive()
    {
        Assert.True(LocalProcesses.IsAlive(LocalProcesses.Current));
        Assert.False(LocalProcesses.IsAlive(LocalProcesses.Current with { Started = "another time" }));
        Assert.False(LocalProcesses.IsAlive(LocalProcesses.Current with { Machine = "another machine" }));
        Assert.False(LocalProcesses.IsAlive(Ended()));
    }

    private static Attempt Claim(DummySweep sweep, ProcessIdentity host) =>
        sweep.Ledger.Claim(sweep.Sweep.Cells[0].Spec.Id, new Claimant("dead-node", host), TimeSpan.FromHours(1))!;

    /// <summary>A process of this machine that has ended.</summary>
    private static ProcessIdentity Ended()
    {
        using var process = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;
        var mark = LocalProcesses.Identify(process.Id)!;
        process.Kill();
        process.WaitForExit();
        return mark;
    }
}
