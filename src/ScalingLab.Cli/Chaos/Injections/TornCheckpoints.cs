using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;
using ScalingLab.Store;

namespace ScalingLab.Cli.Chaos.Injections;

/// <summary>
/// Kill -9 in the middle of writing a checkpoint, and checkpoints that are damaged afterwards. The worker alone, a
/// checkpoint each step.
/// </summary>
internal static class TornCheckpoints
{
    private const int Lanes = 2;

    public static async Task<ChaosOutcome> InjectAsync(TrialContext trials)
    {
        var ground = trials.CreateSandbox(10, 0.3, model: "micro-278k");
        await ground.QueueAsync();
        using var ledger = ground.Open();
        var data = Directory.GetDirectories(Path.Combine(ground.State, "data"))
            .First(d => Path.GetFileName(d)[0] != '.');
        var findings = new Findings();
        var lanes = await Task.WhenAll(ledger.Queue(ChaosSweep.Name).Take(Lanes).Select((q, lane) => LaneAsync(
            trials, new Lane(trials, ledger.Spec(q.Run)!, data, Path.Combine(ground.State, "lanes", q.Run.Value)),
            (trials.Count + Lanes - 1 - lane) / Lanes)));
        var kills = lanes.Sum(l => l.Kills);
        findings.Note(
            $"{kills} kills at random offsets, {lanes.Sum(l => l.Partial)} of them left a part of a file under its temporary name");
        findings.Check(lanes.Sum(l => l.Torn) == 0,
            $"{lanes.Sum(l => l.Torn)} torn files under a checkpoint's name, 0 accepted");
        findings.Check(
            lanes.Sum(l => l.Right) == kills,
            $"{lanes.Sum(l => l.Right)} of {kills} went on from the newest whole checkpoint");
        findings.Check(
            lanes.Sum(l => l.FellBack) == lanes.Sum(l => l.Damaged),
            $"{lanes.Sum(l => l.FellBack)} of {lanes.Sum(l => l.Damaged)} truncated, bit-flipped or emptied checkpoints passed over for the one before");
        findings.Check(lanes.All(l => l.SameLoss),
            $"losses of the {lanes.Length} runs at their end equal undisturbed ones bit for bit");
        return findings.Outcome(kills);
    }

    /// <summary>By the sum at its end: SHA-256 of all before.</summary>
    public static bool IsWhole(string file)
    {
        var bytes = File.ReadAllBytes(file).AsSpan();
        return bytes.Length > SHA256.HashSizeInBytes
            && SHA256.HashData(bytes[..^SHA256.HashSizeInBytes]).AsSpan()
            .SequenceEqual(bytes[^SHA256.HashSizeInBytes..]);
    }

    private sealed record Counts(int Kills, int Partial, int Torn, int Right, int Damaged, int FellBack, bool SameLoss);

    private static async Task<Counts> LaneAsync(TrialContext trials, Lane lane, int kills)
    {
        var (partial, torn, right, damaged, fellBack) = (0, 0, 0, 0, 0);
        var (expected, size) = (0L, 0L);
        for (var kill = 0; kill < kills; kill++)
        {
            var (worker, from) = await lane.StartAsync();
            using (worker)
            {
                if (from == expected) right++;
                var aim = from + 1 + lane.Random.Next(3);
                var offset = (long)(lane.Random.NextDouble() * 1.05 * size);
                await lane.UntilWritingAsync(worker, aim, offset);
                await KillAsync(worker);
            }
            partial += Directory.GetFiles(lane.Folder, "*.tmp").Length > 0 ? 1 : 0;
            var written = WorkerKills.Written(lane.Folder);
            torn += written.Count(c => !lane.IsWhole(c.Step));
            expected = written.Where(c => lane.IsWhole(c.Step)).Select(c => c.Step).FirstOrDefault();
            if (expected > 0) size = new FileInfo(lane.PathOf(expected)).Length;
            if (kill % 10 == 9) trials.Log($"{kill + 1} kills on lane {lane.Number}, at step {expected}");
        }

        // Damage: the newest of two checkpoints, a copy of it kept; where the kills have left no two, the worker writes
        // them first.
        while (WorkerKills.Written(lane.Folder).Count < 2)
        {
            var (worker, from) = await lane.StartAsync();
            using (worker)
            {
                await lane.UntilWritingAsync(worker, from + 3, 0);
                await KillAsync(worker);
            }
        }
        for (var harm = 0; harm < (trials.Quick ? 2 : 20); harm++)
        {
            var two = WorkerKills.Written(lane.Folder);
            var kept = lane.Snapshot();
            await File.WriteAllBytesAsync(lane.PathOf(two[0].Step),
                Corrupt(kept[lane.PathOf(two[0].Step)], harm, lane.Random));
            var (worker, from) = await lane.StartAsync(every: null);
            using (worker) await KillAsync(worker);
            damaged++;
            if (from == two[1].Step) fellBack++;
            lane.Restore(kept);
        }
        return new Counts(kills, partial, torn, right, damaged, fellBack,
            await lane.TrainToEndAsync(lane.Folder) == await lane.TrainToEndAsync(lane.Folder + "-undisturbed"));
    }

