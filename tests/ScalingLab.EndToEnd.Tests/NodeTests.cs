using ScalingLab.Reporting;
using ScalingLab.Runs;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Several nodes on one PostgreSQL ledger.</summary>
public sealed class NodeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_dead_nodes_run_moves_to_another_and_goes_on_where_they_share_a_folder_else_anew_which_is_said(bool shared)
    {
        using var queue = new QueueLab(Place.Postgres, stepMilliseconds: 100);
        queue.WriteGrid("moving", 2, 60);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        var first = queue.Start("node", "--name", "first", "--slots", "1", "--state", queue.Lab.At("first"));
        await first.UntilAsync(() => first.HasSaid("started"), "a start on the first");
        await queue.UntilAsync(l => l.Queue("moving").Any(q => q.Checkpoint > 2), "a checkpoint");
        var second = queue.Start("node", "--name", "second", "--slots", "2", "--state", queue.Lab.At(shared ? "first" : "second"));
        await second.UntilAsync(() => second.HasSaid("started"), "a start on the second");
        first.Signal(RunningLab.KillAtOnce);
        await second.UntilAsync(() => second.HasSaid(shared ? "from step " : "goes on from step 0"), "word of the move");
        await second.UntilAsync(() => second.HasSaid("reported moving"), "the report");
        Assert.Equal(!shared, second.HasSaid("goes on from step 0"));
        Assert.All(RunsCsv.Read(Path.Combine(queue.Lab.Out, "runs.csv")), r => Assert.Equal(RunState.Completed, r.State));
        using var ledger = Store.Ledger.Open(queue.Address);
        Assert.Equal(["first", "second", "second"], ledger.Attempts("moving").Select(a => a.Node).Order(StringComparer.Ordinal));
        Assert.Equal(
            FailureKind.LeaseExpired, Assert.Single(ledger.Attempts("moving"), a => a.Failure is not null).Failure);
        second.Signal(RunningLab.Terminate);
        Assert.Equal(0, (await second.EndAsync(Minute)).ExitCode);
    }

    [PostgresFact]
    public async Task A_node_with_another_text_names_both_hashes_and_waits_uncharged_and_one_with_the_prepared_data_needs_no_text()
    {
        using var queue = new QueueLab(Place.Postgres);
        queue.WriteGrid("texts", 1, 4);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        using var ledger = Store.Ledger.Open(queue.Address);
        var wanted = Assert.Single(ledger.Records("texts")).Cell.Spec.Data.CorpusHash;

        File.AppendAllText(queue.Lab.At("text/0.txt"), "\nOne more sentence makes it another text.");
        var other = queue.Start("node", "--name", "other", "--state", queue.Lab.At("elsewhere"));
        await queue.UntilAsync(l => l.Nodes().Any(n => n.Node.Waits.Count > 0), "the node's word that it waits");
        Assert.Contains("lacks data", await queue.DoAsync("status"), StringComparison.Ordinal);
        Assert.Equal((0, 1), (Assert.Single(ledger.Queue("texts")).Losses, ledger.Attempts("texts").Count));
        var said = ledger.Attempts("texts")[0].Message!;
        Assert.Contains($"{wanted} and ", said, StringComparison.Ordinal);
        Assert.Matches("corpus [0-9a-f]{64} and tokenizer [0-9a-f]{64} here", said);
        Assert.Equal(RunState.Pending, Assert.Single(ledger.Records("texts")).State);
        other.Signal(RunningLab.Terminate);
        await other.EndAsync(Minute);

        Directory.Delete(queue.Lab.At("text"), recursive: true);
        var same = queue.Start("node", "--name", "same", "--state", queue.Lab.At("home"));
        await same.UntilAsync(() => same.HasSaid("reported texts"), "the report");
        Assert.Equal(RunState.Completed, Assert.Single(RunsCsv.Read(Path.Combine(queue.Lab.Out, "runs.csv"))).State);
    }

    [PostgresFact]
    public async Task The_ledgers_password_is_in_no_log_no_list_of_processes_no_file_and_not_in_the_ledger()
    {
        using var queue = new QueueLab(Place.Postgres, "1=crash,complete", stepMilliseconds: 50);
        queue.WriteGrid("secret", 2, 80);
        var password = QueueLab.Server.Password;
        queue.Lab.Environment["SCALINGLAB_TOKEN"] = "a-token-of-this-test";
        List<string> said = [await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out)];
        var daemon = queue.Start("serve", "--port", "0", "--slots", "2");
        await daemon.UntilAsync(() => daemon.HasSaid("started"), "a start");
        foreach (var secret in new[] { password, "a-token-of-this-test" })
        {
            Assert.All(Directory.EnumerateDirectories("/proc"), p => Assert.DoesNotContain(secret, Read(Path.Combine(p, "cmdline")), StringComparison.Ordinal));
            var workers = daemon.Workers().Where(w => Read($"/proc/{w}/cmdline").Contains("DummyWorker", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(workers);
            Assert.All(workers, w => Assert.DoesNotContain(secret, Read($"/proc/{w}/environ"), StringComparison.Ordinal));
        }
        await daemon.UntilAsync(() => daemon.HasSaid("reported secret"), "the report");
        daemon.Signal(RunningLab.Terminate);
        var ended = await daemon.EndAsync(Minute);

        // What fails is where passwords slip out: a server that is not there, a database that is not, a wrong password, an address that is none.
        var (wrongPort, wrongName) = ($"postgres://postgres:{password}@127.0.0.1:1/x", queue.Address + "-is-not-there");
        var wrongPassword = queue.Address.Replace(password, password + "x", StringComparison.Ordinal);
        foreach (var place in new[] { wrongPort, wrongName, wrongPassword, $"postgres://u:{password}@" })
        {
            var answer = await queue.Lab.RunAsync("status", "--ledger", place);
            Assert.NotEqual(0, answer.ExitCode);
            said.Add(answer.ToString());
        }
        said.AddRange([ended.ToString(), await queue.DoAsync("status"), await queue.DoAsync("status", "--json")]);
        Assert.DoesNotContain(password, string.Concat(said), StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(queue.Lab.Folder, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(password, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        var database = queue.Address.Split('/')[^1];
        foreach (var table in QueueLab.Server.Sql(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'").Split('\n'))
            Assert.DoesNotContain(password, QueueLab.Server.Sql(database, $"SELECT t::text FROM {table} t"), StringComparison.Ordinal);

        static string Read(string file)
        {
            try
            {
                return File.ReadAllText(file).Replace('\0', ' ');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return ""; // no process, or one that ended meanwhile
            }
        }
    }
}
