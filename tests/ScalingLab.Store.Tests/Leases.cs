using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

public sealed class Leases
{
    [Theory, OnSqlite, OnPostgres]
    public void A_run_is_claimed_once_and_knows_its_attempt(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var attempt = test.Claim();
        Assert.Equal((TestLedger.Run(), 1, 1L, 0),
            (attempt.Run, attempt.Number, attempt.Fence, attempt.ChargedAttempts));
        Assert.Equal(TestLedger.Run(), attempt.Spec.Id);
        Assert.Null(test.Ledger.Claim(TestLedger.Run(), TestLedger.Me, TestLedger.Lease));
        Assert.Null(test.Ledger.Claim(new RunId("nobody"), TestLedger.Me, TestLedger.Lease));
    }

    [Theory, OnSqlite, OnPostgres]
    public void Hosts_that_died_without_a_run_since_its_first_charged_attempt_are_counted_once_each(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        Die(pid: 1, 2, 3); // before
        Die(pid: 2, 1, 2); // with it
        Assert.Equal(0, test.Ledger.HostsLostWithout(TestLedger.Run(1), losses: 1));
        Die(pid: 3, 2, 3);
        Die(pid: 4, 3);
        Claim(pid: 5, 1);
        Assert.Equal(2, test.Ledger.HostsLostWithout(TestLedger.Run(1), losses: 1));

        void Die(int pid, params int[] seeds)
        {
            foreach (var lost in seeds.Select(s => Claim(pid, s)).ToList())
            {
                test.Time.Advance(1);
                var loss =
                    new AttemptEnd(FailureKind.LeaseExpired, "the host died", RunEvent.AttemptLost, TimeSpan.Zero);
                Assert.True(test.Ledger.Expire(lost.Run, lost.Fence, loss, hostIsGone: true));
            }
        }

        Attempt Claim(int pid, int seed) =>
            test.Ledger.Claim(TestLedger.Run(seed), new Claimant("n", new ProcessIdentity("m", pid, "then")),
                TestLedger.Lease)!;
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_late_attempt_can_write_nothing_once_another_holds_the_run(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var late = test.Claim();
        test.Pass(61);
        Assert.True(test.Ledger.Expire(late.Run, late.Fence, TestLedger.Loss()));
        var current = test.Claim();
        Assert.True(current.Fence > late.Fence);

        Assert.False(test.Ledger.Accept(late, TestLedger.Result(1.0)));
        Assert.False(test.Ledger.AddAttemptReport(late, new AttemptReport([new MetricPoint(1, 16, 9.9)])));
        Assert.False(test.Ledger.Renew(late, TestLedger.Lease));
        Assert.False(test.Ledger.EndWithoutResult(late, TestLedger.Loss(RunEvent.FailedForGood)));
        Assert.False(test.Ledger.RecordWorker(late, new ProcessIdentity("m", 1, "s")));
        Assert.Null(test.Ledger.KeepThreads(late, 8));
        Assert.False(test.Ledger.Expire(late.Run, late.Fence, TestLedger.Loss(), hostIsGone: true));
        Assert.Equal(RunState.Running, test.Record().State);
        Assert.Empty(test.Record().Points);

        Assert.True(test.Ledger.Accept(current, TestLedger.Result(2.0)));
        Assert.False(test.Ledger.Accept(current, TestLedger.Result(3.0))); // once
        Assert.Equal(2.0, test.Record().Result!.LossValidation);
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_last_word_whose_answer_was_lost_can_be_offered_again_and_no_other_in_its_place(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        var (first, second) = (test.Claim(1), test.Claim(2));
        Assert.True(test.Ledger.Accept(first, TestLedger.Result()));
        Assert.True(test.Ledger.Accept(first, TestLedger.Result()));
        Assert.False(test.Ledger.Accept(first, TestLedger.Result(1.0)));
        Assert.False(test.Ledger.EndWithoutResult(first, TestLedger.Loss()));

        Assert.True(test.Ledger.EndWithoutResult(second, TestLedger.Loss()));
        Assert.True(test.Ledger.EndWithoutResult(second, TestLedger.Loss()));
        Assert.Equal(1, Assert.Single(test.Ledger.Queue()).ChargedAttempts); // charged once
        Assert.False(test.Ledger.Accept(second, TestLedger.Result()));
        test.Claim(2);
        Assert.False(test.Ledger.EndWithoutResult(second, TestLedger.Loss()));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_lease_holds_until_its_end_on_the_ledgers_clock_and_each_renewal_counts_from_then(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var attempt = test.Claim();
        test.Time.Advance(59);
        Assert.False(test.Ledger.Expire(attempt.Run, attempt.Fence, TestLedger.Loss()));
        Assert.True(test.Ledger.Renew(attempt, TestLedger.Lease));
        test.Time.Advance(59);
        Assert.False(test.Ledger.Expire(attempt.Run, attempt.Fence, TestLedger.Loss()));
        test.Time.Advance(1);
        Assert.True(test.Ledger.Expire(attempt.Run, attempt.Fence, TestLedger.Loss()));
        Assert.Equal(RunState.Pending, test.Record().State);
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_lease_that_ran_out_but_that_nobody_took_can_be_renewed(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var attempt = test.Claim();
        test.Time.Advance(10_000);
        Assert.True(test.Ledger.Renew(attempt, TestLedger.Lease));
        Assert.True(test.Ledger.Accept(attempt, TestLedger.Result()));
    }

    [Theory, OnSqlite, OnPostgres]
    public void When_nobody_was_heard_for_longer_than_a_lease_holders_may_renew_before_anyone_takes_their_runs(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        var (here, gone) = (test.Claim(1), test.Claim(2));
        test.Time.Advance(300); // the database was down, or the laptop slept
        Assert.False(test.Ledger.Expire(gone.Run, gone.Fence, TestLedger.Loss()));
        test.Time.Advance(9);
        Assert.True(test.Ledger.Renew(here, TestLedger.Lease));
        Assert.False(test.Ledger.Expire(gone.Run, gone.Fence, TestLedger.Loss()));
        test.Time.Advance(1);
        Assert.True(test.Ledger.Expire(gone.Run, gone.Fence, TestLedger.Loss()));
        Assert.True(test.Ledger.Accept(here, TestLedger.Result()));
    }

    [Theory, OnSqlite, OnPostgres]
    public void One_that_asks_all_alone_waits_ten_seconds_after_the_silence_and_no_longer(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var gone = test.Claim();
        test.Time.Advance(300);
        for (var second = 0; second < 10; second++)
        {
            Assert.False(test.Ledger.Expire(gone.Run, gone.Fence, TestLedger.Loss()));
            test.Time.Advance(1.01);
        }
        Assert.True(test.Ledger.Expire(gone.Run, gone.Fence, TestLedger.Loss()));
    }

    [Theory, OnSqlite, OnPostgres]
    public void While_another_node_is_heard_a_silent_ones_run_is_taken_as_soon_as_its_lease_is_over(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var silent = test.Claim();
        test.Pass(59);
        Assert.False(test.Ledger.Expire(silent.Run, silent.Fence, TestLedger.Loss()));
        test.Pass(1);
        Assert.True(test.Ledger.Expire(silent.Run, silent.Fence, TestLedger.Loss()));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_host_that_is_gone_need_not_be_waited_for(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var attempt = test.Claim();
        Assert.True(test.Ledger.Expire(attempt.Run, attempt.Fence, TestLedger.Loss(), hostIsGone: true));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_lost_attempt_is_charged_and_backs_off_a_yielded_one_is_not_and_does_not(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        Assert.True(test.Ledger.EndWithoutResult(test.Claim(), TestLedger.Loss(RunEvent.Yielded)));
        Assert.Equal(0, test.Ledger.Queue("s")[0].ChargedAttempts);

        Assert.True(test.Ledger.EndWithoutResult(test.Claim(), TestLedger.Loss(backOffSeconds: 5)));
        Assert.Equal(1, test.Ledger.Queue("s")[0].ChargedAttempts);
        test.Time.Advance(4.9);
        Assert.Null(test.Ledger.Claim(TestLedger.Run(), TestLedger.Me, TestLedger.Lease));
        test.Time.Advance(0.1);
        var third = test.Claim();
        Assert.Equal((3, 1), (third.Number, third.ChargedAttempts));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_run_that_gets_further_is_not_charged_for_what_went_before_and_one_that_does_not_is(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Ledger.EndWithoutResult(test.Claim(), TestLedger.Loss());
        test.Ledger.EndWithoutResult(test.Claim(), TestLedger.Loss(), new AttemptReport([], Checkpoint: 5));
        Assert.Equal(1, test.Ledger.Queue("s")[0].ChargedAttempts);

        var again = test.Claim();
        Assert.Equal((1, 5L), (again.ChargedAttempts, again.Checkpoint));
        test.Ledger.AddAttemptReport(again, new AttemptReport([], Checkpoint: 5));
        test.Ledger.EndWithoutResult(again, TestLedger.Loss());
        Assert.Equal(2, test.Ledger.Queue("s")[0].ChargedAttempts);
    }

    [Theory, OnSqlite, OnPostgres]
    public void An_attempt_that_ran_out_of_memory_is_remembered_by_the_next(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Ledger.EndWithoutResult(test.Claim(),
            new AttemptEnd(FailureKind.OutOfMemory, "full", RunEvent.AttemptLost));
        test.Ledger.EndWithoutResult(test.Claim(), TestLedger.Loss());
        Assert.Equal(1, test.Claim().OutOfMemoryAttempts);
    }

    [Theory, OnSqlite, OnPostgres]
    public void Threads_are_those_of_the_first_choice_of_run_and_sweep(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var first = test.Claim();
        Assert.Equal(4, test.Ledger.KeepThreads(first, 4));
        test.Ledger.EndWithoutResult(first, TestLedger.Loss());
        Assert.Equal(4, test.Ledger.KeepThreads(test.Claim(), 8));

        Assert.Equal(2, test.Ledger.ChooseThreads("s", 2));
        Assert.Equal(2, test.Ledger.ChooseThreads("s", 1));
        Assert.Throws<ArgumentException>(() => test.Ledger.ChooseThreads("unknown", 1));
    }

    [Theory, OnSqlite, OnPostgres]
    public void The_queue_shows_who_holds_a_run(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        var host = new ProcessIdentity("machine", 12, "noon");
        var worker = new ProcessIdentity("machine", 34, "evening");
        var attempt = test.Ledger.Claim(TestLedger.Run(2), new Claimant("node-b", host), TestLedger.Lease)!;
        test.Ledger.RecordWorker(attempt, worker);

        var queue = test.Ledger.Queue("s");
        Assert.Equal([RunState.Pending, RunState.Running], queue.Select(q => q.State));
        Assert.Equal(("node-b", host, worker), (queue[1].Node, queue[1].Host, queue[1].Worker));
        Assert.Equal(test.Time.GetUtcNow() + TestLedger.Lease, queue[1].LeaseUntil);
        Assert.Equal(TestLedger.Cell(2).Spec.Flops, queue[1].Flops);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Two_ledgers_at_one_place_claim_each_run_once(Place on)
    {
        using var test = new TestLedger(on, runs: 60);
        using var other = Ledger.Open(test.At, test.Time);
        var claims = await Task.WhenAll(new[] { test.Ledger, other, test.Ledger, other }.Select(ledger => Task.Run(() =>
            Enumerable.Range(1, 60).Select(seed => ledger.Claim(TestLedger.Run(seed), TestLedger.Me, TestLedger.Lease))
                .OfType<Attempt>().ToList())));

        var all = claims.SelectMany(c => c).ToList();
        Assert.Equal(60, all.Count);
        Assert.Equal(60, all.Select(a => a.Run).Distinct().Count());
        Assert.All(all, a => Assert.Equal(1, a.Number));
    }
}
