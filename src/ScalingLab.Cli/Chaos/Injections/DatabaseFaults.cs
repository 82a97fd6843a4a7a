using System.Data.Common;
using Microsoft.Data.Sqlite;
using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Cli.Hosting;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Storage;

namespace ScalingLab.Cli.Chaos.Injections;

/// <summary>The ledger out of reach for a minute, and a grid that is queued from two shells at once.</summary>
internal static class DatabaseFaults
{
    public static async Task<ChaosOutcome> DownAsync(TrialContext trials)
    {
        var (findings, outage) = (new Findings(), TimeSpan.FromSeconds(trials.Quick ? 4 : 60));
        for (var trial = 0; trial < trials.Count; trial++)
        {
            if (PostgresServer.WhyNot is { } why) findings.Note($"PostgreSQL not tried here: {why}");
            else await OutageAsync(trials, findings, outage, "PostgreSQL stopped", trials.Postgres.NewDatabase(), _ =>
            {
                trials.Postgres.Stop();
                return new Recovery(trials.Postgres.StartAgain);
            });
            await OutageAsync(trials, findings, outage, "SQLite locked", null, file =>
            {
                var address =
                    new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = 30 };
                var connection = new SqliteConnection(address.ConnectionString);
                connection.Open();
                var transaction = connection.BeginTransaction(); // BEGIN IMMEDIATE: nobody else writes
                return new Recovery(() =>
                {
                    transaction.Rollback();
                    connection.Dispose();
                });
            });
        }
        return findings.Outcome(trials.Count);
    }

    /// <summary>Two shells, one grid, at once: each queues it, and each trains it with a node of its own.</summary>
    public static async Task<ChaosOutcome> QueuedTwiceAsync(TrialContext trials)
    {
        var (findings, refused, runs, attempts, once) = (new Findings(), 0, 0, 0, 0);
        var postgres = PostgresServer.WhyNot is null;
        for (var trial = 0; trial < trials.Count; trial++)
        {
            var ground = trials.CreateSandbox(1, 1, postgres && trial % 2 == 1 ? trials.Postgres.NewDatabase() : null);
            string[] command = trial % 4 < 2 ? ["run", "grid.json", "--out", "results", "--slots", "1"]
                : ["queue", "grid.json", "--out", "results"];
            var answers = await Task.WhenAll(ground.LabAsync(command), ground.LabAsync(command));
            foreach (var answer in answers.Where(a => a.ExitCode != CliHost.Success && !a.Error.Contains("could not be "
                + "made: figures", StringComparison.Ordinal)))
            {
                refused++;
                trials.Log($"exit code {answer.ExitCode}: {answer.Error}");
            }
            using var ledger = ground.Open();
            if (command[0] == "queue")
            {
                var host = ground.Node();
                await ground.UntilEndedAsync(ledger, host);
                await host.StopAsync();
            }
            var whole = ChaosSandbox.CountResults(ledger);
            (runs, attempts, once) =
                (runs + ledger.Find(ChaosSweep.Name)!.Total, attempts + whole.Attempts, once + whole.AcceptedOnce);
        }
        var all = trials.Count * trials.Runs;
        var databases = postgres ? "SQLite and PostgreSQL" : "SQLite";
        findings.Check(refused == 0,
            $"{trials.Count} grids from two shells each ('lab run' and 'lab queue', {databases}), {refused} commands failed");
        findings.Check(runs == all && attempts == all && once == all,
            $"{runs} runs of {all} in the ledger, {attempts} attempts, {once} results accepted, each once");
        return findings.Outcome(trials.Count);
    }

    private static async Task OutageAsync(
        TrialContext trials, Findings findings, TimeSpan outage, string what, string? place,
        Func<string, Recovery> begin)
    {
        var ground = trials.CreateSandbox(outage.TotalSeconds + 10, outage.TotalSeconds + 2, place);
        await ground.QueueAsync();
        using var ledger = ground.Open();
        var slots = trials.Quick ? trials.Runs : 2; // all of a short sweep trains through the outage
        var host = ground.Node(slots: slots);
        bool Trained() =>
            ledger.Queue(ChaosSweep.Name).Count(q => q is { State: RunState.Running, Checkpoint: > 0 }) == slots;
        await trials.UntilAsync(Trained, "runs that have trained, one a slot", host);
        var before = (Workers: Processes.Workers(ground.State), Written: Steps(ground));
        var after = begin(ground.Place);
        trials.Log($"{what}");
        await Task.Delay(outage, trials.Stop);
        var (workers, written) = (Processes.Workers(ground.State), Steps(ground));
        after.Again();
        await trials.UntilAsync(() => IsReachable(ledger), "the ledger to answer", host);
        trials.Log(
            $"it answers again; {workers.Intersect(before.Workers).Count()} of {before.Workers.Count} workers still train");
        await ground.UntilEndedAsync(ledger, host);
        await host.StopAsync();

        var further = before.Written.Count(b => written.GetValueOrDefault(b.Key) > b.Value);
        findings.Check(further == slots,
            $"{what} for {outage.TotalSeconds:0} s: {further} runs of {slots} wrote further checkpoints meanwhile");
        ground.CheckComplete(findings, ledger);
        var lost = ledger.Attempts(ChaosSweep.Name).Count(a => a.Outcome != RunEvent.Finished);
        findings.Check(lost == 0, $"{lost} attempts lost");
    }

    private static bool IsReachable(Ledger ledger)
    {
        try
        {
            return ledger.Find(ChaosSweep.Name) is not null;
        }
        catch (DbException)
        {
            return false; // a connection from before the outage
        }
    }

    private static Dictionary<string, long> Steps(ChaosSandbox ground) => ground.CheckpointFolders()
        .ToDictionary(d => d, d => WorkerKills.Newest(d)?.Step ?? 0);

    /// <summary>What ends an outage.</summary>
    private sealed record Recovery(Action Again);
}
