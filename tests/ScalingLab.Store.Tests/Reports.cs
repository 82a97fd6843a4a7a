using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

public sealed class Reports
{
    [Theory, OnSqlite, OnPostgres]
    public void A_report_is_made_once_when_the_last_run_has_ended_and_again_when_a_retried_one_changes_it(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        test.Ledger.Accept(test.Claim(1), TestLedger.Result());
        Assert.False(test.Ledger.Find("s")!.ReportIsDue);
        Assert.Null(test.Ledger.ClaimReport("s", "node-a", TestLedger.Lease));
        test.Ledger.EndWithoutResult(test.Claim(2), TestLedger.Loss(RunEvent.FailedForGood));
        Assert.True(test.Ledger.Find("s")!.ReportIsDue);

        var claim = test.Ledger.ClaimReport("s", "node-a", TestLedger.Lease)!;
        Assert.Null(test.Ledger.ClaimReport("s", "node-b", TestLedger.Lease));
        Assert.Null(test.Ledger.Find("s")!.Reported);
        Assert.True(test.Ledger.Reported(claim));
        Assert.Equal((false, test.Time.GetUtcNow()),
            (test.Ledger.Find("s")!.ReportIsDue, test.Ledger.Find("s")!.Reported));
        Assert.Null(test.Ledger.ClaimReport("s", "node-b", TestLedger.Lease));

        test.Ledger.Retry("s");
        Assert.False(test.Ledger.Find("s")!.ReportIsDue); // it runs again
        // as before, but another attempt
        test.Ledger.EndWithoutResult(test.Claim(2), TestLedger.Loss(RunEvent.FailedForGood));
        Assert.True(test.Ledger.Find("s")!.ReportIsDue);
        Assert.NotEqual(claim.Stamp, test.Ledger.ClaimReport("s", "node-b", TestLedger.Lease)!.Stamp);
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_report_whose_maker_died_is_made_by_another_and_the_late_one_counts_no_more(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Ledger.Accept(test.Claim(), TestLedger.Result());
        var late = test.Ledger.ClaimReport("s", "node-a", TestLedger.Lease)!;
        test.Time.Advance(59);
        Assert.True(test.Ledger.RenewReport(late, TestLedger.Lease));
        test.Time.Advance(59);
        Assert.Null(test.Ledger.ClaimReport("s", "node-b", TestLedger.Lease));
        test.Time.Advance(1);
        var next = test.Ledger.ClaimReport("s", "node-b", TestLedger.Lease)!;
        Assert.False(test.Ledger.RenewReport(late, TestLedger.Lease));
        Assert.False(test.Ledger.FailReport(late, "too late", TimeSpan.Zero));
        Assert.False(test.Ledger.Reported(late));
        Assert.True(test.Ledger.Reported(next));
        Assert.False(test.Ledger.RenewReport(next, TestLedger.Lease));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_report_that_fails_is_tried_again_after_a_wait_and_says_why(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Ledger.Cancel("s");
        Assert.True(
            test.Ledger.FailReport(test.Ledger.ClaimReport("s", "node-a", TestLedger.Lease)!, "no node here",
                TimeSpan.FromSeconds(30)));
        Assert.Equal((true, "no node here"),
            (test.Ledger.Find("s")!.ReportIsDue, test.Ledger.Find("s")!.ReportFailure));
        Assert.Null(test.Ledger.ClaimReport("s", "node-a", TestLedger.Lease));
        test.Time.Advance(30);
        Assert.True(test.Ledger.Reported(test.Ledger.ClaimReport("s", "node-a", TestLedger.Lease)!));
        Assert.Null(test.Ledger.Find("s")!.ReportFailure);
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_run_retried_while_the_report_is_made_makes_another_one_due(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Ledger.EndWithoutResult(test.Claim(), TestLedger.Loss(RunEvent.FailedForGood));
        var claim = test.Ledger.ClaimReport("s", "node-a", TestLedger.Lease)!;
        test.Ledger.Retry("s");
        test.Ledger.Accept(test.Claim(), TestLedger.Result());
        Assert.True(test.Ledger.Reported(claim));
        Assert.True(test.Ledger.Find("s")!.ReportIsDue);

        Assert.True(test.Ledger.Reported(test.Ledger.ClaimReport("s", "node-a", TestLedger.Lease)!));
        test.Ledger.PutSweep(TestLedger.Sweep("s", 1, "a new question"));
        Assert.True(test.Ledger.Find("s")!.ReportIsDue); // it is printed in the report
        Assert.Null(test.Ledger.ClaimReport("unknown", "node-a", TestLedger.Lease));
    }

    [Theory, OnSqlite, OnPostgres]
    public void How_many_runs_a_report_flags_is_kept_with_the_sweep(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        Assert.Null(test.Ledger.Find("s")!.Flagged);
        test.Ledger.Flag("s", 2);
        Assert.Equal(2, test.Ledger.Find("s")!.Flagged);
        test.Ledger.Flag("s", 0);
        Assert.Equal(0, test.Ledger.Find("s")!.Flagged);
    }
}
