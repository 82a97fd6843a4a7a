using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Several nodes on one PostgreSQL ledger.</summary>
public sealed class NodeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_dead_nodes_run_moves_to_another_and_goes_on_where_they_share_a_folder_else_anew_which_is_said(
        bool shared)
    {
        using var queue = new QueueLab(Place.Postgres, stepMilliseconds: 100);
        queue.WriteGrid("moving", 2, 60);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        // from its half on: however slow the second's start is, there is a run to move
        queue.Lab.Environment["DUMMY_SCRIPT"] = "1=hang;2=hang";
        var first = queue.Start("node", "--name", "first", "--slots", "1", "--state", queue.Lab.At("first"));
        await first.UntilAsync(() => first.HasSaid("started"), "a start on the first");
        await queue.UntilAsync(l => l.Queue("moving").Any(q => q.Checkpoint > 2), "a checkpoint");
        queue.Lab.Environment["DUMMY_SCRIPT"] = "";
        var second =
            queue.Start("node", "--name", "second", "--slots", "2", "--state",
                queue.Lab.At(shared ? "first" : "second"));
        await second.UntilAsync(() => second.HasSaid("started"), "a start on the second");
        first.Signal(RunningLab.KillAtOnce);
        await second.UntilAsync(() => second.HasSaid(shared ? "from step " : "goes on from step 0"),
            "word of the move");
        await second.UntilAsync(() => second.HasSaid("reported moving"), "the report");
        Assert.Equal(!shared, second.HasSaid("goes on from step 0"));
        Assert.All(RunsCsv.Read(Path.Combine(queue.Lab.Out, "runs.csv")),
            r => Assert.Equal(RunState.Completed, r.State));
        using var ledger = Ledger.Open(queue.Address);
        Assert.Equal(["first", "second", "second"],
            ledger.Attempts("moving").Select(a => a.Node).Order(StringComparer.Ordinal));
        Assert.Equal(
            FailureKind.LeaseExpired, Assert.Single(ledger.Attempts("moving"), a => a.Failure is not null).Failure);
        second.Signal(RunningLab.Terminate);
        Assert.Equal(0, (await second.EndAsync(Minute)).ExitCode);
    }

    [PostgresFact]
    public async Task A_node_with_another_text_names_both_hashes_and_waits_uncharged_and_one_with_the_prepared_data_needs_no_text_and_ends_when_idle()
    {
        using var queue = new QueueLab(Place.Postgres);
        queue.WriteGrid("texts", 1, 4);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        using var ledger = Ledger.Open(queue.Address);
        var wanted = Assert.Single(ledger.Records("texts")).Cell.Spec.Data.CorpusHash;

        File.AppendAllText(queue.Lab.At("text/0.txt"), "\nOne more sentence makes it another text.");
        var other = queue.Start("node", "--name", "other", "--state", queue.Lab.At("elsewhere"));
        await queue.UntilAsync(l => l.Nodes().Any(n => n.Node.Waits.Count > 0), "the node's word that it waits");
        Assert.Contains("lacks data", await queue.DoAsync("status"), StringComparison.Ordinal);
        Assert.Equal((0, 1), (Assert.Single(ledger.Queue("texts")).ChargedAttempts, ledger.Attempts("texts").Count));
        var said = ledger.Attempts("texts")[0].Message!;
        Assert.Contains($"{wanted} and ", said, StringComparison.Ordinal);
        Assert.Matches("corpus [0-9a-f]{64} and tokenizer [0-9a-f]{64} here", said);
        Assert.Equal(RunState.Pending, Assert.Single(ledger.Records("texts")).State);
        other.Signal(RunningLab.Terminate);
        await other.EndAsync(Minute);

        Directory.Delete(queue.Lab.At("text"), recursive: true);
        var cell = ledger.Records("texts")[0].Cell;
        ledger.PutSweep(new Sweep("paused", null, [cell with { Spec = cell.Spec with { Seed = 99 } }]));
        ledger.Pause("paused");
        var same = await queue.Lab.RunAsync("node", "--name", "same", "--state", queue.Lab.At("home"), "--until-idle");
        Assert.Equal(1, same.ExitCode);
        Assert.Contains("reported texts", same.Out, StringComparison.Ordinal);
        Assert.Contains("nothing is left for it; attempts made: 1", same.Out, StringComparison.Ordinal);
        Assert.Contains("paused has 1 pending", same.Error, StringComparison.Ordinal);
        Assert.Equal(RunState.Completed, Assert.Single(RunsCsv.Read(Path.Combine(queue.Lab.Out, "runs.csv"))).State);
    }
}
