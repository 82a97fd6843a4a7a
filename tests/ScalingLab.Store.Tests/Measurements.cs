using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

public sealed class Measurements
{
    private static readonly ProcessIdentity Worker = new("machine", 34, "evening");
    private static readonly WorkerSettings Settings =
        new() { DataFolder = "d", CheckpointFolder = "c", Threads = 2, MicroBatchTokens = 64 };

    [Theory, OnSqlite, OnPostgres]
    public void Every_attempt_is_listed_with_where_it_ran_and_how_it_ended(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        var began = test.Time.GetUtcNow();
        var first = test.Ledger.Claim(TestLedger.Run(2), new Claimant("node-a", null, "cuda:1"), TestLedger.Lease)!;
        // what the worker sees of the node's second one
        test.Ledger.RecordWorker(first, Worker, Settings with { Device = "cuda:0" });
        test.Time.Advance(5);
        test.Ledger.EndWithoutResult(first, new AttemptEnd(FailureKind.OutOfMemory, "full", RunEvent.AttemptLost));
        test.Ledger.Claim(TestLedger.Run(2), new Claimant("node-b"), TestLedger.Lease);
        test.Claim(1);
        test.Ledger.Cancel("s", TestLedger.Run(1));

        var attempts = test.Ledger.Attempts("s");
        Assert.Equal([(1, 1), (2, 1), (2, 2)], attempts.Select(a => (a.Run == TestLedger.Run(1) ? 1 : 2, a.Number)));
        Assert.Equal((RunEvent.Cancelled, (FailureKind?)null), (attempts[0].Outcome, attempts[0].Failure));
        Assert.Equal(
            new AttemptRecord
            {
                Run = TestLedger.Run(2), Number = 1, Fence = 1, Node = "node-a", Device = "cuda:1", Threads = 2,
                    MicroBatchTokens = 64,
                Began = began, Ended = began.AddSeconds(5), Outcome = RunEvent.AttemptLost,
                    Failure = FailureKind.OutOfMemory, Message = "full",
            },
            attempts[1]);
        Assert.Equal(
            new AttemptRecord
            { Run = TestLedger.Run(2), Number = 2, Fence = 2, Node = "node-b", Began = began.AddSeconds(5) },
            attempts[2]);
        Assert.Equal((1, "node-b", began.AddSeconds(5)),
            (test.Ledger.Queue()[0].OutOfMemoryAttempts, test.Ledger.Queue()[0].Node, test.Ledger.Queue()[0].Began));
        Assert.Empty(test.Ledger.Attempts("unknown"));
    }

    [Theory, OnSqlite, OnPostgres]
    public void What_runs_or_did_not_go_well_is_read_without_the_rest(Place on)
    {
        using var test = new TestLedger(on, runs: 4);
        test.Ledger.Accept(test.Claim(1), TestLedger.Result());
        test.Ledger.EndWithoutResult(test.Claim(2), TestLedger.Loss());
        test.Claim(3);
        Assert.Equal([TestLedger.Run(2), TestLedger.Run(3)],
            test.Ledger.Attempts("s", withoutResult: true).Select(a => a.Run));
        Assert.Equal(TestLedger.Run(3), Assert.Single(test.Ledger.Queue(runningOnly: true)).Run);
    }

    [Theory, OnSqlite, OnPostgres]
    public void Out_of_memory_that_only_halves_the_micro_batch_is_counted_and_not_charged(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Ledger.EndWithoutResult(test.Claim(),
            new AttemptEnd(FailureKind.OutOfMemory, "full", RunEvent.AttemptLost) { Charged = false });
        var run = Assert.Single(test.Ledger.Queue());
        Assert.Equal((1, 1, 0), (run.Attempts, run.OutOfMemoryAttempts, run.ChargedAttempts));
    }

    [Theory, OnSqlite, OnPostgres]
    public void The_memory_that_a_run_needed_is_known_for_its_kin_on_that_class_of_devices_with_that_micro_batch(
        Place on)
    {
        using var test = new TestLedger(on, runs: 4);
        Finish(test, 1, "cuda:0", 700);
        Finish(test, 2, "cuda:1", 900);
        Finish(test, 3, "cpu", 300);
        var run = Assert.Single(test.Ledger.Queue());
        Assert.Equal([new MeasuredPeak("cpu", 64, 300), new MeasuredPeak("cuda", 64, 900)], run.MeasuredPeaks);
        Assert.Equal((900L, 300L), (run.PeakBytes("cuda", 64), run.PeakBytes("cpu", 64)));
        Assert.Null(run.PeakBytes("cuda", 32));

        var wider = TestLedger.Cell(9);
        wider = wider with { Spec = wider.Spec with { Recipe = wider.Spec.Recipe with { BatchSequences = 4 } } };
        test.Ledger.PutSweep(new Sweep("t", null, [wider]));
        Assert.Empty(test.Ledger.Queue("t")[0].MeasuredPeaks);
    }

