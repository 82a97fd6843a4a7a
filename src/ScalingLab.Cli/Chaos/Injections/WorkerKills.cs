using System.Diagnostics;
using System.Globalization;
using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Chaos.Injections;

/// <summary>Kill -9 of workers: what is lost, and that nothing of it shows in the end.</summary>
internal static class WorkerKills
{
    /// <summary>
    /// A kill: the run, which attempt at it, its newest checkpoint then, and the seconds of training since.
    /// </summary>
    private sealed record Killed(RunId Run, int Attempt, long Step, double LostSeconds);

    public static async Task<ChaosOutcome> InjectAsync(TrialContext trials)
    {
        var ground = trials.CreateSandbox(4, 2);
        await ground.QueueAsync();
        using var ledger = ground.Open();
        var (findings, began) = (new Findings(), Stopwatch.GetTimestamp());
        var (kills, apart) = (new List<Killed>(), new List<double>());
        var host = ground.Node();
        foreach (var moment in trials.Moments())
        {
            await HostKills.UntilMomentAsync(trials, ledger, moment, began, host);
            // the only kill is one in mid-run
            if (trials.Quick) await trials.UntilAsync(() => HostKills.Trains(ledger), "a run with a checkpoint", host);
            Killed? kill = null;
            while (kill is null) kill = await TryKillAsync(trials, ground, ledger, host);
            kills.Add(kill);
            apart.AddRange(ground.CheckpointFolders().Select(CheckpointInterval).OfType<double>());
            trials.Log($"worker of {kill.Run} killed after its checkpoint of step {kill.Step}");
        }
        await ground.UntilEndedAsync(ledger, host);
        await host.StopAsync();

        var resumed = kills.Count(k => Resumed(host, k) == k.Step);
        var lost = kills.Select(k => k.LostSeconds).ToList();
        var longest = apart.Append(ChaosSweep.CheckpointSeconds).Max();
        findings.Check(resumed == kills.Count,
            $"{resumed} of {kills.Count} killed runs went on from their newest checkpoint");
        findings.Check(
            !trials.ChecksTimes || lost.Max() <= longest,
            $"training lost {lost.Average():0.00} s on average, {lost.Max():0.00} s at most (checkpoints up to {longest:0.00} s apart)");
        ground.CheckComplete(findings, ledger);
        ground.CheckEqual(findings, ledger, await trials.UndisturbedAsync(ground.Sweep));
        return findings.Outcome(kills.Count);
    }

    /// <summary>Kills a worker in mid-run; null where its run ended first, or none is there.</summary>
    private static async Task<Killed?> TryKillAsync(
        TrialContext trials, ChaosSandbox ground, Ledger ledger, ChaosHost host)
    {
        await trials.UntilAsync(() => Known(ledger).Count > 0, "a worker", host);
        var known = Known(ledger);
        if (known.Count == 0) return null;
        var chosen = known[trials.Random.Next(known.Count)];
        var pid = chosen.Worker!.Pid;
        // so that what it leaves behind can be looked at as it is killed
        Processes.Signal(pid, Processes.SigStop);
        if (!Processes.IsAlive(pid) || Known(ledger).All(k => k.Worker!.Pid != pid))
        {
            Processes.Signal(pid, Processes.SigCont); // it has just ended its run
            return null;
        }
        var (step, seconds) =
            (Newest(ground.Checkpoints(chosen.Run))?.Step ?? 0, LostSeconds(ground, host, chosen));
        Processes.Signal(pid, Processes.SigKill);
        AttemptRecord Attempt() =>
            ledger.Attempts(ChaosSweep.Name).Single(a => a.Run == chosen.Run && a.Fence == chosen.Fence);
        await trials.UntilAsync(() => Attempt().Ended is not null, "the end of the killed worker's attempt", host);
        if (Attempt().Outcome != RunEvent.Finished)
            return new Killed(chosen.Run, chosen.Attempts, step, seconds);
        trials.Log($"worker of {chosen.Run} killed after its last word: its result counts, another is killed");
        return null;
    }

    /// <summary>Steps that have a checkpoint, newest first, with the moments at which they were written.</summary>
    public static IReadOnlyList<(long Step, DateTime At)> Written(string folder) => !Directory.Exists(folder)
        ? []
        : [.. new DirectoryInfo(folder).GetFiles("step-*.ckpt")
            .Select(f =>
                (long.Parse(Path.GetFileNameWithoutExtension(f.Name)["step-".Length..], CultureInfo.InvariantCulture),
                    f.LastWriteTimeUtc))
            .OrderByDescending(c => c.Item1)];

    public static (long Step, DateTime At)? Newest(string folder) =>
        Written(folder) is [var newest, ..] ? newest : null;

    private static double? CheckpointInterval(string folder) =>
        Written(folder) is [var newest, var before, ..] ? (newest.At - before.At).TotalSeconds : null;

    // Not a third time before it got further: that is what quarantine is for, and another row's question.
    private static List<QueuedRun> Known(Ledger ledger) =>
        [.. ledger.Queue(ChaosSweep.Name, runningOnly: true)
            .Where(q => q is { Worker: { } worker, ChargedAttempts: < 2 } && Processes.IsAlive(worker.Pid))];

    // Training since the checkpoint that will be resumed from, or since this attempt began to train. What goes into a
    // checkpoint that is being written was an interval's work, no more.
    private static double LostSeconds(ChaosSandbox ground, ChaosHost host, QueuedRun run)
    {
        var folder = ground.Checkpoints(run.Run);
        DateTime?[] moments =
        [
            host.Lines.LastOrDefault(l => Started(l, run.Run) == run.Attempts)?.At.UtcDateTime,
            Newest(folder)?.At is { } at && at > run.Began?.UtcDateTime ? at : null, // of this attempt
        ];
        if (moments.Max() is not { } begun) return 0; // it has not begun to train
        var writing = Directory.Exists(folder) ? new DirectoryInfo(folder).GetFiles("*.tmp")
            .Select(f => f.CreationTimeUtc).Where(t => t > begun).ToList() : [];
        return Math.Max(0,
            ((writing.Count > 0 ? writing.Min() : TimeProvider.System.GetUtcNow().UtcDateTime) - begun).TotalSeconds);
    }

    /// <summary>The step that the next attempt that trained went on from; null where there is none.</summary>
    private static long? Resumed(ChaosHost host, Killed kill)
    {
        if (host.Lines.FirstOrDefault(l => Started(l, kill.Run) > kill.Attempt) is not { } line) return null;
        const string from = "from step ";
        var at = line.Text.IndexOf(from, StringComparison.Ordinal);
        return at < 0 ? 0 : long.Parse(line.Text[(at + from.Length)..].Split(',')[0], CultureInfo.InvariantCulture);
    }

    /// <summary>Which attempt at the run a line says has begun to train; null where it says something else.</summary>
    private static int? Started(HostLine line, RunId run)
    {
        if (!line.Text.Contains(" started ", StringComparison.Ordinal)
            || !line.Text.Contains(run.Value, StringComparison.Ordinal)) return null;
        const string attempt = ", attempt ";
        var at = line.Text.LastIndexOf(attempt, StringComparison.Ordinal);
        return at < 0 ? 1 : int.Parse(line.Text[(at + attempt.Length)..], CultureInfo.InvariantCulture);
    }
}
