using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Chaos;

/// <summary>Kill -9 of workers: what is lost, and that nothing of it shows in the end.</summary>
internal static class WorkerKills
{
    /// <summary>A kill: the run, its newest checkpoint then, and how many lines the host had said.</summary>
    private sealed record Killed(RunId Run, long Step, int Lines);

    public static async Task<ChaosOutcome> InjectAsync(ChaosTrials trials)
    {
        var ground = trials.Ground(4, 2);
        await ground.QueueAsync();
        using var ledger = ground.Open();
        var (findings, began) = (new Findings(), Stopwatch.GetTimestamp());
        var (kills, lost, apart) = (new List<Killed>(), new List<double>(), new List<double>());
        var host = ground.Node();
        foreach (var moment in trials.Moments())
        {
            await HostKills.UntilMomentAsync(trials, ledger, moment, began, host);
            if (trials.Quick) await trials.UntilAsync(() => HostKills.Trains(ledger), "a run with a checkpoint", host); // the only kill is one in mid-run
            Killed? kill = null;
            while (kill is null)
            {
                await trials.UntilAsync(() => Known(ledger).Count > 0, "a worker", host);
                var known = Known(ledger);
                if (known.Count == 0) continue;
                var (run, pid) = known[trials.Random.Next(known.Count)];
                Processes.Signal(pid, Processes.Stop); // so that what it leaves behind can be looked at as it is killed
                if (!Processes.Lives(pid) || Known(ledger).All(k => k.Pid != pid))
                {
                    Processes.Signal(pid, Processes.Continue); // it has just ended its run
                    continue;
                }
                kill = new Killed(run, Newest(ground.Checkpoints(run))?.Step ?? 0, host.Lines.Count);
                lost.Add(Lost(ground, host, run));
                Processes.Signal(pid, Processes.KillAtOnce);
            }
            kills.Add(kill);
            apart.AddRange(ground.CheckpointFolders().Select(Apart).OfType<double>());
            trials.Say($"worker of {kill.Run} killed after its checkpoint of step {kill.Step}");
        }
        await ground.UntilEndedAsync(ledger, host);
        await host.StopAsync();

        var resumed = kills.Count(k => Resumed(host, k) == k.Step);
        var longest = apart.Append(ChaosSweep.CheckpointSeconds).Max();
        findings.Must(resumed == kills.Count, $"{resumed} of {kills.Count} killed runs went on from their newest checkpoint");
        findings.Must(
            !trials.Timed || lost.Max() <= longest,
            $"training lost {lost.Average():0.00} s on average, {lost.Max():0.00} s at most (checkpoints up to {longest:0.00} s apart)");
        ground.MustBeWhole(findings, ledger);
        ground.MustEqual(findings, ledger, await trials.UndisturbedAsync(ground.Sweep));
        return findings.Outcome(kills.Count);
    }

    /// <summary>Steps that have a checkpoint, newest first, with the moments at which they were written.</summary>
    public static IReadOnlyList<(long Step, DateTime At)> Written(string folder) => !Directory.Exists(folder)
        ? []
        : [.. new DirectoryInfo(folder).GetFiles("step-*.ckpt")
            .Select(f => (long.Parse(Path.GetFileNameWithoutExtension(f.Name)["step-".Length..], CultureInfo.InvariantCulture), f.LastWriteTimeUtc))
            .OrderByDescending(c => c.Item1)];

    public static (long Step, DateTime At)? Newest(string folder) => Written(folder) is [var newest, ..] ? newest : null;

    private static double? Apart(string folder) => Written(folder) is [var newest, var before, ..] ? (newest.At - before.At).TotalSeconds : null;

    // Not a third time before it got further: that is what quarantine is for, and another row's question.
    private static List<(RunId Run, int Pid)> Known(Store.Ledger ledger) =>
        [.. ledger.Queue(ChaosSweep.Name).Where(q => q is { State: RunState.Running, Worker: not null, Losses: < 2 }).Select(q => (q.Run,
            q.Worker!.Pid)).Where(w => Processes.Lives(w.Pid))];

    // Training since the checkpoint that will be gone on from, or since this attempt began to train. What goes into a checkpoint that is being
    // written was an interval's work, no more.
    private static double Lost(ChaosGround ground, ChaosHost host, RunId run)
    {
        if (host.Lines.LastOrDefault(l => IsStart(l, run)) is not { } started) return 0;
        var folder = ground.Checkpoints(run);
        var begun = Newest(folder)?.At is { } at && at > started.At.UtcDateTime ? at : started.At.UtcDateTime;
        var writing = Directory.Exists(folder) ? new DirectoryInfo(folder).GetFiles("*.tmp").Select(f => f.CreationTimeUtc).Where(t => t > begun).ToList() : [];
        return Math.Max(0, ((writing.Count > 0 ? writing.Min() : TimeProvider.System.GetUtcNow().UtcDateTime) - begun).TotalSeconds);
    }

    private static long? Resumed(ChaosHost host, Killed kill)
    {
        if (host.Lines.Skip(kill.Lines).FirstOrDefault(l => IsStart(l, kill.Run)) is not { } line) return null;
        const string from = "from step ";
        var at = line.Text.IndexOf(from, StringComparison.Ordinal);
        return at < 0 ? 0 : long.Parse(line.Text[(at + from.Length)..].Split(',')[0], CultureInfo.InvariantCulture);
    }

    private static bool IsStart(HostLine line, RunId run) =>
        line.Text.Contains(" started ", StringComparison.Ordinal) && line.Text.Contains(run.Value, StringComparison.Ordinal);
}