    [Theory, OnSqlite, OnPostgres]
    public void Speeds_come_from_running_and_finished_attempts_by_node_class_and_threads(Place on)
    {
        using var test = new TestLedger(on, runs: 4);
        var flops = FlopCount.For(TestLedger.Cell(1).Spec.Shape).PerToken;
        var running = Begin(test, 1, "cuda:0");
        Assert.Empty(test.Ledger.Speeds());
        test.Ledger.AddAttemptReport(running, new AttemptReport([], TokensPerSecond: 400));
        test.Ledger.AddAttemptReport(running, new AttemptReport([], TokensPerSecond: double.NaN)); // says nothing
        test.Ledger.Accept(Begin(test, 2, "cuda:1"), TestLedger.Result() with { TokensPerSecond = 200 });
        test.Ledger.Accept(Begin(test, 3, "cpu"), TestLedger.Result() with { TokensPerSecond = 10 });

        var speeds = test.Ledger.Speeds();
        Assert.Equal([("cpu", 1), ("cuda", 2)], speeds.Select(s => (s.DeviceClass, s.Attempts)));
        Assert.All(speeds,
            s => Assert.Equal(("node-a", 2, WorkloadKey.For(TestLedger.Cell(1).Spec)),
                (s.Node, s.Threads, s.Workload)));
        Assert.Equal(10 * flops, speeds[0].FlopsPerSecond, 1e-6 * flops);
        Assert.Equal(300 * flops, speeds[1].FlopsPerSecond, 1e-6 * flops);
    }

    [Theory, OnSqlite, OnPostgres]
    public void Speeds_are_told_by_engine_where_that_is_asked(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        // nobody has said yet
        test.Ledger.AddAttemptReport(Begin(test, 1, "cpu"), new AttemptReport([], TokensPerSecond: 400));
        test.Ledger.Accept(Begin(test, 2, "cpu"), TestLedger.Result() with { TokensPerSecond = 200, Engine = "fused" });
        test.Ledger.Accept(Begin(test, 3, "cpu"),
            TestLedger.Result() with { TokensPerSecond = 100, Engine = "torchsharp" });

        Assert.Equal([null, "fused", "torchsharp"],
            test.Ledger.Speeds(byEngine: true).OrderByDescending(s => s.FlopsPerSecond).Select(s => s.Engine));
        var together = Assert.Single(test.Ledger.Speeds());
        Assert.Equal((3, null), (together.Attempts, together.Engine));
    }

    [Theory, OnSqlite, OnPostgres]
    public void Whatever_a_crashed_worker_last_said_can_be_kept(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var attempt = test.Claim();
        Assert.True(
            test.Ledger.AddAttemptReport(attempt,
                new AttemptReport([new MetricPoint(1, 16, double.NaN, double.PositiveInfinity)])));
        Assert.True(test.Ledger.EndWithoutResult(attempt, TestLedger.Loss() with { Message = "half \ud83d of a pair, "
            + "\0 and 'quotes' \"both\" \U0001F600" }));
        Assert.Equal("half \ufffd of a pair, \ufffd and 'quotes' \"both\" \U0001F600", test.Record().FailureMessage);
        Assert.Equal([new MetricPoint(1, 16, null, double.PositiveInfinity)], test.Record().Points);
    }

    private static Attempt Begin(TestLedger test, int seed, string device)
    {
        var attempt = test.Ledger.Claim(TestLedger.Run(seed), new Claimant("node-a", null, device), TestLedger.Lease)!;
        Assert.True(test.Ledger.RecordWorker(attempt, Worker, Settings with { Device = device }));
        return attempt;
    }

    private static void Finish(TestLedger test, int seed, string device, long bytes) =>
        Assert.True(
            test.Ledger.Accept(Begin(test, seed, device), TestLedger.Result() with { PeakMemoryBytes = bytes }));
}
