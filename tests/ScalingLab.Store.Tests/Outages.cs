using System.Data.Common;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store.Tests;

public sealed class Outages
{
    [PostgresFact]
    public void A_database_that_falls_over_is_told_as_such_and_holds_all_that_was_accepted_when_it_is_back()
    {
        using var server = PostgresServer.Start();
        using var ledger = Ledger.Open(server.NewDatabase());
        ledger.PutSweep(TestLedger.Sweep("s", 3));
        Assert.True(
            ledger.Accept(ledger.Claim(TestLedger.Run(1), TestLedger.Me, TestLedger.Lease)!, TestLedger.Result()));
        var attempt = ledger.Claim(TestLedger.Run(2), TestLedger.Me, TestLedger.Lease)!;

        server.Stop();
        Assert.ThrowsAny<DbException>(() => ledger.Renew(attempt, TestLedger.Lease));
        Assert.ThrowsAny<DbException>(() => ledger.Queue());
        Assert.ThrowsAny<DbException>(() => ledger.Now);
        server.StartAgain();

        Assert.True(Eventually(() => ledger.Accept(attempt, TestLedger.Result(2.0))));
        Assert.Equal([3.5, 2.0, null], ledger.Records("s").Select(r => r.Result?.LossValidation));
        Assert.NotNull(ledger.Claim(TestLedger.Run(3), TestLedger.Me, TestLedger.Lease));
    }

    [PostgresFact]
    public void A_writer_that_is_stopped_in_the_middle_holds_up_the_others_for_seconds_only()
    {
        var at = SharedServer.NewAddress();
        using var ledger = Ledger.Open(at);
        ledger.PutSweep(TestLedger.Sweep("s", 1));

        // A node that is stopped (SIGSTOP, a sleeping laptop) or cut off: it has the lock and says nothing more.
        using var database = new PostgresDatabase(at, null);
        using var transaction = database.BeginWrite();
        Assert.NotNull(Eventually(() => ledger.Claim(TestLedger.Run(), TestLedger.Me, TestLedger.Lease)));
        Assert.ThrowsAny<DbException>(() => transaction.Commit());
    }

    // As whoever holds a result does: offers it again until the ledger answers.
    private static T Eventually<T>(Func<T> work)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return work();
            }
            catch (DbException) when (tries < 20)
            {
                Task.Delay(200).Wait();
            }
        }
    }
}
