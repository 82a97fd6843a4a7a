using System.Data.Common;
using Microsoft.Data.Sqlite;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store.Tests;

/// <summary>
/// Ledgers that are damaged, locked or none: each said as what it is, with an advice that loses nothing.
/// </summary>
public sealed class Damages
{
    [Fact]
    public void Flipped_bits_are_said_as_damage_wherever_they_are_noticed_and_the_file_is_left_as_it_is()
    {
        using var test = new TestLedger(Place.Sqlite, runs: 20);
        test.Ledger.Accept(test.Claim(), TestLedger.Result());
        test.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        var whole = File.ReadAllBytes(test.At);
        var (random, said) = (new Random(1), 0);
        var copy = Path.Combine(test.Folder, "copy.db");
        for (var trial = 0; trial < 80; trial++)
        {
            var bytes = (byte[])whole.Clone();
            for (var flips = 0; flips < 40; flips++)
                bytes[random.Next(trial % 4 == 0 ? 200 : bytes.Length)] ^= (byte)(1 << random.Next(8));
            foreach (var beside in Directory.GetFiles(test.Folder, "copy.db*")) File.Delete(beside);
            File.WriteAllBytes(copy, bytes);
            try
            {
                using var ledger = Ledger.Open(copy, test.Time);
                ledger.Records("s");
                ledger.Queue();
                ledger.Nodes();
                ledger.Finished();
            }
            catch (Exception e) when (e is InputException or LedgerException)
            {
                said++;
                var problem = e is InputException refused ? Assert.Single(refused.Problems)
                    : ((LedgerException)e).Problem;
                Assert.Equal(copy, problem.Place);
                Assert.DoesNotContain("move", problem.Text, StringComparison.Ordinal);
                Assert.DoesNotContain("\n", problem.Text, StringComparison.Ordinal);
            }
        }
        Assert.InRange(said, 40, 80);
    }

    [Theory]
    [InlineData("UPDATE runs SET spec = '{'")]
    [InlineData("UPDATE runs SET spec = x'00ff'")]
    [InlineData("UPDATE runs SET state = 'asleep'")]
    [InlineData("UPDATE cells SET varies = 'null'")]
    [InlineData("UPDATE points SET telemetry = '[]'")]
    public void A_row_that_no_ledger_writes_is_said_as_damage(string change)
    {
        using var test = new TestLedger(Place.Sqlite, runs: 1);
        test.Ledger.AddAttemptReport(test.Claim(), new AttemptReport([new MetricPoint(1, 16, 5.0)]));
        test.Execute(change);
        var trouble = Assert.Throws<LedgerException>(() => test.Ledger.Records("s"));
        Assert.True(trouble is { IsPermanent: true, IsDamaged: true });
        Assert.Contains("no ledger writes", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("-wal", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_and_another_programs_database_are_no_ledgers_and_stay_as_they_are()
    {
        using var test = new TestLedger(Place.Sqlite);
        var folder = Directory.CreateDirectory(Path.Combine(test.Folder, "folder")).FullName;
        Assert.Contains("is a folder", Refused(folder), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));

        var other = Path.Combine(test.Folder, "other.db");
        using (var connection = new SqliteConnection($"Data Source={other};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE songs (name TEXT)";
            command.ExecuteNonQuery();
        }
        var bytes = File.ReadAllBytes(other);
        Assert.Contains("another program's database", Refused(other), StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(other));
    }

    [Fact]
    public void A_ledger_that_somebody_writes_can_be_looked_at_meanwhile()
    {
        using var test = new TestLedger(Place.Sqlite, runs: 2);
        using var writer = new SqliteConnection($"Data Source={test.At};Pooling=False");
        writer.Open();
        using var transaction = writer.BeginTransaction(); // takes the lock of whoever writes
        using var looking = Ledger.Open(test.At);
        Assert.Equal(2, looking.Records("s").Count);
    }

    [Theory]
    [InlineData(5, false, "is locked by another program")]
    [InlineData(8, true, "may write the file")]
    [InlineData(10, false, "look at the disk")]
    [InlineData(11, true, ".recover")]
    [InlineData(13, false, "the disk is full")]
    [InlineData(14, true, "may write the file")]
    [InlineData(26, true, ".recover")]
    public void What_SQLite_says_is_said_as_what_it_is_and_whether_waiting_mends_it(int code, bool lasts, string words)
    {
        var trouble = SqliteErrors.Translate("/x/ledger.db", new SqliteException("SQLite Error: 'it is so'.", code));
        Assert.Contains(words, trouble.Message, StringComparison.Ordinal);
        Assert.Equal((lasts, !lasts), (trouble.IsPermanent, ((DbException)trouble).IsTransient));
    }

    private static string Refused(string file) =>
        Assert.Single(Assert.Throws<InputException>(() => Ledger.Open(file)).Problems).Text;
}
