using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

public sealed class Queues
{
    [Theory, OnSqlite, OnPostgres]
    public void The_queue_of_all_sweeps_has_each_run_once_for_the_sweep_of_higher_priority(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        test.Ledger.PutSweep(TestLedger.Sweep("t", 3), new SweepSettings { Priority = 5, Device = "cuda" });
        var queue = test.Ledger.Queue();
        Assert.Equal(3, queue.Count);
        Assert.All(queue, q => Assert.Equal(("t", 5, "cuda"), (q.Sweep, q.Priority, q.DeviceClass)));

        test.Ledger.SetPriority("s", 6);
        Assert.Equal(["s", "s", "t"], test.Ledger.Queue().Select(q => q.Sweep));
        Assert.Equal([0, 1, 2], test.Ledger.Queue("t").Select(q => q.Position));
        Assert.False(test.Ledger.SetPriority("unknown", 1));
    }

    [Theory, OnSqlite, OnPostgres]
    public void One_run_is_read_as_it_is_in_the_whole_queue_and_not_at_all_once_it_has_ended(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        test.Ledger.PutSweep(TestLedger.Sweep("t", 2), new SweepSettings { Priority = 5 });
        test.Ledger.ChooseThreads("t", 3);
        foreach (var run in test.Ledger.Queue())
        {
            var alone = Assert.Single(test.Ledger.Queue(run: run.Run));
            Assert.Equal(run with { MeasuredPeaks = alone.MeasuredPeaks }, alone);
            Assert.Equal(run.Sweep == "t" ? 3 : null, alone.Threads);
        }
        var one = test.Ledger.Queue("s")[0].Run;
        Assert.Equal("s", Assert.Single(test.Ledger.Queue("s", run: one)).Sweep);
        Assert.Equal(test.Ledger.Queue().Select(q => q.Run).ToHashSet(), test.Ledger.Unfinished());

        test.Ledger.Cancel("s", one);
        Assert.Empty(test.Ledger.Queue(run: one));
        Assert.Equal(2, test.Ledger.Unfinished().Count);
        Assert.DoesNotContain(one, test.Ledger.Unfinished());
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_run_of_two_sweeps_is_read_for_the_one_that_lets_it_start(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Ledger.PutSweep(TestLedger.Sweep("t", 1), new SweepSettings { Priority = 5 });
        string Of(bool open = false) => Assert.Single(test.Ledger.Queue(isOpen: _ => open)).Sweep;
        Assert.Equal("t", Of());

        test.Ledger.Pause("t");
        Assert.Equal("s", Of());
        test.Ledger.Resume("t");
        test.Ledger.Yield("t", until: test.Time.GetUtcNow().AddSeconds(10));
        Assert.Equal("s", Of());
        test.Time.Advance(10);
        Assert.Equal("t", Of());
        test.Ledger.SetWindow("t", "20:00-08:00");
        Assert.Equal(("s", "t"), (Of(open: false), Of(open: true)));
        test.Ledger.SetWindow("t", null);
        test.Ledger.SetDeadline("t", test.Time.GetUtcNow());
        Assert.Equal("s", Of());
        test.Ledger.Pause("s");
        Assert.Equal("t", Of()); // neither lets it start: the higher priority
    }

    [Theory, OnSqlite, OnPostgres]
    public void How_a_sweep_is_to_be_carried_out_is_kept_until_it_is_said_anew(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        Assert.Equal(new SweepSettings(), test.Ledger.Settings("s"));
        Assert.Null(test.Ledger.Settings("unknown"));
        var settings = new SweepSettings
        {
            Priority = -2, Window = "mon-fri 20:00-08:00 Europe/Berlin", Deadline = test.Time.GetUtcNow().AddHours(9),
                Device = "cpu",
            Grid = """{ "name": "s" }""", GridFile = "/grids/s.json", ResultsFolder = "/results/s", Preparation = "{}",
        };
        test.Ledger.PutSweep(TestLedger.Sweep("s", 1), settings);
        test.Ledger.PutSweep(TestLedger.Sweep("s", 1));
        Assert.Equal(settings, test.Ledger.Settings("s"));

        var (summary, run) = (test.Ledger.Find("s")!, test.Ledger.Queue()[0]);
        Assert.Equal((-2, settings.Window, settings.Deadline, "cpu"),
            (summary.Priority, summary.Window, summary.Deadline, summary.Device));
        Assert.Equal((-2, settings.Window, settings.Deadline, "cpu"),
            (run.Priority, run.Window, run.Deadline, run.DeviceClass));
        Assert.Equal(test.Time.GetUtcNow(), summary.Created);
        test.Ledger.PutSweep(TestLedger.Sweep("s", 1), new SweepSettings());
        Assert.Equal(new SweepSettings(), test.Ledger.Settings("s"));
    }

    [Theory, OnSqlite, OnPostgres]
    public void Devices_are_asked_for_of_a_sweep_of_a_node_or_of_all_and_given_back(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Ledger.PutSweep(TestLedger.Sweep("t", 2));
        test.Ledger.Announce(Nodes.A, test.Time.GetUtcNow(), TestLedger.Lease);
        var eight = test.Time.GetUtcNow().AddHours(10);
        Assert.True(test.Ledger.Yield("s", until: eight));
        Assert.Equal((eight, (DateTimeOffset?)null),
            (test.Ledger.Find("s")!.YieldedUntil, test.Ledger.Find("t")!.YieldedUntil));
        Assert.Equal(eight, test.Ledger.Queue("s")[0].YieldedUntil);

        Assert.True(test.Ledger.Yield());
        Assert.Equal(Ledger.UntilResumed, test.Ledger.Queue("t")[0].YieldedUntil);
        Assert.Equal(Ledger.UntilResumed, test.Ledger.Find("s")!.YieldedUntil); // the later of the two
        Assert.True(test.Ledger.Yield(node: "node-a", until: eight));
        Assert.Equal(Ledger.UntilResumed, test.Ledger.Nodes()[0].YieldedUntil);

        test.Ledger.Pause("t");
        Assert.True(test.Ledger.Resume());
        Assert.Null(test.Ledger.Find("s")!.YieldedUntil);
        Assert.Null(test.Ledger.Nodes()[0].YieldedUntil);
        Assert.True(test.Ledger.Find("t")!.Paused);

        Assert.True(test.Ledger.Yield(node: "node-a"));
        Assert.True(test.Ledger.Resume(node: "node-a"));
        Assert.Null(test.Ledger.Nodes()[0].YieldedUntil);
        Assert.False(test.Ledger.Yield("unknown"));
        Assert.False(test.Ledger.Yield(node: "unknown"));
        Assert.False(test.Ledger.Resume("unknown"));
        Assert.False(test.Ledger.Resume(node: "unknown"));
        Assert.Null(test.Ledger.Find("t")!.YieldedUntil);
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_job_is_noted_before_it_is_handed_over_and_no_second_one_beside_it(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        Assert.True(test.Ledger.Submit(TestLedger.Run(1), "run-1"));
        Assert.True(test.Ledger.Submit(TestLedger.Run(1), "run-1")); // the same one again: its answer was lost
        Assert.False(test.Ledger.Submit(TestLedger.Run(1), "run-2"));
        Assert.Equal(new Submission("run-1", test.Time.GetUtcNow()), test.Ledger.Queue()[0].Submission);
        Assert.Null(test.Ledger.Queue()[1].Submission);
        Assert.False(test.Ledger.Unsubmit(TestLedger.Run(1), "run-2"));

        var attempt = test.Claim(1);
        Assert.False(test.Ledger.Submit(TestLedger.Run(1), "run-1")); // it runs
        test.Ledger.EndWithoutResult(attempt, TestLedger.Loss());
        Assert.Null(test.Ledger.Queue()[0].Submission);

        Assert.True(test.Ledger.Submit(TestLedger.Run(1), "run-2"));
        test.Ledger.Cancel("s", TestLedger.Run(1));
        Assert.Equal(
            new SubmittedRun(TestLedger.Run(1), RunState.Cancelled, new Submission("run-2", test.Time.GetUtcNow())),
            Assert.Single(test.Ledger.Submissions()));
        Assert.True(test.Ledger.Unsubmit(TestLedger.Run(1), "run-2"));
        Assert.Empty(test.Ledger.Submissions());

        Assert.True(test.Ledger.Submit(TestLedger.Run(2), "run-1"));
        test.Ledger.Accept(test.Claim(2), TestLedger.Result());
        Assert.Empty(test.Ledger.Submissions());
    }

    [Theory, OnSqlite, OnPostgres]
    public void What_is_left_of_a_run_counts_from_its_furthest_checkpoint(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        Assert.Equal(test.Ledger.Queue()[0].Flops, test.Ledger.Queue()[0].FlopsLeft);
        test.Ledger.EndWithoutResult(test.Claim(), TestLedger.Loss(), new AttemptReport([], Checkpoint: 4));
        var run = test.Ledger.Queue()[0];
        Assert.Equal((10L, 160L, 4L), (run.Steps, run.Tokens, run.Checkpoint));
        Assert.Equal(run.Flops * 0.6, run.FlopsLeft, run.Flops * 1e-12);
        Assert.Equal(TestLedger.Cell(1).Spec, test.Ledger.Spec(run.Run));
        Assert.Null(test.Ledger.Spec(new RunId("nobody")));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_sweep_of_many_runs_is_put_whole_in_its_order(Place on)
    {
        using var test = new TestLedger(on);
        var sweep = TestLedger.Sweep("many", 1000);
        test.Ledger.PutSweep(sweep with { Cells = [.. sweep.Cells.Reverse()] });
        Assert.Equal(Enumerable.Range(1, 1000).Reverse(), test.Ledger.Records("many").Select(r => r.Cell.Spec.Seed));
        Assert.Equal(1000, test.Ledger.Queue().Count);
        Assert.Equal(1000, test.Ledger.Find("many")!.In(RunState.Pending));
    }
}
