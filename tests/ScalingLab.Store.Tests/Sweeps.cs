using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

public sealed class Sweeps
{
    [Theory, OnSqlite, OnPostgres]
    public void A_sweep_is_read_back_as_it_was_put_in_its_order(Place on)
    {
        using var test = new TestLedger(on);
        var cells = new[] { 3, 1, 2 }.Select(seed => TestLedger.Cell(seed)).ToList();
        test.Ledger.PutSweep(new Sweep("s", "which is best?", cells));

        var records = test.Ledger.Records("s");
        Assert.Equal([3, 1, 2], records.Select(r => r.Cell.Spec.Seed));
        Assert.Equal(cells[0].Spec, records[0].Cell.Spec);
        Assert.Equal(("1x8", 3e6), (records[0].Cell.Model, records[0].Cell.BudgetFlops));
        Assert.Equal(cells[0].Varies, records[0].Cell.Varies);
        Assert.Equal((RunState.Pending, 0), (records[0].State, records[0].Attempts));
        Assert.Null(records[0].Result);
        Assert.Empty(test.Ledger.Records("unknown"));
    }

    [Theory, OnSqlite, OnPostgres]
    public void The_same_sweep_again_changes_nothing_and_other_cells_under_its_name_are_refused(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        test.Ledger.Accept(test.Claim(), TestLedger.Result());
        test.Ledger.PutSweep(TestLedger.Sweep("s", 3, "now with a question"));
        Assert.Equal(("now with a question", 1),
            (test.Ledger.Find("s")!.Question, test.Ledger.Find("s")!.In(RunState.Completed)));

        var refused = Assert.Throws<InputException>(() => test.Ledger.PutSweep(TestLedger.Sweep("s", 4)));
        Assert.Equal("name", Assert.Single(refused.Problems).Place);
        Assert.Contains("1 runs that it has not, and lacks 0 of its 3", refused.Message, StringComparison.Ordinal);
        Assert.Equal(3, test.Ledger.Records("s").Count);
    }

    [Theory, OnSqlite, OnPostgres]
    public void An_updated_sweep_keeps_what_its_runs_have_done_also_when_they_left_and_came_back(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        test.Ledger.Accept(test.Claim(2), TestLedger.Result());
        test.Ledger.PutSweep(TestLedger.Sweep("s", 1), update: true);
        Assert.Equal([RunState.Pending], test.Ledger.Records("s").Select(r => r.State));
        test.Ledger.PutSweep(TestLedger.Sweep("s", 4), update: true);
        Assert.Equal(
            [RunState.Pending, RunState.Completed, RunState.Pending, RunState.Pending], test.Ledger.Records("s")
            .Select(r => r.State));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_run_that_two_sweeps_share_is_one_run(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        test.Ledger.PutSweep(TestLedger.Sweep("t", 3));
        test.Ledger.Accept(test.Claim(), TestLedger.Result());
        Assert.Equal((1, 2),
            (test.Ledger.Find("t")!.In(RunState.Completed), test.Ledger.Find("t")!.In(RunState.Pending)));
        Assert.Equal(["s", "t"], test.Ledger.Sweeps().Select(s => s.Name));
        Assert.Equal([2, 3], test.Ledger.Sweeps().Select(s => s.Total));
        Assert.Null(test.Ledger.Find("u"));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_point_said_again_replaces_itself_a_missing_value_erases_none_and_missing_stays_missing(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var attempt = test.Claim();
        Assert.True(
            test.Ledger.AddAttemptReport(attempt,
                new AttemptReport([new MetricPoint(2, 32, 4.0, null, 0.01), new MetricPoint(1, 16, 5.0)])));
        Assert.True(
            test.Ledger.AddAttemptReport(attempt,
                new AttemptReport([new MetricPoint(2, 32, 3.9), new MetricPoint(2, 32, null, 3.8)])));
        Assert.Equal([new MetricPoint(1, 16, 5.0), new MetricPoint(2, 32, 3.9, 3.8, 0.01)], test.Record().Points);
        var telemetry =
            new IntervalTelemetry { TokensPerSecond = 1e5, EnergyJoules = 0.1 + 0.2, PeakMemoryBytes = 1L << 40 };
        Assert.True(
            test.Ledger.AddAttemptReport(attempt,
                new AttemptReport([new MetricPoint(2, 32, Telemetry: telemetry), new MetricPoint(2, 32, 3.9)])));
        Assert.Equal([null, telemetry], test.Record().Points.Select(p => p.Telemetry));
        Assert.Empty(test.Ledger.Records("s", withPoints: false)[0].Points);
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_result_is_read_back_with_its_last_points_and_clears_an_earlier_failure(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Ledger.EndWithoutResult(test.Claim(), TestLedger.Loss());
        Assert.Equal((FailureKind.Crashed, "it fell over"),
            (test.Record().Failure!.Value, test.Record().FailureMessage));
        test.Ledger.Accept(test.Claim(), TestLedger.Result(), new AttemptReport([new MetricPoint(10, 160, 3.6, 3.5)]));

        var record = test.Record();
        Assert.Equal((RunState.Completed, 2), (record.State, record.Attempts));
        Assert.Equal(TestLedger.Result(), record.Result);
        Assert.Null(record.Failure);
        Assert.Null(record.FailureMessage);
        Assert.Equal(10, Assert.Single(record.Points).Step);
    }

    [Theory, OnSqlite, OnPostgres]
    public void Cancel_and_retry_reach_one_run_or_all_that_they_can(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        var running = test.Claim(1);
        test.Ledger.AddAttemptReport(running, new AttemptReport([new MetricPoint(1, 16, 5.0)]));
        test.Ledger.Accept(test.Claim(3), TestLedger.Result());
        Assert.Equal([TestLedger.Run(2)], test.Ledger.Cancel("s", TestLedger.Run(2)));
        Assert.Equal([TestLedger.Run(1)], test.Ledger.Cancel("s"));
        Assert.False(test.Ledger.Renew(running, TestLedger.Lease));
        Assert.Equal([TestLedger.Run(1), TestLedger.Run(2)], test.Ledger.Retry("s"));
        Assert.Empty(test.Record(1).Points);
        Assert.Equal(RunState.Completed, test.Record(3).State);
        Assert.Empty(test.Ledger.Retry("s"));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_pause_is_seen_by_all_and_taken_back(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        Assert.True(test.Ledger.Pause("s"));
        Assert.True(test.Ledger.Find("s")!.Paused);
        Assert.True(test.Ledger.Resume("s"));
        Assert.False(test.Ledger.Find("s")!.Paused);
        Assert.False(test.Ledger.Pause("unknown"));
    }
}
