using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Lab.Execution;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Chaos.Injections;

/// <summary>Clocks that are wrong, and clocks that are set forward and back.</summary>
internal static class ClockFaults
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    /// <summary>
    /// Edges of windows in two nights: what is said is the moment (UTC) of the edge. On 25 October 2026 it is 2:30
    /// twice; on 29 March 2:30 is left out.
    /// </summary>
    private static readonly (string Window, string Edge)[] Edges =
    [
        ("02:30-03:30 Europe/Berlin", "2026-10-25T00:30:00Z"), ("02:30-03:30 Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("02:30-03:30 Europe/Berlin", "2026-10-25T01:00:00Z"), ("02:30-03:30 Europe/Berlin", "2026-10-25T01:30:00Z"),
        ("02:30-03:30 Europe/Berlin", "2026-10-25T02:30:00Z"), ("02:30-03:30 Europe/Berlin", "2026-03-29T01:30:00Z"),
        ("01:30-02:15 Europe/Berlin", "2026-10-25T00:15:00Z"), ("01:30-02:15 Europe/Berlin", "2026-03-29T01:00:00Z"),
    ];

    /// <summary>
    /// Two nodes on PostgreSQL, each on a machine of its own; the clock of one goes 60 s ahead, by turns behind.
    /// </summary>
    public static async Task<ChaosOutcome> SkewedAsync(TrialContext trials)
    {
        if (await MachineFaults.WhyUnavailableAsync(trials.Stop) is { } why) return ChaosOutcome.NotHere(why);
        using var clock = await WrongClock.BuildAsync(trials.Stop);
        if (clock is null)
            return ChaosOutcome.NotHere("a clock of its own for one machine is compiled by cc (Debian's package gcc), "
                + "which is not installed");
        var (findings, ahead, complete, once, lost) = (new Findings(), new List<double>(), 0, 0, 0);
        for (var trial = 0; trial < trials.Count; trial++)
        {
            var ground = trials.CreateSandbox(8, 2, trials.Postgres.NewDatabase());
            await ground.QueueAsync();
            using var ledger = ground.Open();
            var wrong = ground.Node("wrong", 2, true, null, clock.CommandPrefix(trial % 2 == 0 ? 60 : -60));
            var right = ground.Node("right", 2, true);
            await trials.UntilAsync(() => ledger.Attempts(ChaosSweep.Name).Any(a => a.Node == "wrong"),
                "a run on the node with the wrong clock", wrong, right);
            ahead.Add(ledger.Nodes().Single(n => n.Node.Name == "wrong").ClockAhead.TotalSeconds);
            await ground.UntilEndedAsync(ledger, wrong, right);
            await wrong.StopAsync();
            await right.StopAsync();
            var whole = ChaosSandbox.CountResults(ledger);
            (complete, once) = (complete + whole.Complete, once + whole.AcceptedOnce);
            lost += ledger.Attempts(ChaosSweep.Name).Count(a => a.Outcome != RunEvent.Finished);
            trials.Log($"a clock {ahead[^1]:0.0} s ahead: {whole.Complete} of {trials.Runs} complete");
        }
        var all = trials.Count * trials.Runs;
        findings.Check(
            ahead.TrueForAll(a => Math.Abs(a) is > 50 and < 70),
            $"a node's clock ahead by {string.Join(" and ", ahead.Select(a => FormattableString.Invariant($"{a:0.0}")))} s, by the ledger's");
        findings.Check(complete == all && once == all,
            $"{complete} of {all} complete, {once} results accepted, each once");
        findings.Check(lost == 0, $"{lost} leases lost");
        return findings.Outcome(trials.Count);
    }

    /// <summary>
    /// A node in this process whose ledger's clock stands on such a night, over each edge of a window; the workers are
    /// real.
    /// </summary>
    public static async Task<ChaosOutcome> NightAsync(TrialContext trials)
    {
        var (findings, starts, outside, stopped) = (new Findings(), 0, new List<string>(), 0);
        var edges = trials.Quick ? Edges[..2] : Edges;
        foreach (var (window, edge) in edges.SelectMany(e => Enumerable.Repeat(e, trials.Count)))
        {
            var ground = trials.CreateSandbox(120, 120);
            await ground.QueueAsync("--window", window);
            var at = DateTimeOffset.Parse(edge, System.Globalization.CultureInfo.InvariantCulture);
            var clock =
                new Shifted(at - TimeSpan.FromSeconds(5 + (5 * trials.Random.NextDouble()))
                    - TimeProvider.System.GetUtcNow());
            using var ledger = Ledger.Open(ground.Place, clock);
            using var work = new NodeServices(trials.Home with { State = ground.State }, ledger, _ => { });
            using var end = CancellationTokenSource.CreateLinkedTokenSource(trials.Stop);
            var node =
                NodeRunner.ServeAsync(ledger, work.Options("night", [new NodeDevice("cpu", 2)]), null, end.Token);
            var opensAfter = IsOpen(window, at + TimeSpan.FromSeconds(1));
            await trials.UntilAsync(() => clock.GetUtcNow() > at + TimeSpan.FromSeconds(2), "the edge to pass");
            if (opensAfter)
                await trials.UntilAsync(() =>
                    ledger.Queue().Any(q => q is { State: RunState.Running, Worker: not null }),
                "a start in the open window");
            else await trials.UntilAsync(() => ledger.Queue().All(q => q.State != RunState.Running),
                "the workers to stop");
            stopped += opensAfter ? 0 : 1;
            await end.CancelAsync();
            await node;
            var attempts = ledger.Attempts(ChaosSweep.Name);
            starts += attempts.Count;
            outside.AddRange(attempts.Where(a => !IsOpen(window, a.Began)).Select(a => $"{a.Began:u} in {window}"));
            trials.Log($"{window} about {edge}: {attempts.Count} starts");
        }
        findings.Check(
            outside.Count == 0 && starts > 0,
            $"{starts} starts at {edges.Length} edges of windows in Berlin, 29 March and 25 October 2026; {outside.Count} outside{string.Join(", ", outside)}");
        findings.Note($"{stopped} times workers had stopped when the window closed");
        return findings.Outcome(edges.Length * trials.Count);
    }

    // By the wall clock there, and nothing else: a second way to say what TimeWindow says.
    private static bool IsOpen(string window, DateTimeOffset at)
    {
        var wall = TimeZoneInfo.ConvertTime(at, Berlin).TimeOfDay;
        var hours = window.Split(' ')[0].Split('-')
            .Select(h => TimeSpan.Parse(h, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        return wall >= hours[0] && wall < hours[1];
    }

    private sealed class Shifted(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
