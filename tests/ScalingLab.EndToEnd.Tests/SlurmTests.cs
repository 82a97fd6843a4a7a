using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Sweeps as jobs of a real Slurm.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class SlurmTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [SlurmFact]
    public async Task Every_run_completes_when_a_node_loses_its_power_and_the_controller_is_killed_and_started_again()
    {
        using var cluster = new SlurmCluster();
        using var queue = new QueueLab(Place.Postgres, stepMilliseconds: 40);
        queue.WriteGrid("jobs", 4, 60);
        var launcher = await cluster.LaunchAsync(queue);
        await launcher.UntilAsync(() => launcher.HasSaid("as Slurm job"), "an array");
        await queue.UntilAsync(l => l.Queue("jobs").Any(q => q is { Node: "n1", Checkpoint: > 2 }),
            "a checkpoint on n1");

        cluster.Kill("n1");
        cluster.Kill("slurmctld");
        await launcher.UntilAsync(() => launcher.HasSaid("Slurm does not answer"), "word of the controller's end");
        cluster.StartAgain("slurmctld");
        await launcher.UntilAsync(() => launcher.HasSaid("Slurm answers again"), "word of the controller's return");
        cluster.StartAgain("n1");
        await queue.UntilAsync(l => l.Find("jobs") is { ReportIsDue: false, Reported: not null }, "the report");

        Assert.All(RunsCsv.Read(Path.Combine(queue.Lab.Out, "runs.csv")),
            r => Assert.Equal(RunState.Completed, r.State));
        using var ledger = Ledger.Open(queue.Address);
        var attempts = ledger.Attempts("jobs");
        Assert.Equal(4, attempts.Count(a => a.Outcome == RunEvent.Finished));
        var lost = attempts.Where(a => a.Failure is not null).ToList();
        Assert.Single(lost, a => a.Node == "n1");
        // A controller that died before it had written down that it began a job ends that job, too, when it returns.
        Assert.True(lost.Count == 1 || (lost.Count == 2 && cluster.ControllerSaid("Orphan StepId")),
            $"{lost.Count} attempts were lost");
        Assert.All(lost, attempt =>
        {
            Assert.Equal(FailureKind.LeaseExpired, attempt.Failure);
            Assert.Matches($"{attempt.Run}: .*, from step [1-9][0-9]*, attempt 2", SlurmCluster.JobsSaid(queue));
        });

        launcher.Signal(RunningLab.Terminate);
        Assert.Equal(0, (await launcher.EndAsync(Minute)).ExitCode);
        Assert.Empty(ledger.Submissions());
    }

    [SlurmFact]
    public async Task Lab_run_trains_a_grid_as_jobs_and_says_what_slurm_has_against_it_before_it_hands_anything_over()
    {
        using var cluster = new SlurmCluster();
        using var queue = new QueueLab(Place.Postgres);
        queue.Lab.Environment["SLURM_CONF"] = cluster.Configuration;
        queue.WriteGrid("direct", 3, 4);
        var refused =
            await queue.Lab.RunAsync("run", "grid.json", "--out", queue.Lab.Out, "--launcher", "slurm",
                "--slurm-partition", "nowhere");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("invalid partition", refused.Error, StringComparison.OrdinalIgnoreCase);

        var said =
            await queue.DoAsync("run", "grid.json", "--out", queue.Lab.Out, "--launcher", "slurm", "--slurm-time",
                "10");
        Assert.Contains("+2 as Slurm job", said, StringComparison.Ordinal);
        Assert.All(RunsCsv.Read(Path.Combine(queue.Lab.Out, "runs.csv")),
            r => Assert.Equal(RunState.Completed, r.State));
    }
}
