using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

public sealed class Totals
{
    [Theory, OnSqlite, OnPostgres]
    public void Sums_are_of_each_run_once_by_what_its_attempts_and_its_result_say(Place on)
    {
        using var test = new TestLedger(on, runs: 4);
        test.Ledger.PutSweep(TestLedger.Sweep("the same runs again", 4));
        Assert.True(
            test.Ledger.Accept(test.Claim(1), TestLedger.Result() with { EnergyJoules = 1.5e-7, TrunkSteps = 4 }));
        Assert.True(test.Ledger.Accept(test.Claim(2), TestLedger.Result() with { EnergyJoules = 2e20 }));
        var running = test.Ledger.Claim(TestLedger.Run(3), TestLedger.Me with { Device = "cuda:1" }, TestLedger.Lease)!;
        Assert.True(test.Ledger.AddAttemptReport(running, new AttemptReport([], TokensPerSecond: 1250)));
        Assert.True(test.Ledger.EndWithoutResult(test.Claim(4), TestLedger.Loss()));
        test.Claim(4);

        var (totals, spec) = (test.Ledger.Totals(), TestLedger.Cell(1).Spec);
        Assert.Equal(spec.Tokens * 1.6, totals.TokensTrained, 1e-6);
        Assert.Equal(spec.Flops * 1.6, totals.FlopsTrained, 1e-6);
        Assert.Equal(2e20, totals.EnergyJoules);
        Assert.Equal([("node-a", null, 1), ("node-a", "cuda:1", 1)],
            totals.Busy.Select(b => (b.Node, b.Device, b.Attempts)).OrderBy(b => b.Device));
        Assert.Equal(1250, totals.Busy.Sum(b => b.TokensPerSecond), 1e-6);
        Assert.Equal(
            [new(RunEvent.Finished, null, 2), new(RunEvent.AttemptLost, FailureKind.Crashed, 1)],
            totals.Ended.OrderBy(e => e.Outcome));
    }

    [Theory, OnSqlite, OnPostgres]
    public void What_several_devices_do_together_each_does_in_equal_parts(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        void Running(int run, string device, double tokensPerSecond)
        {
            var attempt =
                test.Ledger.Claim(TestLedger.Run(run), TestLedger.Me with { Device = device }, TestLedger.Lease)!;
            Assert.True(test.Ledger.AddAttemptReport(attempt, new AttemptReport([], TokensPerSecond: tokensPerSecond)));
        }

        Running(1, "cuda:0+cuda:1", 3000);
        Running(2, "cuda:1", 500);
        Assert.Equal(
            [("cuda:0", 1, 1500), ("cuda:1", 2, 2000)],
            test.Ledger.Totals().Busy.OrderBy(b => b.Device)
            .Select(b => (b.Device!, b.Attempts, Math.Round(b.TokensPerSecond))));
    }

    [Theory, OnSqlite, OnPostgres]
    public void Before_anything_ran_they_are_nothing_and_no_energy_was_measured(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var totals = test.Ledger.Totals();
        Assert.Equal((0.0, 0.0, null), (totals.TokensTrained, totals.FlopsTrained, totals.EnergyJoules));
        Assert.Empty(totals.Busy);
        Assert.Empty(totals.Ended);
    }
}
