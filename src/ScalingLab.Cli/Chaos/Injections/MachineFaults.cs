using System.Diagnostics;
using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;
using ScalingLab.Store;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Cli.Chaos.Injections;

/// <summary>
/// Two nodes on one PostgreSQL ledger: one is switched off, one stands still and comes back, one has a wrong clock.
/// </summary>
internal static class MachineFaults
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Takeover = Lease + TimeSpan.FromSeconds(2);

    /// <summary>Why two machines cannot be had on this one; null where they can.</summary>
    public static async Task<string?> WhyUnavailableAsync(CancellationToken stop)
    {
        if (PostgresServer.WhyNot is { } why) return why;
        var tried =
            await ProcessResult.RunAsync("unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", "true"], null,
                TimeSpan.FromSeconds(10), stop);
        return tried is { ExitCode: 0 } ? null
            : "a machine of its own is a space of process ids (unshare --pid), which only root may make";
    }

    public static async Task<ChaosOutcome> SwitchedOffAsync(TrialContext trials)
    {
        if (await WhyUnavailableAsync(trials.Stop) is { } why) return ChaosOutcome.NotHere(why);
        var (findings, takeovers, complete, once) = (new Findings(), new List<double>(), 0, 0);
        for (var trial = 0; trial < trials.Count; trial++)
        {
            var ground = trials.CreateSandbox(8, 2, trials.Postgres.NewDatabase());
            await ground.QueueAsync();
            using var ledger = ground.Open();
            var nodes =
                new Dictionary<string, ChaosHost>
                { ["a"] = ground.Node("a", trials.Runs, true), ["b"] = ground.Node("b", trials.Runs, true) };
            ChaosHost[] both = [.. nodes.Values];
            await trials.UntilAsync(() => Running(ledger).Any(q => q.Checkpoint > 0), "a run with a checkpoint", both);
            await Task.Delay(TimeSpan.FromSeconds(2 * trials.Random.NextDouble()), trials.Stop);
            await trials.UntilAsync(() => Running(ledger).Count > 0, "a running run", both);
            var running = Running(ledger).Select(q => q.Node!).Distinct().Order(StringComparer.Ordinal).ToList();
            var victim = running[trials.Random.Next(running.Count)];

            await nodes[victim].KillAsync();
            var killed = ledger.Now;
            var orphaned = Running(ledger).Where(q => q.Node == victim).Select(q => q.Run).ToHashSet();
            await trials.UntilAsync(() => ledger.Find(ChaosSweep.Name)!.In(RunState.Completed) == trials.Runs,
                "the end of the sweep",
                [.. both.Where(h => h != nodes[victim])]);
            takeovers.AddRange(
                ledger.Attempts(ChaosSweep.Name)
                .Where(a => orphaned.Contains(a.Run) && a.Node != victim && a.Began > killed)
                .GroupBy(a => a.Run).Select(g => (g.Min(a => a.Began) - killed).TotalSeconds));
            var after = string.Join(", ", takeovers.Select(t => t.ToString("0.0", null)));
            trials.Log($"node {victim} killed with {orphaned.Count} runs; taken over after {after} s so far");
            var whole = ChaosSandbox.CountResults(ledger);
            (complete, once) = (complete + whole.Complete, once + whole.AcceptedOnce);
            foreach (var host in both) await host.StopAsync();
        }
        var all = trials.Count * trials.Runs;
        findings.Check(complete == all, $"{complete} of {all} complete");
        findings.Check(once == all, $"{once} results accepted, each once");
        findings.Check(takeovers.Count > 0, $"{takeovers.Count} runs of killed nodes taken over");
        if (takeovers.Count > 0)
            findings.Check(!trials.ChecksTimes || takeovers.Max() <= Takeover.TotalSeconds,
                $"after {takeovers.Average():0.0} s on average, {takeovers.Max():0.0} s at most (lease {Lease.TotalSeconds:0} s)");
        return findings.Outcome(trials.Count);
    }

    /// <summary>
    /// The host stands still past its lease, its workers go on: by turns on a machine of its own, where nobody can stop
    /// them and both train the same run to its end, and on the other node's machine, on SQLite.
    /// </summary>
    public static async Task<ChaosOutcome> SuspendedAsync(TrialContext trials)
    {
        var apart = await WhyUnavailableAsync(trials.Stop) is null;
        var (findings, stale, complete, once) = (new Findings(), (Held: 0, Rejected: 0), 0, 0);
        for (var trial = 0; trial < trials.Count; trial++)
        {
            var machine = apart && trial % 2 == 0;
            var ground = trials.CreateSandbox(5, 2, machine ? trials.Postgres.NewDatabase() : null);
            await ground.QueueAsync();
            using var ledger = ground.Open();
            var a = ground.Node("a", 2, machine);
            await trials.UntilAsync(() => Running(ledger).Count(q => q.Worker is not null) == 2,
                "two runs with their workers", a);
            Processes.Signal(a.Pid, Processes.SigStop);
            var held = Running(ledger).Where(q => q.Node == "a").ToDictionary(q => q.Run, q => q.Fence);
            var b = ground.Node("b", trials.Runs, machine, state: machine ? Path.Combine(ground.Folder, "other")
                : null);
            await trials.UntilAsync(
                () => ledger.Attempts(ChaosSweep.Name).Where(t => held.ContainsKey(t.Run)
                    && t.Fence > held[t.Run]).Select(t => t.Run).Distinct().Count() == held.Count,
                "the runs of the one that stands still taken over", b);
            await Task.Delay(TimeSpan.FromSeconds(4 * trials.Random.NextDouble()), trials.Stop);
            trials.Log(
                $"node a stood still with {held.Count} runs past its lease; {(machine ? "another machine" : "another process")} took them over");
            Processes.Signal(a.Pid, Processes.SigCont);
            await trials.UntilAsync(() => a.Count(" given up ") >= held.Count, "its late words refused", a, b);
            await ground.UntilEndedAsync(ledger, a, b);

            var attempts = ledger.Attempts(ChaosSweep.Name);
            stale.Held += held.Count;
            stale.Rejected += held.Count(h =>
                attempts.Single(t => t.Run == h.Key && t.Fence == h.Value) is
                { Failure: FailureKind.LeaseExpired, Node: "a" });
            var whole = ChaosSandbox.CountResults(ledger);
            (complete, once) = (complete + whole.Complete, once + whole.AcceptedOnce);
            await a.StopAsync();
            await b.StopAsync();
        }
        var all = trials.Count * trials.Runs;
        findings.Check(stale.Rejected == stale.Held,
            $"{stale.Rejected} of {stale.Held} attempts that woke up late were refused and gave up");
        findings.Check(complete == all && once == all,
            $"{complete} of {all} complete, {once} results accepted, each once");
        findings.Note(
            $"{(apart ? "by turns on two machines' process spaces with PostgreSQL and on one machine with SQLite" : "on one machine with SQLite")}");
        return findings.Outcome(trials.Count);
    }

    /// <summary>The host dies; its worker hears it, or hears nothing. A new host is there at once.</summary>
    public static async Task<ChaosOutcome> OrphanedAsync(TrialContext trials)
    {
        var (findings, heard, deaf, alone, most, doubled) =
            (new Findings(), new List<double>(), new List<double>(), new List<double>(), 0, 0);
        for (var trial = 0; trial < trials.Count; trial++)
        {
            var ground = trials.CreateSandbox(8, 3);
            await ground.QueueAsync();
            using var ledger = ground.Open();
            var host = ground.Node();
            await trials.UntilAsync(() => Running(ledger).Count(q => q is { Worker: not null, Checkpoint: > 0 }) == 2,
                "two trained runs", host);
            var runs = Running(ledger).ToDictionary(q => q.Worker!.Pid, q => q.Run);
            var orphans = runs.Keys.Where(Processes.IsAlive).ToList();
            var isDeaf = trial % 2 == 1;
            if (isDeaf) orphans.ForEach(w => Processes.Signal(w, Processes.SigStop));
            await host.KillAsync();
            var since = Stopwatch.GetTimestamp();
            host = ground.Node("again");
            long? there = null;
            void Watch()
            {
                if (there is null && host.Count("node again:") > 0) there = Stopwatch.GetTimestamp();
                foreach (var q in Running(ledger).Where(q => q.Worker is not null)) runs[q.Worker!.Pid] = q.Run;
                var live = Processes.Workers(ground.State);
                most = Math.Max(most, live.Count);
                if (live.Where(runs.ContainsKey).GroupBy(w => runs[w]).Any(g => g.Count() > 1)) doubled++;
                foreach (var gone in orphans.Where(w => !Processes.IsAlive(w)).ToList())
                {
                    orphans.Remove(gone);
                    if (isDeaf) deaf.Add(there is null ? 0 : Stopwatch.GetElapsedTime(there.Value).TotalSeconds);
                    (isDeaf ? alone : heard).Add(Stopwatch.GetElapsedTime(since).TotalSeconds);
                }
            }
            await trials.UntilAsync(
                () =>
                {
                    Watch();
                    return orphans.Count == 0 && ledger.Find(ChaosSweep.Name)!.In(RunState.Completed) == trials.Runs;
                },
                "orphans gone and the end of the sweep", host);
            await host.StopAsync();
            trials.Log(
                $"host killed, workers {(isDeaf ? "deaf" : "listening")}: gone after {(isDeaf ? deaf : heard).LastOrDefault():0.0} s");
            ground.CheckComplete(findings, ledger);
        }
        if (heard.Count > 0) findings.Check(!trials.ChecksTimes || heard.Max() <= 10,
            $"{heard.Count} workers gone {heard.Average():0.0} s after their host on average, {heard.Max():0.0} s at most");
        if (deaf.Count > 0) findings.Check(!trials.ChecksTimes || deaf.Max() <= 10,
            $"{deaf.Count} that heard nothing (SIGSTOP) gone {deaf.Max():0.0} s after a new host came, {alone.Max():0.0} s after theirs died, at most");
        findings.Check(doubled == 0, $"{doubled} moments with two workers of one run");
        findings.Check(most is 1 or 2, $"at most {most} workers on 2 slots at any moment");
        return findings.Outcome(trials.Count);
    }

    private static List<QueuedRun> Running(Ledger ledger) =>
        [.. ledger.Queue(ChaosSweep.Name).Where(q => q.State == RunState.Running)];
}
