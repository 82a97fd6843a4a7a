using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// The queue as a person uses it: real programs, on a file, and once through on PostgreSQL; that a ledger does the same
/// on both is what ScalingLab.Store.Tests holds, call by call.
/// </summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class QueueTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [OnSqlite]
    [OnPostgres]
    public async Task What_is_queued_in_the_evening_is_trained_and_reported_by_the_daemon_and_again_after_a_retry(
        Place place)
    {
        using var queue = new QueueLab(place, "1=crash,complete;2=diverge,complete");
        queue.WriteGrid("evening", 3, 4);
        var said = await queue.DoAsync(
            "queue", "grid.json", "--out", queue.Lab.Out, "--priority", "2", "--window",
            "mon-sun 00:00-24:00 Europe/Berlin", "--device", "cpu");
        Assert.Contains("3 of 3 runs to train, priority 2, window 00:00-24:00 Europe/Berlin, on cpu", said,
            StringComparison.Ordinal);
        Assert.Contains("No node is there", said, StringComparison.Ordinal);
        // again: what is not named stays
        await queue.DoAsync("queue", "grid.json", "--window", "none", "--deadline", "23:59");
        var waiting = (await queue.StatusAsync()).GetProperty("sweeps")[0];
        Assert.Equal((2, "cpu"),
            (waiting.GetProperty("priority").GetInt32(), waiting.GetProperty("device").GetString()));
        Assert.False(waiting.TryGetProperty("window", out _));
        Assert.True(waiting.TryGetProperty("deadline", out _));
        await queue.DoAsync("queue", "grid.json", "--deadline", "none");

        var daemon = queue.Start("serve", "--port", "0", "--slots", "2", "--name", "night");
        await daemon.UntilAsync(() => daemon.HasSaid("reported evening"), "a report");
        using var client = new HttpClient { BaseAddress = new Uri(daemon.Said().Split(' ')[1]) };
        var health = await client.GetStringAsync(new Uri("healthz", UriKind.Relative));
        Assert.StartsWith("""{"status":"ok","node":"night",""", health, StringComparison.Ordinal);
        Assert.Equal(
            ["completed", "failed", "completed"],
            RunsCsv.Read(Path.Combine(queue.Lab.Out, "runs.csv")).Select(r => RunLifecycle.NameOf(r.State)));
        var status = await queue.StatusAsync();
        Assert.Equal("night",
            Assert.Single(status.GetProperty("nodes").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(
            ["crashed 1", "diverged 1"],
            status.GetProperty("deaths").EnumerateArray()
            .Select(d => $"{d.GetProperty("kind").GetString()} {d.GetProperty("attempts").GetInt32()}").Order());
        Assert.Contains("diverged", await queue.DoAsync("status", "evening"), StringComparison.Ordinal);

        Assert.Contains("1 of evening will be tried again", await queue.DoAsync("retry", "evening"),
            StringComparison.Ordinal);
        await queue.UntilAsync(l => l.Find("evening") is { ReportIsDue: false, Reported: not null } s
            && s.In(RunState.Completed) == 3, "the second report");
        Assert.All(RunsCsv.Read(Path.Combine(queue.Lab.Out, "runs.csv")),
            r => Assert.Equal(RunState.Completed, r.State));
        Assert.All(new[] { "curves.csv", "fit.json", "report.md", "report.html" },
            f => Assert.True(File.Exists(Path.Combine(queue.Lab.Out, f)), f));

        daemon.Signal(RunningLab.Terminate);
        Assert.Equal(0, (await daemon.EndAsync(Minute)).ExitCode);
        Assert.Empty((await queue.StatusAsync()).GetProperty("nodes").EnumerateArray());
    }

    [Fact]
    public async Task Workers_yield_go_on_where_they_were_and_are_cancelled_by_a_command_of_another_process()
    {
        using var queue = new QueueLab(Place.Sqlite, stepMilliseconds: 100);
        queue.WriteGrid("yielding", 2, 2000);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        var node = queue.Start("node", "--slots", "2", "--name", "shared");
        await queue.UntilAsync(l => l.Queue("yielding").Count(q => q.Checkpoint > 2) == 2, "two checkpoints");

        Assert.Contains("until 'lab resume'", await queue.DoAsync("yield", "yielding"), StringComparison.Ordinal);
        await queue.UntilAsync(l => l.Find("yielding")!.In(RunState.Running) == 0, "the devices");
        Assert.Contains("yielded until", await queue.DoAsync("status"), StringComparison.Ordinal);
        await queue.DoAsync("resume", "yielding");
        await node.UntilAsync(() => node.HasSaid("from step"), "a start from a checkpoint");

        await queue.DoAsync("yield", "--node", "shared", "--for", "2s");
        await queue.UntilAsync(l => l.Find("yielding")!.In(RunState.Running) == 0, "the node's devices");
        await queue.UntilAsync(l => l.Find("yielding")!.In(RunState.Running) == 2, "the end of the two seconds");
        Assert.All(await Attempts(),
            a => Assert.True(a.Failure is null or FailureKind.Interrupted, $"{a.Failure}: {a.Message}"));

        await queue.DoAsync("cancel", "yielding");
        await node.UntilAsync(() => node.Workers().Count == 0, "the workers' end");
        Assert.Equal(2,
            (await queue.StatusAsync()).GetProperty("sweeps")[0].GetProperty("states").GetProperty("cancelled")
            .GetInt32());
        node.Signal(RunningLab.Terminate);
        Assert.Equal(0, (await node.EndAsync(Minute)).ExitCode);

        Task<IReadOnlyList<AttemptRecord>> Attempts()
        {
            using var ledger = Ledger.Open(queue.Address);
            return Task.FromResult(ledger.Attempts("yielding"));
        }
    }

    [Fact]
    public async Task A_sweep_run_in_the_foreground_keeps_its_settings_and_leaves_no_report_to_be_made_by_others()
    {
        using var queue = new QueueLab(Place.Sqlite);
        queue.WriteGrid("foreground", 2, 4);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out, "--priority", "7");
        Assert.Contains("2 of 2 runs to train",
            await queue.DoAsync("run", "grid.json", "--out", queue.Lab.Out, "--slots", "2"), StringComparison.Ordinal);
        var sweep = (await queue.StatusAsync()).GetProperty("sweeps")[0];
        Assert.Equal((7, 2),
            (sweep.GetProperty("priority").GetInt32(),
                sweep.GetProperty("states").GetProperty("completed").GetInt32()));
        Assert.False(sweep.GetProperty("reportIsDue").GetBoolean());
        Assert.Contains("nothing to train", await queue.DoAsync("run", "grid.json", "--out", queue.Lab.Out),
            StringComparison.Ordinal);

        await queue.DoAsync("queue", "grid.json", "--device", "cuda", "--update");
        queue.WriteGrid("foreground", 3, 4);
        await queue.DoAsync("queue", "grid.json", "--update");
        var stuck = await queue.Lab.RunAsync("run", "grid.json", "--out", queue.Lab.Out);
        Assert.Equal(1, stuck.ExitCode);
        Assert.Contains("no device of the class that the sweep wants", stuck.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sweep_of_the_same_name_with_other_content_is_refused_and_updated_only_when_asked()
    {
        using var queue = new QueueLab(Place.Sqlite);
        string[] run = ["run", "grid.json", "--out", queue.Lab.Out, "--slots", "1"];
        queue.WriteGrid("same", 1, 4);
        await queue.DoAsync(run);
        queue.WriteGrid("same", 2, 4);

        var refused = await queue.Lab.RunAsync(run);
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("name: a sweep 'same' stands in the ledger with other content",
            Assert.Single(refused.Problems), StringComparison.Ordinal);
        Assert.Contains("1 of 2 runs to train", await queue.DoAsync([.. run, "--update"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_of_the_daemon_steers_with_the_token_that_only_its_owner_can_read()
    {
        using var queue = new QueueLab(Place.Sqlite);
        queue.WriteGrid("steered", 2, 4);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out, "--deadline", "2099-01-01T00:00Z");
        var daemon = queue.Start("serve", "--page-only", "--port", "0");
        await daemon.UntilAsync(() => daemon.HasSaid("dashboard: to change"), "the page");
        var file = queue.Lab.At("home/token");
        var token = (await File.ReadAllTextAsync(file)).Trim();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain(token, daemon.Said(), StringComparison.Ordinal); // a journal keeps what is printed

        using var client = new HttpClient { BaseAddress = new Uri(daemon.Said().Split(' ')[1]) };
        using var refused = await client.PostAsync(new Uri("api/sweeps/steered/cancel", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var done = await client.PostAsync(new Uri("api/sweeps/steered/cancel", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Equal(2,
            (await queue.StatusAsync()).GetProperty("sweeps")[0].GetProperty("states").GetProperty("cancelled")
            .GetInt32());

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var open = await queue.Lab.RunAsync("serve", "--page-only", "--port", "0");
        Assert.Equal(2, open.ExitCode);
        Assert.Contains("chmod 600", open.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watching_tells_each_change_as_a_line_until_it_is_ended()
    {
        using var queue = new QueueLab(Place.Sqlite);
        queue.WriteGrid("watched", 1, 4);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        var watching = queue.Start("status", "--watch", "--json");
        await watching.UntilAsync(() => watching.HasSaid("\"pending\":1"), "a first look");
        await queue.DoAsync("cancel", "watched");
        await watching.UntilAsync(() => watching.HasSaid("\"cancelled\":1"), "a second");
        watching.Signal(RunningLab.Terminate);
        var ended = await watching.EndAsync(Minute);
        Assert.Equal(0, ended.ExitCode);
        foreach (var line in ended.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)) JsonDocument.Parse(line)
            .Dispose();
    }
}