    private static byte[] Corrupt(byte[] whole, int kind, Random random)
    {
        if (kind % 2 == 0) return whole[..(kind % 10 == 4 ? 0 : random.Next(whole.Length))];
        var flipped = (byte[])whole.Clone();
        flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
        return flipped;
    }

    private static async Task KillAsync(Process worker)
    {
        Processes.Signal(worker.Id, Processes.SigKill);
        await worker.WaitForExitAsync();
    }

    /// <summary>One run in a folder of its own, attempted again and again.</summary>
    private sealed class Lane(TrialContext trials, RunSpec spec, string data, string folder)
    {
        public Random Random { get; } = new(trials.Random.Next());

        public string Folder { get; } = Directory.CreateDirectory(folder).FullName;

        public string Number => spec.Seed.ToString(CultureInfo.InvariantCulture);

        public string PathOf(long step) =>
            Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"step-{step}.ckpt"));

        /// <summary>Starts a worker; the step that it goes on from.</summary>
        public async Task<(Process Worker, long From)> StartAsync(long? every = 1)
        {
            var worker = Start(Folder, every);
            while (await worker.StandardOutput.ReadLineAsync(trials.Stop) is { } line)
            {
                if (RunJson.Deserialize<WorkerMessage>(line) is not WorkerMessage.Started started) continue;
                _ = DrainAsync(worker);
                return (worker, started.Step);
            }
            throw new ChaosException($"the worker ended before it trained, exit code {worker.ExitCode}");
        }

        // Its temporary name is the writer's own, and may be gone as soon as it was seen.
        private long? Written(long step)
        {
            try
            {
                return new DirectoryInfo(Folder).EnumerateFiles($"step-{step}.ckpt*.tmp").FirstOrDefault()?.Length;
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }

        /// <summary>
        /// Spins until the checkpoint of that step, or a later one, is written that far; a write takes milliseconds.
        /// </summary>
        public async Task UntilWritingAsync(Process worker, long step, long offset) => await Task.Run(() =>
        {
            while (!worker.HasExited)
            {
                if (Written(step) >= offset || File.Exists(PathOf(step))) return;
                if (File.Exists(PathOf(step + 1))) return;
            }
        });

        public bool IsWhole(long step) => TornCheckpoints.IsWhole(PathOf(step));

        /// <summary>The folder's checkpoints as they are, to be put back.</summary>
        public Dictionary<string, byte[]> Snapshot() =>
            Directory.GetFiles(Folder, "step-*.ckpt").ToDictionary(f => f, File.ReadAllBytes);

        public void Restore(Dictionary<string, byte[]> kept)
        {
            foreach (var file in Directory.GetFiles(Folder)) File.Delete(file);
            foreach (var (file, bytes) in kept) File.WriteAllBytes(file, bytes);
        }

        /// <summary>Trains to the end, with a checkpoint now and then; the result's loss and every point.</summary>
        public async Task<string> TrainToEndAsync(string where)
        {
            using var worker = Start(Directory.CreateDirectory(where).FullName, null);
            var said = new List<string>();
            while (await worker.StandardOutput.ReadLineAsync(trials.Stop) is { } line)
            {
                switch (RunJson.Deserialize<WorkerMessage>(line))
                {
                    case WorkerMessage.Measured m:
                        // the machine's doings are never the same twice
                        said.Add(RunJson.Serialize(m.Point with { Telemetry = null }));
                        break;
                    case WorkerMessage.Completed done:
                        said.Add(done.Result.LossValidation.ToString("R", CultureInfo.InvariantCulture));
                        return string.Join('\n', said);
                    case WorkerMessage.Failed failed:
                        throw new ChaosException($"the worker failed: {failed.Message}");
                }
            }
            throw new ChaosException($"the worker ended without a result, exit code {worker.ExitCode}");
        }

        private Process Start(string checkpoints, long? every)
        {
            var command = WorkerPrograms.Find(trials.Home).WithThreads(1);
            var start = new ProcessStartInfo(command.FileName, command.Arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var (name, value) in command.Environment) start.Environment[name] = value;
            var worker = Process.Start(start)!;
            worker.ErrorDataReceived += (_, _) => { };
            worker.BeginErrorReadLine();
            var settings =
                new WorkerSettings
                { DataFolder = data, CheckpointFolder = checkpoints, CheckpointSteps = every, CurvePoints = 20,
                    Evaluations = 2 };
            worker.StandardInput.WriteLine(RunJson.Serialize(new WorkOrder(spec, settings)));
            worker.StandardInput.Flush();
            return worker;
        }

        private static async Task DrainAsync(Process worker)
        {
            try
            {
                while (await worker.StandardOutput.ReadLineAsync() is not null)
                {
                }
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
            {
                // It was killed.
            }
        }
    }
}
