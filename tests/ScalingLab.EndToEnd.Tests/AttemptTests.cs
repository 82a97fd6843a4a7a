using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>One attempt by itself, as a cluster's job makes it, and what is asked of a cluster in vain.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class AttemptTests
{
    // On PostgreSQL Slurm's jobs make them (SlurmTests).
    [Fact]
    public async Task An_attempt_trains_its_run_and_no_other_and_does_nothing_where_there_is_nothing_to_do()
    {
        using var queue = new QueueLab(Place.Sqlite, "2=crash,complete");
        queue.WriteGrid("single", 2, 4);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        using var ledger = Ledger.Open(queue.Address);
        var (first, second) =
            (ledger.Records("single")[0].Cell.Spec.Id.Value, ledger.Records("single")[1].Cell.Spec.Id.Value);

        Assert.Matches($"finished micro-28k {first}: loss", await queue.DoAsync("attempt", first));
        Assert.Equal((1, 1),
            (ledger.Find("single")!.In(RunState.Completed), ledger.Find("single")!.In(RunState.Pending)));
        Assert.Contains($"{first}: nothing to do, it has ended.", await queue.DoAsync("attempt", first),
            StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(ledger.Attempts("single")).Number);

        await queue.DoAsync("pause", "single");
        var paused = await queue.Lab.RunAsync("attempt", second);
        Assert.Equal(1, paused.ExitCode);
        Assert.Contains($"{second}: no attempt was made: the sweep is paused.", paused.Out, StringComparison.Ordinal);
        await queue.DoAsync("resume", "single");

        var crashed = await queue.Lab.RunAsync("attempt", second);
        Assert.Equal(1, crashed.ExitCode);
        Assert.Matches($"lost micro-28k {second}, now pending \\(Crashed\\)", crashed.Out);
        // waits for its back-off
        Assert.Contains($"finished micro-28k {second}", await queue.DoAsync("attempt", second),
            StringComparison.Ordinal);
        Assert.Equal([1, 1, 2], ledger.Attempts("single").Select(a => a.Number));
    }

    [Fact]
    public async Task What_cannot_be_asked_of_a_cluster_is_refused_with_what_to_do()
    {
        using var queue = new QueueLab(Place.Sqlite);
        queue.WriteGrid("never", 1, 4);
        await Refused("knows no run 'ffff'", "attempt", "ffff");
        await Refused("--environment: .* cannot be read", "attempt", "ffff", "--environment",
            queue.Lab.At("none.json"));
        await Refused("give a PostgreSQL ledger", "run", "grid.json", "--launcher", "slurm");
        await Refused("give a PostgreSQL ledger", "node", "--launcher", "slurm");
        await Refused("--slurm-time: is for --launcher slurm", "node", "--slurm-time", "1:00:00");
        await Refused("--slurm-time: is 60 s; 3 minutes are the least", "node", "--launcher", "slurm", "--slurm-time",
            "1");
        await Refused("--slots: is for workers on this machine", "node", "--launcher", "slurm", "--slots", "2");

        async Task Refused(string why, params string[] arguments)
        {
            var answer = await queue.Lab.RunAsync(arguments);
            Assert.True(answer.ExitCode == 2, answer.ToString());
            Assert.Matches(why, Assert.Single(answer.Problems));
        }
    }
}
