using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Store;

namespace ScalingLab.Scheduling.Tests;

/// <summary>Somebody is told that a sweep has ended, once.</summary>
public sealed class Notices
{
    [Fact]
    public async Task The_end_of_a_sweep_is_told_once_after_its_report_whatever_is_started_again()
    {
        using var sweep = new DummySweep(runs: 2);
        using var listener = new Listener();
        await ServeUntilToldAsync(sweep, listener);
        var said = Assert.Single(listener.Heard);
        Assert.EndsWith("\n", said, StringComparison.Ordinal);
        using var notice = JsonDocument.Parse(said);
        var told = notice.RootElement;
        Assert.Equal(("sweep-ended", DummySweep.Name),
            (told.GetProperty("event").GetString(), told.GetProperty("sweep").GetString()));
        Assert.Equal((2, 0), (told.GetProperty("states").GetProperty("completed").GetInt32(), told.GetProperty("states")
            .GetProperty("failed").GetInt32()));
        Assert.True(told.GetProperty("wallSeconds").GetDouble() > 0);
        Assert.True(told.GetProperty("spent").GetProperty("deviceSeconds").GetDouble() > 0);

        // Another node, and one that was started again: nothing is left to tell until a run ends anew.
        Assert.Equal(0, await UntilIdleAsync(sweep, listener));
        Assert.Single(listener.Heard);
        Assert.Single(sweep.Ledger.Cancel(await AddAsync(sweep, "other", 7)));
        Assert.Equal(0, await UntilIdleAsync(sweep, listener));
        Assert.Equal([DummySweep.Name, "other"], listener.Heard.Select(SweepOf));
    }

    [Fact]
    public async Task Who_was_never_told_anything_is_not_told_of_what_had_ended_before()
    {
        using var sweep = new DummySweep(runs: 1);
        using var first = new Listener();
        using var second = new Listener();
        await ServeUntilToldAsync(sweep, first);
        await AddAsync(sweep, "next", 7);
        Assert.Equal(1, await UntilIdleAsync(sweep, second));
        Assert.Equal(["next"], second.Heard.Select(SweepOf));
    }

    [Fact]
    public async Task Who_does_not_hear_is_told_again_for_a_while_and_runs_do_not_mind()
    {
        using var sweep = new DummySweep(runs: 1);
        using var listener = new Listener(failures: 2);
        await ServeUntilToldAsync(sweep, listener);
        Assert.Equal(3, listener.Heard.Count);
        var troubles = sweep.Heard.OfType<SweepProgress.Trouble>().Select(t => t.Message)
            .Where(m => m.Contains("was not told", StringComparison.Ordinal));
        Assert.Equal(2, troubles.Count());
        Assert.All(troubles, t => Assert.DoesNotContain("secret", t, StringComparison.Ordinal));

        await AddAsync(sweep, "next", 7);
        using var nobody = new Listener();
        var gone = nobody.Address;
        nobody.Dispose();
        Assert.Equal(1, await NodeRunner.ServeAsync(sweep.Ledger, Options(sweep, gone) with
        {
            Notify = new NoticeOptions(gone) { BackOff = TimeSpan.FromMilliseconds(10),
                Timeout = TimeSpan.FromMilliseconds(50) },
        }, sweep, CancellationToken.None, untilIdle: true).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(RunState.Completed, sweep.Ledger.Records("next").Single().State);
        Assert.Contains(sweep.Heard.OfType<SweepProgress.Trouble>(), t =>
            t.Message.EndsWith("given up", StringComparison.Ordinal));
    }

    [Fact]
    public void A_notice_is_claimed_by_one_and_again_only_where_it_was_interrupted()
    {
        using var sweep = new DummySweep(runs: 1);
        var ledger = sweep.Ledger;
        ledger.BeginNotices("a", [("old", "1")]);
        Assert.False(ledger.ClaimNotice("a", "old", "1"));
        Assert.True(ledger.ClaimNotice("b", "old", "1"));
        Assert.True(ledger.ClaimNotice("a", "old", "2"));
        Assert.False(ledger.ClaimNotice("a", "old", "2"));
        ledger.EndNotice("a", "old", "2", NoticeEnd.Interrupted);
        Assert.True(ledger.ClaimNotice("a", "old", "2"));
        ledger.EndNotice("a", "old", "2", NoticeEnd.Told);
        ledger.EndNotice("a", "old", "2", NoticeEnd.Interrupted);
        Assert.False(ledger.ClaimNotice("a", "old", "2"));
        ledger.BeginNotices("a", [("old", "3")]); // not the first time
        Assert.True(ledger.ClaimNotice("a", "old", "3"));
    }

    private static async Task ServeUntilToldAsync(DummySweep sweep, Listener listener)
    {
        using var stop = new CancellationTokenSource();
        var serving = NodeRunner.ServeAsync(sweep.Ledger, Options(sweep, listener.Address), sweep, stop.Token);
        await sweep.HearAsync<SweepProgress.Told>(t => t.Sweep == DummySweep.Name);
        Assert.Contains(sweep.Heard, e => e is SweepProgress.Reported); // before that
        await stop.CancelAsync();
        await serving;
    }

    private static async Task<int> UntilIdleAsync(DummySweep sweep, Listener listener) => await NodeRunner.ServeAsync(
        sweep.Ledger, Options(sweep, listener.Address), sweep, CancellationToken.None, untilIdle: true)
            .WaitAsync(TimeSpan.FromMinutes(1));

    private static NodeOptions Options(DummySweep sweep, Uri to) => sweep.Options() with
    {
        Report = (_, _) => Task.CompletedTask,
            Notify = new NoticeOptions(to) { BackOff = TimeSpan.FromMilliseconds(50) },
    };

    private static Task<string> AddAsync(DummySweep sweep, string name, int seed)
    {
        sweep.Ledger.PutSweep(new Sweep(name, null, [DummySweep.Cell(seed, 4)]));
        return Task.FromResult(name);
    }

    private static string? SweepOf(string notice)
    {
        using var told = JsonDocument.Parse(notice);
        return told.RootElement.GetProperty("sweep").GetString();
    }

    /// <summary>A web server that hears what it is told; the first times it says that it did not.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly HttpListener _server = new();
        private int _failures;

        public Listener(int failures = 0)
        {
            _failures = failures;
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                Address = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/hooks/secret");
            }
            _server.Prefixes.Add(new Uri(Address, "/").ToString());
            _server.Start();
            _ = ListenAsync();
        }

        public Uri Address { get; }

        public ConcurrentQueue<string> Heard { get; } = [];

        public void Dispose() => _server.Close();

        private async Task ListenAsync()
        {
            while (_server.IsListening)
            {
                HttpListenerContext asked;
                try
                {
                    asked = await _server.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
                using var reader = new StreamReader(asked.Request.InputStream);
                Heard.Enqueue(await reader.ReadToEndAsync());
                asked.Response.StatusCode = Interlocked.Decrement(ref _failures) >= 0 ? 503 : 204;
                asked.Response.Close();
            }
        }
    }
}
