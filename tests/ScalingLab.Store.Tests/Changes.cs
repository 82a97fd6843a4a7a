using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

/// <summary>News of the queue: whoever reads nothing else has the queue that a whole reading gives.</summary>
public sealed class Changes
{
    [Theory, OnSqlite, OnPostgres]
    public void Whatever_happens_news_alone_make_the_queue_that_a_whole_reading_gives(Place on)
    {
        using var test = new TestLedger(on, runs: 4);
        var (ledger, copy) = (test.Ledger, new Copy(test.Ledger));
        Attempt? first = null, second = null;
        foreach (var (whole, happens) in new (bool Whole, Action Happens)[]
        {
            (true, () => { }),
            (false, () => first = test.Claim(1)),
            (false, () => ledger.KeepThreads(first!, 3)),
            (false, () => Begin(first!)),
            (false, () => ledger.AddAttemptReport(first!, new AttemptReport([], Checkpoint: 4))),
            (true, () => ledger.ChooseThreads("s", 2)),
            (false, () => ledger.PutSweep(TestLedger.Sweep("t", 2), new SweepSettings { Priority = 3 })),
            (false, () => second = test.Claim(2)),
            (false, () => ledger.EndWithoutResult(second!, TestLedger.Loss(backOffSeconds: 9))),
            (false, () => ledger.Submit(TestLedger.Run(3), "job")),
            (false, () => ledger.Unsubmit(TestLedger.Run(3), "job")),
            (true, () => ledger.Yield("s")),
            (true, () => ledger.Resume("s")),
            (true, () => ledger.SetWindow("t", "20:00-08:00")),
            (true, () => ledger.Pause("t")),
            (false, () => ledger.Expire(first!.Run, first.Fence, TestLedger.Loss(), hostIsGone: true)),
            (false, () => first = test.Claim(1)),
            (false, () => Begin(first!)),
            // the peak tells all of its kin
            (true, () => ledger.Accept(first!, TestLedger.Result() with { PeakMemoryBytes = 1 << 20 })),
            (true, () => ledger.Cancel("s", TestLedger.Run(4))),
            (true, () => ledger.Retry("s")),
            (true, () => ledger.PutSweep(TestLedger.Sweep("s", 3), update: true)),
        })
        {
            happens();
            Assert.Equal(whole, copy.Read().IsWhole);
            copy.IsTheQueue();
            var nothing = copy.Read();
            Assert.Equal((false, 0, 0), (nothing.IsWhole, nothing.Rows.Count, nothing.Ended.Count));
        }

        void Begin(Attempt attempt) =>
            ledger.RecordWorker(attempt, new ProcessIdentity("m", 1, "then"),
                new WorkerSettings { DataFolder = "", CheckpointFolder = "" });
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_renewed_lease_is_no_news_but_is_read_where_it_is_asked_for(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        var copy = new Copy(test.Ledger);
        var attempt = test.Claim(1);
        copy.Read();
        test.Time.Advance(20);
        test.Ledger.Renew(attempt, TestLedger.Lease);
        Assert.Empty(copy.Read().Rows);
        Assert.Equal(test.Time.GetUtcNow() + TestLedger.Lease, Assert.Single(copy.Read(always: true).Rows).LeaseUntil);
        copy.IsTheQueue();
    }

    /// <summary>What a reader makes of news.</summary>
    private sealed class Copy(Ledger ledger)
    {
        private readonly Dictionary<RunId, List<QueuedRun>> _rows = [];
        private long _mark = -1;

        public QueueChanges Read(bool always = false)
        {
            var news = ledger.Changes(_mark, always);
            _mark = news.Mark;
            if (news.IsWhole) _rows.Clear();
            foreach (var run in news.Ended) _rows.Remove(run);
            foreach (var run in news.Rows.GroupBy(r => r.Run)) _rows[run.Key] = [.. run];
            return news;
        }

        public void IsTheQueue()
        {
            var rows = _rows.Values.SelectMany(r => r).OrderBy(r => r.Sweep, StringComparer.Ordinal)
                .ThenBy(r => r.Position).ToList();
            Assert.Equal(ledger.Queue().Select(Text), QueuedRun.Best(rows, ledger.Now, null).Select(Text));
        }

        private static string Text(QueuedRun run) => RunJson.Serialize(run);
    }
}
