using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Store;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Scheduling.Tests;

/// <summary>A node and the ledger: all its sweeps, several nodes, reports, devices, outages.</summary>
public sealed class Nodes
{
    [Fact]
    public async Task A_node_runs_what_others_queue_while_it_serves_and_leaves_when_it_is_stopped()
    {
        using var sweep = new DummySweep(runs: 1);
        using var stop = new CancellationTokenSource();
        var serving = NodeRunner.ServeAsync(sweep.Ledger, sweep.Options(), sweep, stop.Token);
        await sweep.HearAsync<SweepProgress.Completed>(c => c.Run == sweep.Sweep.Cells[0].Spec.Id);
        using var other = sweep.Open();
        Assert.NotNull(Assert.Single(other.Nodes()).LeaseUntil);

        other.PutSweep(new Sweep("later", null, [DummySweep.Cell(7, 4)]));
        await sweep.HearAsync<SweepProgress.Completed>(c => c.Run == DummySweep.Cell(7, 4).Spec.Id);
        await stop.CancelAsync();
        Assert.Equal(2, await serving);
        var left = Assert.Single(other.Nodes());
        Assert.Equal(("test-node", null), (left.Node.Name, left.LeaseUntil));
    }

    [Fact]
    public async Task Until_idle_a_node_ends_with_what_it_can_start_and_leaves_to_others_what_they_hold_and_to_people_what_is_paused()
    {
        using var sweep = new DummySweep(runs: 3);
        sweep.Ledger.Claim(
            sweep.Sweep.Cells[2].Spec.Id, new Claimant("beside", new ProcessIdentity("another machine", 1, "then")),
            TimeSpan.FromHours(1));
        sweep.Ledger.PutSweep(new Sweep("paused", null, [DummySweep.Cell(9, 4)]));
        sweep.Ledger.Pause("paused");
        var reports = new List<string>();
        var options = sweep.Options("2=crash,complete") with
        {
            Report = (name, _) =>
            {
                reports.Add(name);
                throw new InvalidDataException("its folder is not on this machine");
            },
        };
        sweep.Ledger.PutSweep(new Sweep("own", null, [DummySweep.Cell(7, 4)]));
        Assert.Equal(4,
            await NodeRunner.ServeAsync(sweep.Ledger, options, sweep, CancellationToken.None, untilIdle: true)
            .WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(
            [RunState.Completed, RunState.Completed, RunState.Running], sweep.Ledger.Records(DummySweep.Name)
            .Select(r => r.State));
        Assert.Equal(["own"], reports.Distinct()); // tried; another node may have the folder
    }

    [Fact]
    public async Task A_run_that_another_node_cancels_is_stopped_here()
    {
        using var sweep = new DummySweep(runs: 2);
        var running = sweep.RunAsync(sweep.Options("1=hang"));
        await sweep.HearAsync<SweepProgress.Training>(t => t.Run == sweep.Sweep.Cells[0].Spec.Id);
        using (var other = sweep.Open()) other.Cancel(DummySweep.Name);
        var outcome = await running;
        Assert.True(outcome.IsEnded);
        Assert.Equal(RunState.Cancelled, sweep.Record(1).State);
        Assert.All(sweep.Ledger.Attempts(DummySweep.Name), a => Assert.NotNull(a.Ended));
    }

    [Fact]
    public async Task Two_nodes_of_one_name_have_a_name_each()
    {
        using var sweep = new DummySweep(runs: 4);
        using var second = sweep.Open();
        using var stop = new CancellationTokenSource();
        var first = NodeRunner.ServeAsync(sweep.Ledger, sweep.Options(), sweep, stop.Token);
        sweep.Ledger.Announce(
            new Node("beside", new ProcessIdentity("another machine", 1, "then"), [new NodeDevice("cpu", 1)]),
            DateTimeOffset.UnixEpoch,
            TimeSpan.FromHours(1));
        var beside = NodeRunner.ServeAsync(second, sweep.Options() with { Name = "beside" }, sweep, stop.Token);
        for (var i = 0; i < 200 && second.Nodes().Count < 3; i++) await Task.Delay(50);
        await stop.CancelAsync();
        await Task.WhenAll(first, beside);
        Assert.Equal(
            ["beside", $"beside-{Environment.ProcessId}", "test-node"], second.Nodes().Select(n => n.Node.Name)
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task When_its_last_run_has_ended_a_sweep_is_reported_once_by_one_node_and_again_when_a_retried_run_changed_it()
    {
        using var sweep = new DummySweep(runs: 4);
        using var second = sweep.Open();
        using var stop = new CancellationTokenSource();
        var reports = 0;
        var options = sweep.Options("2=diverge,complete") with { Report = MakeAsync };
        var nodes = new[] { (sweep.Ledger, "one"), (second, "two") }
            .Select(n => NodeRunner.ServeAsync(n.Item1, options with { Name = n.Item2 }, sweep, stop.Token)).ToList();
        await ReportedAsync(1);
        await Task.Delay(1500); // several looks of both nodes
        Assert.Equal(1, reports);

        sweep.Ledger.Retry(DummySweep.Name);
        await ReportedAsync(2);
        await stop.CancelAsync();
        await Task.WhenAll(nodes);
        Assert.Equal((2, RunState.Completed), (reports, sweep.Record(2).State));
        Assert.False(sweep.Ledger.Find(DummySweep.Name)!.ReportIsDue);

        Task MakeAsync(string name, CancellationToken _)
        {
            Assert.Equal(DummySweep.Name, name);
            Interlocked.Increment(ref reports);
            return Task.CompletedTask;
        }

        async Task ReportedAsync(int times)
        {
            for (var i = 0; i < 600 && sweep.Heard.OfType<SweepProgress.Reported>().Count() < times; i++)
                await Task.Delay(50);
            Assert.Equal(times, sweep.Heard.OfType<SweepProgress.Reported>().Count());
        }
    }

    [Fact]
    public async Task A_sweep_with_its_report_ends_after_the_report_and_one_that_failed_is_made_again()
    {
        using var sweep = new DummySweep(runs: 1);
        var tries = 0;
        var options = sweep.Options();
        var outcome = await sweep.RunAsync(options with
        {
            Retries = options.Retries with { BackOffMax = TimeSpan.FromMilliseconds(50) },
            Report = (_, _) => ++tries == 1 ? throw new InvalidDataException("no fonts") : Task.CompletedTask,
        });
        Assert.True(outcome.IsComplete);
        Assert.Equal(2, tries);
        Assert.NotNull(outcome.Summary.Reported);
        Assert.Contains(sweep.Heard.OfType<SweepProgress.Trouble>(),
            t => t.Message.Contains("no fonts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_worker_sees_its_own_gpu_as_the_first_or_none()
    {
        using var sweep = new DummySweep(runs: 3);
        var outcome = await sweep.RunAsync(sweep.Options(stepMilliseconds: 300) with
        {
            Devices =
                [new NodeDevice("cpu", 1), new NodeDevice("cuda:0", 1) { Uuid = "GPU-one" },
                    new NodeDevice("cuda:3", 1)],
        });
        Assert.True(outcome.IsComplete);
        var seen = Enumerable.Range(1, 3).Select(seed => string.Join(' ', Assert.Single(sweep.Starts(seed))[4..6]))
            .Order(StringComparer.Ordinal);
        Assert.Equal(["cpu ", "cuda:0 3", "cuda:0 GPU-one"], seen);
        Assert.Equal(["cpu", "cuda:0", "cuda:3"],
            sweep.Ledger.Attempts(DummySweep.Name).Select(a => a.Device!).Order(StringComparer.Ordinal));
    }

    [PostgresFact]
    public async Task While_the_database_is_down_training_goes_on_and_nothing_is_lost_or_taken_over()
    {
        using var server = PostgresServer.Start();
        using var sweep = new DummySweep(runs: 4, steps: 250, address: server.NewDatabase());
        using var second = Ledger.Open(server.Address("ledger1"));
        var options = sweep.Options(stepMilliseconds: 40) with { Lease = TimeSpan.FromSeconds(4) };
        var nodes = new[] { (sweep.Ledger, "one"), (second, "two") }
            .Select(n =>
                NodeRunner.RunSweepAsync(n.Item1, DummySweep.Name, options with { Name = n.Item2 }, sweep,
                    CancellationToken.None)).ToList();
        foreach (var cell in sweep.Sweep.Cells)
            await sweep.HearAsync<SweepProgress.Training>(t => t.Run == cell.Spec.Id && t.Step >= 3);

        server.Stop();
        var before = sweep.Heard.OfType<SweepProgress.Training>().Count();
        await Task.Delay(TimeSpan.FromSeconds(7)); // longer than a lease
        var during = sweep.Heard.OfType<SweepProgress.Training>().Count() - before;
        server.StartAgain();
        var outcomes = await Task.WhenAll(nodes).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.True(during > 50, $"{during} steps while the database was down");
        Assert.All(outcomes, o => Assert.True(o.IsComplete));
        Assert.Equal(4, outcomes.Sum(o => o.AttemptsStarted));
        Assert.All(sweep.Ledger.Records(DummySweep.Name), r => Assert.Equal((1, 250), (r.Attempts, r.Points.Count)));
    }
}
