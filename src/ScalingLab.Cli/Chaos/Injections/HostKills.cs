using System.Diagnostics;
using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;
using ScalingLab.Store;

namespace ScalingLab.Cli.Chaos.Injections;

/// <summary>Kill -9 of the host, with its workers' input closing behind it; and of workers.</summary>
internal static class HostKills
{
    public static async Task<ChaosOutcome> HostAsync(TrialContext trials)
    {
        var ground = trials.CreateSandbox(5, 2);
        await ground.QueueAsync();
        using var ledger = ground.Open();
        var (findings, began, training) = (new Findings(), Stopwatch.GetTimestamp(), 0);
        var host = ground.Node();
        foreach (var moment in trials.Moments())
        {
            await UntilMomentAsync(trials, ledger, moment, began, host);
            // the only kill is one in mid-run
            if (trials.Quick) await trials.UntilAsync(() => Trains(ledger), "a run with a checkpoint", host);
            if (Processes.Workers(ground.State).Count > 0) training++;
            await host.KillAsync();
            trials.Log(
                $"host killed with {ledger.Find(ChaosSweep.Name)!.In(RunState.Completed)} of {trials.Runs} runs complete");
            host = ground.Node();
        }
        await ground.UntilEndedAsync(ledger, host);
        await host.StopAsync();
        findings.Check(
            training > 0,
            $"{trials.Count} kills, {training} of them while workers trained; {ChaosSandbox.CountResults(ledger).Attempts} attempts");
        ground.CheckComplete(findings, ledger);
        ground.CheckEqual(findings, ledger, await trials.UndisturbedAsync(ground.Sweep));
        return findings.Outcome(trials.Count);
    }

    /// <summary>
    /// A run that kills whoever supervises it: what supervises is started again each time, as systemd does.
    /// </summary>
    public static async Task<ChaosOutcome> PoisonAsync(TrialContext trials)
    {
        var (findings, kills) = (new Findings(), 0);
        for (var trial = 0; trial < trials.Count; trial++)
        {
            var ground = trials.CreateSandbox(3, 1);
            var poisoned = trials.Random.Next(trials.Runs) + 1;
            ground.Environment[WorkerPrograms.Variable] = PoisonedWorker(trials, ground.Folder, poisoned);
            await ground.QueueAsync();
            using var ledger = ground.Open();
            var host = ground.Node();
            while (ledger.Find(ChaosSweep.Name)!.In(RunState.Pending)
                + ledger.Find(ChaosSweep.Name)!.In(RunState.Running) > 0)
            {
                if (host.HasEnded)
                {
                    kills++;
                    if (host.ExitCode != 128 + Processes.SigKill)
                        throw new ChaosException($"a host ended by itself: {host}");
                    trials.Log($"host killed by the poisoned run");
                    host = ground.Node();
                }
                await Task.Delay(50, trials.Stop);
            }
            await host.StopAsync();
            var records = ledger.Records(ChaosSweep.Name, withPoints: false);
            var poison = records.Single(r => r.Cell.Spec.Seed == poisoned);
            findings.Check(
                poison is { State: RunState.Quarantined, Attempts: 3 },
                    $"the poisoned run is {RunLifecycle.NameOf(poison.State)} after {poison.Attempts} attempts");
            findings.Check(
                records.Count(r => r.State == RunState.Completed) == trials.Runs - 1,
                $"{records.Count(r => r.State == RunState.Completed)} of the {trials.Runs - 1} others complete");
        }
        findings.Note($"{kills} hosts killed");
        return findings.Outcome(trials.Count);
    }

    /// <summary>Whether a run is under way that has a checkpoint.</summary>
    public static bool Trains(Ledger ledger) =>
        ledger.Queue(ChaosSweep.Name).Any(q => q is { State: RunState.Running, Checkpoint: > 0 });

    /// <summary>Waits for so many completed runs, and for a part of one more's time.</summary>
    public static async Task UntilMomentAsync(TrialContext trials, Ledger ledger, double moment, long began,
        params ChaosHost[] hosts)
    {
        int Complete() => ledger.Find(ChaosSweep.Name)!.In(RunState.Completed);
        await trials.UntilAsync(() => Complete() >= Math.Floor(moment), $"{Math.Floor(moment)} complete runs", hosts);
        var each = Stopwatch.GetElapsedTime(began).TotalSeconds / Math.Max(1, Complete());
        await Task.Delay(TimeSpan.FromSeconds((moment - Math.Floor(moment)) * Math.Min(each, 5)), trials.Stop);
    }

    // Hands on order after order, so that the worker itself is the process that the host knows.
    private static string PoisonedWorker(TrialContext trials, string folder, int seed)
    {
        var worker = WorkerPrograms.Find(trials.Home);
        var file = Path.Combine(folder, "worker");
        File.WriteAllText(file, $"""
            #!/bin/bash
            run=({string.Join(' ', new[] { worker.FileName }.Concat(worker.Arguments).Select(Quoted))})
            [[ $# -gt 0 ]] && exec "${"{run[@]}"}" "$@"
            exec 3<&0
            exec "${"{run[@]}"}" < <(while IFS= read -r order <&3; do
              if [[ $order == *'"seed":{seed},'* || $order == *'"seed":{seed}{"}"}'* ]]; then kill -9 $PPID; exit 1; fi
              printf '%s\n' "$order"
            done)

            """);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }

    private static string Quoted(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
