using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Jobs of a real Slurm that Slurm itself, or a person, starts again or takes away.</summary>
[Collection(nameof(Passwords))]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class SlurmJobTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [SlurmFact]
    public async Task A_requeued_job_goes_on_where_it_was_uncharged_a_cancelled_one_leaves_slurm_and_no_password_reaches_it()
    {
        using var cluster = new SlurmCluster();
        using var queue = new QueueLab(Place.Postgres, stepMilliseconds: 100);
        queue.WriteGrid("again", 2, 80);
        var launcher = await cluster.LaunchAsync(queue);
        await queue.UntilAsync(l => l.Queue("again").Count(q => q.Checkpoint > 2) == 2, "checkpoints of both");

        var jobs = cluster.Run("squeue", "--noheader", "--array", "--states=RUNNING", "--format=%i")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, jobs.Length);
        var everythingSeen = cluster.Run("ps", "axww", "-o", "args")
            + cluster.Run("scontrol", "show", "job", "--details")
            + cluster.Run("squeue", "--format=%all") + cluster.Run("scontrol", "write", "batch_script", jobs[0], "-");
        Assert.Contains("attempt.sh", everythingSeen, StringComparison.Ordinal);
        Assert.DoesNotContain(QueueLab.Server.Password, everythingSeen, StringComparison.Ordinal);
        var holders = Directory.EnumerateFiles(queue.Lab.At("home"), "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) != "lock"
                && File.ReadAllText(f).Contains(QueueLab.Server.Password, StringComparison.Ordinal));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(holders)));

        cluster.Run("scontrol", "requeue", jobs[0]);
        await queue.UntilAsync(l => l.Attempts("again").Any(a => a.Ended is not null), "the end of its attempt");
        await queue.UntilAsync(l => l.Find("again")!.In(RunState.Completed) == 2, "both results");
        using var ledger = Ledger.Open(queue.Address);
        var ended = ledger.Attempts("again").Where(a => a.Outcome != RunEvent.Finished).ToList();
        Assert.Equal(FailureKind.Interrupted, Assert.Single(ended).Failure);
        Assert.Matches($"{ended[0].Run}: .*, from step [1-9][0-9]*, attempt 2", SlurmCluster.JobsSaid(queue));

        queue.WriteGrid("unwanted", 4, 600);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.At("unwanted"));
        await queue.UntilAsync(l => l.Find("unwanted")!.In(RunState.Running) == 2, "two attempts");
        await queue.DoAsync("cancel", "unwanted");
        await queue.UntilAsync(l => !l.Submissions().Any(), "Slurm's queue without them");
        await queue.UntilAsync(_ => cluster.Run("squeue", "--noheader").Length == 0, "nodes without them");
        Assert.Equal(4, ledger.Find("unwanted")!.In(RunState.Cancelled));

        launcher.Signal(RunningLab.Terminate);
        Assert.Equal(0, (await launcher.EndAsync(Minute)).ExitCode);
    }
}
