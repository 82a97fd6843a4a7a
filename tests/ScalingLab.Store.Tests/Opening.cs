using Npgsql;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

public sealed class Opening
{
    [Theory, OnSqlite, OnPostgres]
    public void What_was_written_is_there_when_the_ledger_is_opened_again(Place on)
    {
        using var test = new TestLedger(on, runs: 2);
        test.Ledger.Accept(test.Claim(), TestLedger.Result());
        using var again = Ledger.Open(test.At);
        Assert.Equal(TestLedger.Result(), again.Records("s")[0].Result);
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_ledger_of_a_newer_program_is_refused_and_left_as_it_is(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        test.Execute("UPDATE schema_version SET version = 99");
        var refused = Assert.Throws<InputException>(() => Ledger.Open(test.At));
        Assert.Contains("schema version 99", refused.Message, StringComparison.Ordinal);
        Assert.Single(test.Ledger.Records("s"));
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_ledger_of_the_first_version_is_brought_up_to_date_and_loses_nothing(Place on)
    {
        using var test = new TestLedger(on, withSql: FirstVersion.Of(on));
        var records = test.Ledger.Records("s");
        Assert.Equal([RunState.Completed, RunState.Running, RunState.Pending, RunState.Quarantined],
            records.Select(r => r.State));
        Assert.Equal(TestLedger.Result(), records[0].Result);
        Assert.Equal([new MetricPoint(1, 16, 5.0), new MetricPoint(10, 160, 3.6, 3.5, 0.01)], records[0].Points);
        Assert.Equal((FailureKind.Crashed, "it fell over"), (records[3].Failure, records[3].FailureMessage));

        var running = test.Ledger.Queue().Single(q => q.State == RunState.Running);
        Assert.Equal(("node-a", 3L, WorkloadKey.For(TestLedger.Cell(2).Spec)),
            (running.Node, running.Fence, running.Workload));
        Assert.Equal((10L, 160L), (running.Steps, running.Tokens));
        var held = new Attempt(TestLedger.Run(2), 3, 3, 1, 5, 0, TestLedger.Cell(2).Spec);
        // an attempt under way while the ledger was brought up to date
        Assert.True(test.Ledger.Accept(held, TestLedger.Result(2.5)));

        test.Ledger.PutSweep(TestLedger.Sweep("s", 4, "why?"), new SweepSettings { Priority = 3 });
        Assert.Equal((2, 3), (test.Ledger.Find("s")!.In(RunState.Completed), test.Ledger.Find("s")!.Priority));
        Assert.Equal([(1, RunEvent.Finished), (3, RunEvent.Finished)],
            test.Ledger.Attempts("s").Select(a => (a.Number, a.Outcome!.Value)));
    }

    [Fact]
    public void A_file_that_is_no_ledger_and_a_folder_that_cannot_be_made_are_refused_with_their_place()
    {
        using var test = new TestLedger(Place.Sqlite);
        var text = Path.Combine(test.Folder, "notes.txt");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("this is no database. ", 100)));
        Assert.Equal(text, Assert.Single(Assert.Throws<InputException>(() => Ledger.Open(text)).Problems).Place);
        Assert.Throws<InputException>(() => Ledger.Open(Path.Combine(text, "ledger.db")));
        Assert.Equal("this", File.ReadAllText(text)[..4]);
    }

    [Theory, OnSqlite, OnPostgres]
    public void Who_only_looks_makes_no_ledger_and_finds_one_that_is_there(Place on)
    {
        using var folder = new TemporaryFolder();
        var at = on == Place.Sqlite ? folder["new/ledger.db"] : SharedServer.NewAddress();
        for (var turn = 0; turn < 2; turn++) Assert.Null(Ledger.OpenIfThere(at)); // the first look made nothing
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        using (var made = Ledger.Open(at)) made.PutSweep(TestLedger.Sweep("s", 1));
        using (var found = Ledger.OpenIfThere(at)) Assert.Single(found!.Records("s"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_new_ledger_that_several_open_at_once_and_fill_with_one_sweep_becomes_one(Place on)
    {
        using var folder = new TemporaryFolder();
        var at = on == Place.Sqlite ? folder["new/ledger.db"] : SharedServer.NewAddress();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using var ledger = Ledger.Open(at);
            ledger.PutSweep(TestLedger.Sweep("s", 5));
        })));
        using (var opened = Ledger.Open(at)) Assert.Equal(5, opened.Records("s").Count);
    }

    [PostgresFact]
    public void On_PostgreSQL_the_databases_clock_rules()
    {
        using var ledger = Ledger.Open(SharedServer.NewAddress());
        ledger.PutSweep(TestLedger.Sweep("s", 1));
        ledger.Claim(TestLedger.Run(), TestLedger.Me, TimeSpan.FromHours(1));
        var seconds = double.Parse(
            SharedServer.Server.Sql("postgres", "SELECT EXTRACT(EPOCH FROM clock_timestamp())"),
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(ledger.Now.ToUnixTimeMilliseconds() / 1000.0, seconds - 60, seconds + 60);
        Assert.InRange(ledger.Queue()[0].LeaseUntil!.Value.ToUnixTimeMilliseconds() / 1000.0, seconds + 3540, seconds
            + 3660);
        Assert.True(ledger.IsShared);
    }

    [PostgresFact]
    public void A_wrong_password_and_a_database_that_is_not_there_are_refused_and_no_password_is_said()
    {
        var right = SharedServer.Server.Address("postgres");
        var wrong = right.Replace(SharedServer.Server.Password, "guessed-secret", StringComparison.Ordinal);
        var refused = Assert.Throws<InputException>(() => Ledger.Open(wrong));
        Assert.DoesNotContain("guessed-secret", refused.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", refused.Message, StringComparison.Ordinal);

        var absent = Assert.Throws<InputException>(() => Ledger.Open(SharedServer.Server.Address("absent")));
        Assert.Contains("absent", absent.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(SharedServer.Server.Password, absent.Message, StringComparison.Ordinal);

        using var ledger = Ledger.Open(SharedServer.NewAddress());
        Assert.DoesNotContain(SharedServer.Server.Password, ledger.Location, StringComparison.Ordinal);
        using var bySocket =
            Ledger.Open(
                $"Host={SharedServer.Server.Socket};Port={SharedServer.Server.Port};Username=postgres;Database=postgres");
        Assert.Empty(bySocket.Sweeps());
    }

    [Fact]
    public void A_server_that_does_not_answer_is_no_bad_input()
    {
        var failure = Assert.ThrowsAny<NpgsqlException>(() => Ledger.Open("postgres://nobody:secret@127.0.0.1:1/none"));
        Assert.True(failure.IsTransient);
        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
    }
}
