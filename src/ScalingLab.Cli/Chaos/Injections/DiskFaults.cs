using System.Globalization;
using Microsoft.Data.Sqlite;
using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Scheduling;
using ScalingLab.Store;

namespace ScalingLab.Cli.Chaos.Injections;

/// <summary>A disk that fills up under a sweep and has room again later: a tmpfs of some megabytes.</summary>
internal static class DiskFaults
{
    private static readonly string[] FullDiskMessages =
        ["disk full", "No space left", "disk is full", "database or disk is full", "needs more room", "full disk"];

    public static async Task<ChaosOutcome> FullAsync(TrialContext trials)
    {
        var findings = new Findings();
        for (var trial = 0; trial < trials.Count; trial++)
        {
            // Once the disk of checkpoints and logs, once the ledger's.
            foreach (var ledgerToo in (bool[])[false, true])
            {
                using var disk = await SmallDisk.MountAsync(trials.Stop);
                if (disk is null)
                    return ChaosOutcome.NotHere("a small disk is a tmpfs of its own, which only root may mount");
                var ground = trials.CreateSandbox(8, 2);
                if (ledgerToo) ground.Place = Path.Combine(disk.Folder, "ledger.db");
                else ground.State = disk.Folder;
                if (!ledgerToo) ground.Place = Path.Combine(ground.Folder, "ledger.db");
                await FillAsync(trials, ground, disk, ledgerToo ? "ledger" : "checkpoints and logs", findings);
            }
        }
        return findings.Outcome(trials.Count);
    }

    private static async Task FillAsync(TrialContext trials, ChaosSandbox ground, SmallDisk disk, string what,
        Findings findings)
    {
        await ground.QueueAsync();
        using var ledger = ground.Open();
        var host = ground.Node();
        await trials.UntilAsync(() => HostKills.Trains(ledger), "a run with a checkpoint", host);
        disk.Fill();
        trials.Log($"the disk of {what} is full");
        bool Surfaced() => FullDiskMessages.Any(w => host.Count(w) > 0);
        await trials.UntilAsync(Surfaced, "the full disk to be said", host);
        await Task.Delay(TimeSpan.FromSeconds(trials.Quick ? 2 : 10), trials.Stop);
        var said = host.Lines.First(l => FullDiskMessages.Any(w => l.Text.Contains(w, StringComparison.Ordinal))).Text;
        var torn = Directory.GetFiles(ground.State, "step-*.ckpt", SearchOption.AllDirectories)
            .Count(f => !TornCheckpoints.IsWhole(f));
        disk.Free();
        await ground.UntilEndedAsync(ledger, host);
        await host.StopAsync();
        trials.Log($"said: {said}");
        findings.Note($"disk of {what}: said by the node");
        findings.Check(torn == 0, $"{torn} torn checkpoints");
        findings.Check(Integrity(ground.Place) == "ok", $"integrity check of the ledger: {Integrity(ground.Place)}");
        ground.CheckComplete(findings, ledger);
        ground.CheckEqual(findings, ledger, await trials.UndisturbedAsync(ground.Sweep));
    }

    private static string Integrity(string file)
    {
        using var connection =
            new SqliteConnection(new SqliteConnectionStringBuilder
                { DataSource = file, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
    }

    private sealed class SmallDisk(string folder) : IDisposable
    {
        private const string Size = "24m";

        public string Folder => folder;

        private string Filler => Path.Combine(folder, "filler");

        /// <summary>Mounts one; null where that is not allowed.</summary>
        public static async Task<SmallDisk?> MountAsync(CancellationToken stop)
        {
            var folder = Directory.CreateTempSubdirectory("lab-chaos-disk-").FullName;
            var done =
                await ProcessResult.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={Size}", "lab-chaos", folder], null,
                    TimeSpan.FromSeconds(10), stop);
            if (done is { ExitCode: 0 }) return new SmallDisk(folder);
            Directory.Delete(folder);
            return null;
        }

        /// <summary>Leaves not one byte.</summary>
        public void Fill()
        {
            using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.Read, 0);
            foreach (var piece in (int[])[1 << 20, 4096, 1])
            {
                try
                {
                    for (var zeros = new byte[piece]; ;) file.Write(zeros);
                }
                catch (IOException)
                {
                    // That is the end of it.
                }
            }
        }

        public void Free() => File.Delete(Filler);

        public void Dispose()
        {
            using var done = System.Diagnostics.Process.Start("umount", ["--lazy", folder]);
            done.WaitForExit();
            Directory.Delete(folder);
        }
    }
}
