using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

public sealed class Lifecycles
{
    public static TheoryData<RunState, RunEvent> Pairs()
    {
        var pairs = new TheoryData<RunState, RunEvent>();
        foreach (var state in Enum.GetValues<RunState>())
        {
            foreach (var happened in Enum.GetValues<RunEvent>()) pairs.Add(state, happened);
        }
        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_ledger_in_a_file_moves_a_run_exactly_as_the_lifecycle_says(RunState state, RunEvent happened) =>
        MovesAsTheLifecycleSays(Place.Sqlite, state, happened);

    [PostgresTheory]
    [MemberData(nameof(Pairs))]
    public void The_ledger_on_PostgreSQL_moves_a_run_exactly_as_the_lifecycle_says(RunState state, RunEvent happened) =>
        MovesAsTheLifecycleSays(Place.Postgres, state, happened);

    private static void MovesAsTheLifecycleSays(Place on, RunState state, RunEvent happened)
    {
        using var test = new TestLedger(on, runs: 1);
        var attempt = Bring(test, state);
        Assert.Equal(state, test.Record().State);

        var done = happened switch
        {
            RunEvent.Claimed => test.Ledger.Claim(TestLedger.Run(), TestLedger.Me, TestLedger.Lease) is not null,
            RunEvent.Finished => attempt is not null && test.Ledger.Accept(attempt, TestLedger.Result(9.9)),
            RunEvent.Cancelled => test.Ledger.Cancel("s").Count == 1,
            RunEvent.Retried => test.Ledger.Retry("s").Count == 1,
            _ => attempt is not null
                && test.Ledger.EndWithoutResult(attempt, TestLedger.Loss(happened) with { Message = "a new word" }),
        };

        Assert.Equal(RunLifecycle.Allows(state, happened), done);
        Assert.Equal(done ? RunLifecycle.Next(state, happened) : state, test.Record().State);
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_running_run_cannot_be_lost_by_an_event_that_is_no_loss(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var attempt = test.Claim();
        Assert.Throws<InvalidOperationException>(() =>
            test.Ledger.EndWithoutResult(attempt, TestLedger.Loss(RunEvent.Retried)));
        Assert.Equal(RunState.Running, test.Record().State); // nothing of the transaction stays
    }

    /// <summary>Brings the run into a state by events alone; the attempt that brought it there, if one did.</summary>
    private static Attempt? Bring(TestLedger test, RunState state)
    {
        if (state == RunState.Pending) return null;
        if (state == RunState.Cancelled)
        {
            test.Ledger.Cancel("s");
            return null;
        }
        var attempt = test.Claim();
        if (state == RunState.Completed) test.Ledger.Accept(attempt, TestLedger.Result());
        if (state == RunState.Failed) test.Ledger.EndWithoutResult(attempt, TestLedger.Loss(RunEvent.FailedForGood));
        if (state == RunState.Quarantined)
            test.Ledger.EndWithoutResult(attempt, TestLedger.Loss(RunEvent.AttemptsUsedUp));
        return attempt;
    }
}
