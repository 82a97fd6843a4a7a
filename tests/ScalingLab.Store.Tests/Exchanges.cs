using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

/// <summary>Finished runs out of one ledger and into another.</summary>
public sealed class Exchanges
{
    private static readonly IntervalTelemetry Telemetry =
        new() { TokensPerSecond = 1234.5, Mfu = 0.39, EnergyJoules = 7.25, PeakMemoryBytes = 1 << 30 };

    private static readonly MetricPoint[] Curve =
    [
        new(5, 80, 3.1, null, 0.01, 0.7, Telemetry), new(8, 128, double.PositiveInfinity),
            new(10, 160, 1.0 / 3, 2.9, 0.001, 0.6, Telemetry),
    ];

    [Theory, OnSqlite, OnPostgres]
    public void What_was_finished_in_one_ledger_is_the_same_in_another(Place on)
    {
        using var one = Trained(on, runs: 3, finished: 2);
        using var other = new TestLedger(Place.Sqlite, runs: 3);
        var exported = one.Ledger.Finished("s");
        Assert.Equal([TestLedger.Run(1), TestLedger.Run(2)], exported.Select(r => new RunId(r.Run)));

        var outcome = other.Ledger.Import(exported);

        Assert.Equal((0, 2, 0), (outcome.New, outcome.Completed, outcome.Known));
        foreach (var seed in (int[])[1, 2])
        {
            var (here, there) = (one.Record(seed), other.Record(seed));
            Assert.Equal((RunState.Completed, here.Result, 1), (there.State, there.Result, there.Attempts));
            Assert.Equal(here.Points, there.Points);
            Assert.Equal(here.Points.Select(p => p.Telemetry), there.Points.Select(p => p.Telemetry));
        }
        Assert.Equal(exported.Select(RunJsonWithoutPoints), other.Ledger.Finished("s").Select(RunJsonWithoutPoints));
        Assert.Equal(TestLedger.Run(3), Assert.Single(other.Ledger.Queue()).Run);
        Assert.Empty(other.Ledger.Speeds()); // another machine's
        var attempt = other.Ledger.Attempts("s")[0];
        Assert.Equal(("node-a", RunEvent.Finished, TimeSpan.FromSeconds(5)),
            (attempt.Node, attempt.Outcome, attempt.Ended - attempt.Began));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_sweep_that_is_queued_after_an_import_has_its_runs_and_a_report_is_due(Place on)
    {
        using var one = Trained(on, runs: 2, finished: 2);
        using var other = new TestLedger(on);
        Assert.Equal((2, 0, 0), Counts(other.Ledger.Import(one.Ledger.Finished())));
        Assert.Equal(2, other.Ledger.Finished().Count); // though no sweep has them
        Assert.Empty(other.Ledger.Sweeps());

        other.Ledger.PutSweep(TestLedger.Sweep("s", 2));
        Assert.Equal((2, true), (other.Ledger.Find("s")!.In(RunState.Completed), other.Ledger.Find("s")!.ReportIsDue));
        Assert.Null(other.Ledger.Claim(TestLedger.Run(1), TestLedger.Me, TestLedger.Lease));
        Assert.Equal(Curve, other.Record(1).Points);
        Assert.NotNull(other.Ledger.ClaimReport("s", "node-a", TestLedger.Lease));
    }

    [Theory, OnSqlite, OnPostgres]
    public void Runs_that_are_there_already_are_kept_and_another_loss_is_said(Place on)
    {
        using var test = Trained(on, runs: 2, finished: 2);
        var offered = test.Ledger.Finished("s").Select(r => r with { By = r.By with { Node = "elsewhere" } }).ToList();
        offered[1] = offered[1] with { Result = TestLedger.Result(3.25) };

        var outcome = test.Ledger.Import(offered);

        Assert.Equal((0, 0, 2), Counts(outcome));
        Assert.Equal(new LossMismatch(TestLedger.Run(2), 3.5, 3.25), Assert.Single(outcome.Mismatches));
        Assert.Equal(3.5, test.Record(2).Result!.LossValidation);
        Assert.All(test.Ledger.Attempts("s"), a => Assert.Equal("node-a", a.Node));
    }

    [Theory, OnSqlite, OnPostgres]
    public void No_running_attempt_is_robbed_and_no_end_without_a_result_is_overruled(Place on)
    {
        using var one = Trained(on, runs: 4, finished: 4);
        using var other = new TestLedger(on, runs: 4);
        var running = other.Claim(1);
        other.Ledger.EndWithoutResult(other.Claim(2), TestLedger.Loss(RunEvent.FailedForGood));
        other.Ledger.Cancel("s", TestLedger.Run(3));

        var outcome = other.Ledger.Import(one.Ledger.Finished("s"));

        Assert.Equal((0, 1, 0), Counts(outcome));
        Assert.Equal(
            [(TestLedger.Run(1), RunState.Running), (TestLedger.Run(2), RunState.Failed),
                (TestLedger.Run(3), RunState.Cancelled)], outcome.Refused);
        Assert.True(other.Ledger.Accept(running, TestLedger.Result(3.0)));
        Assert.Equal(3.0, other.Record(1).Result!.LossValidation);

        other.Ledger.Retry("s");
        Assert.Equal((0, 2, 2), Counts(other.Ledger.Import(one.Ledger.Finished("s"))));
        Assert.Equal((RunState.Completed, 2, (FailureKind?)null),
            (other.Record(2).State, other.Record(2).Attempts, other.Record(2).Failure));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_run_that_waits_for_another_attempt_takes_the_result_with_its_own_curve_and_the_late_attempt_counts_no_more(Place on)
    {
        using var one = Trained(on, runs: 1, finished: 1);
        using var other = new TestLedger(on, runs: 1);
        var late = other.Claim();
        other.Ledger.AddAttemptReport(late, new AttemptReport([new MetricPoint(3, 48, 9.9)], Checkpoint: 3));
        other.Ledger.EndWithoutResult(late, TestLedger.Loss(backOffSeconds: 60));

        other.Ledger.Import(one.Ledger.Finished("s"));

        Assert.Equal((RunState.Completed, 2), (other.Record().State, other.Record().Attempts));
        Assert.Equal(Curve, other.Record().Points);
        Assert.Equal([1L, 2], other.Ledger.Attempts("s").Select(a => a.Fence));
        Assert.False(other.Ledger.Accept(late, TestLedger.Result(9)));
        Assert.False(other.Ledger.AddAttemptReport(late, new AttemptReport([new MetricPoint(4, 64, 9.9)])));
    }

    [Theory, OnSqlite, OnPostgres]
    public void Runs_come_in_all_together_or_not_at_all(Place on)
    {
        using var one = Trained(on, runs: 2, finished: 2);
        using var other = new TestLedger(on, runs: 2);
        var runs = one.Ledger.Finished("s").ToList();
        Assert.Throws<ArgumentException>(() =>
            other.Ledger.Import([runs[0], runs[1] with { Run = "0123456789abcdef" }]));
        Assert.Equal(2, other.Ledger.Find("s")!.In(RunState.Pending));

        // What fails half way leaves nothing: the attempt of the first run is written before its curve.
        other.Execute("ALTER TABLE points RENAME COLUMN gradient_norm TO gone");
        Assert.ThrowsAny<System.Data.Common.DbException>(() => other.Ledger.Import(runs));
        Assert.Equal(2, other.Ledger.Find("s")!.In(RunState.Pending));
        Assert.Empty(other.Ledger.Attempts("s"));
    }

    [Theory, OnSqlite, OnPostgres]
    public void Scores_are_added_to_a_finished_run_make_its_report_due_and_go_with_it(Place on)
    {
        using var one = Trained(on, runs: 2, finished: 2);
        Assert.NotNull(one.Ledger.ClaimReport("s", "a", TimeSpan.FromMinutes(1)) is { } claim
            && one.Ledger.Reported(claim) ? claim : null);
        Assert.Null(one.Ledger.ClaimReport("s", "a", TimeSpan.FromMinutes(1)));
        static TaskScore Score(string name, double value) =>
            new(name, "choices", "k0", 10, [new Metric("acc", value, new Range95(0.1, 0.9), 0.25)]);
        Assert.True(one.Ledger.AddScores(TestLedger.Run(1), [Score("b", 0.4)]));
        Assert.True(one.Ledger.AddScores(TestLedger.Run(1), [Score("a", 0.5), Score("b", 0.6)]));
        var scores = one.Record(1).Result!.Scores!;
        Assert.Equal([("a", 0.5), ("b", 0.6)], scores.Select(s => (s.Name, s.Main!.Value)));
        Assert.Null(one.Record(2).Result!.Scores);
        Assert.NotNull(one.Ledger.ClaimReport("s", "a", TimeSpan.FromMinutes(1)));

        // What is known there is not trained again, and gets the scores that it lacks.
        using var other = Trained(Place.Sqlite, runs: 3, finished: 2);
        other.Ledger.AddScores(TestLedger.Run(1), [Score("a", 0.1)]);
        Assert.Equal((0, 0, 2), Counts(other.Ledger.Import(one.Ledger.Finished("s"))));
        Assert.Equal([("a", 0.1), ("b", 0.6)],
            other.Record(1).Result!.Scores!.Select(s => (s.Name, s.Main!.Value)));
        Assert.False(other.Ledger.AddScores(TestLedger.Run(3), [Score("a", 0.5)])); // not finished
    }

    private static (int New, int Completed, int Known) Counts(ImportOutcome of) => (of.New, of.Completed, of.Known);

    private static string RunJsonWithoutPoints(FinishedRun run) => RunJson.Serialize(run with { Points = [] });

    private static TestLedger Trained(Place on, int runs, int finished)
    {
        var test = new TestLedger(on, runs);
        var attempts = Enumerable.Range(1, finished).Select(test.Claim).ToList();
        test.Time.Advance(5);
        foreach (var attempt in attempts) test.Ledger.Accept(attempt, TestLedger.Result(), new AttemptReport(Curve));
        return test;
    }
}
