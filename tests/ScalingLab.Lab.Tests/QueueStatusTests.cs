using ScalingLab.Lab.Monitoring;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Tests;

public sealed class QueueStatusTests
{
    [Fact]
    public void Every_running_attempt_has_its_speed_and_what_died_is_counted()
    {
        using var folder = new TemporaryFolder();
        using var ledger = Ledger.Open(folder["ledger.db"]);
        var sweep = new Sweep("s", null, [.. Enumerable.Range(1, 4).Select(ShortRun.Create)]);
        ledger.PutSweep(sweep);
        var attempts = sweep.Cells.Take(3)
            .Select(c => ledger.Claim(c.Spec.Id, new Claimant("n", null, "cpu"), TimeSpan.FromMinutes(1))!)
            .ToList();
        foreach (var (attempt, speed) in attempts.Zip((double[])[100, 200, 300])) ledger.AddAttemptReport(attempt,
            new AttemptReport([], 1, speed));
        ledger.EndWithoutResult(attempts[2],
            new AttemptEnd(FailureKind.Crashed, "it fell over", RunEvent.AttemptLost));

        var status = QueueStatus.Read(ledger, null);
        Assert.Equal([100, 200], status.Running.Select(r => Math.Round(r.TokensPerSecond!.Value, 6)));
        var death = Assert.Single(status.Deaths);
        Assert.Equal((FailureKind.Crashed, 1, "it fell over"), (death.Kind, death.Attempts, death.LastMessage));

        Assert.Equal("no node is there that runs it", Assert.Single(status.Sweeps).EndsUnknown);
        ledger.Announce(new Node("n", new ProcessIdentity("machine", 1, "now"), [new NodeDevice("cpu", 4)]),
            ledger.Now, TimeSpan.FromMinutes(1));
        var there = QueueStatus.Read(ledger, null);
        Assert.Null(there.Sweeps[0].EndsUnknown);
        Assert.InRange(there.Sweeps[0].EndsAbout!.Value - there.Now, TimeSpan.FromSeconds(0.1),
            TimeSpan.FromSeconds(10)); // 160 tokens at 100 a second
    }
}
