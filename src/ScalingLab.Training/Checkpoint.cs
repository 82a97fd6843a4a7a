using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ScalingLab.Runs;
using ScalingLab.Torch;

namespace ScalingLab.Training;

/// <summary>How far a run has come, apart from the tensors: enough to go on as if nothing had happened.</summary>
/// <param name="Run">The run it belongs to.</param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="TrainSeconds">Wall time in training steps so far.</param>
/// <param name="WallSeconds">Wall time so far, evaluation and checkpoints included.</param>
/// <param name="LossSum">Sum of the training losses since the last point of the curve.</param>
/// <param name="LossCount">Steps in that sum.</param>
/// <param name="Points">The curves so far.</param>
/// <param name="TrunkSteps">Steps taken from a trunk that another run trained; null where there were none.</param>
/// <param name="Telemetry">Sums of what the machine did; a checkpoint from before there was any has none.</param>
public sealed record TrainingProgress(
    string Run,
    long Step,
    double TrainSeconds,
    double WallSeconds,
    double LossSum,
    long LossCount,
    IReadOnlyList<MetricPoint> Points,
    long? TrunkSteps = null,
    TelemetryProgress? Telemetry = null);

/// <summary>
/// Checkpoints of one run in one folder: <c>step-N.ckpt</c>. A file is magic, header (JSON), tensors, SHA-256 of all before;
/// it is written under another name, flushed to the disk and renamed, so a checkpoint is whole or absent. One that fails its checksum is passed over
/// for the one before.
/// </summary>
/// <param name="folder">Made when the first is written.</param>
/// <param name="kept">How many are kept, the newest.</param>
public sealed class CheckpointFolder(string folder, int kept = 2)
{
    private const int ChunkValues = 1 << 22;
    private static readonly byte[] Magic = "SLCKPT01"u8.ToArray();
    private static readonly TimeSpan LeftAfter = TimeSpan.FromMinutes(10);

    // On a folder that nodes share, a worker that was given up and its successor may write at once: each under a name of its own.
    private static readonly string Here = $"{Environment.MachineName.Replace('.', '_')}+";
    private static readonly string Writer = $"{Here}{Environment.ProcessId}-{Guid.NewGuid():N}";

    /// <summary>Writes a checkpoint and removes the oldest beyond those kept.</summary>
    /// <exception cref="IOException">The disk is full or not writable; the earlier checkpoints stand.</exception>
    public void Save(TrainingProgress progress, IReadOnlyList<Tensor> tensors)
    {
        Directory.CreateDirectory(folder);
        var path = PathOf(progress.Step);
        var temporary = $"{path}.{Writer}.tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            void Put(ReadOnlySpan<byte> bytes)
            {
                file.Write(bytes);
                hash.AppendData(bytes);
            }

            // Written and hashed at once; the memory stays until both have ended.
            void PutLarge(Tensor part)
            {
                var hashed = Task.Run(() => hash.AppendData(part.bytes));
                try
                {
                    file.Write(part.bytes);
                }
                finally
                {
                    hashed.GetAwaiter().GetResult();
                }
            }

            var header = Encoding.UTF8.GetBytes(RunJson.Serialize(progress));
            Span<byte> length = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            Put(Magic);
            Put(length);
            Put(header);
            foreach (var tensor in tensors)
            {
                for (long start = 0; start < tensor.numel(); start += ChunkValues)
                {
                    using var part = tensor.narrow(0, start, Math.Min(ChunkValues, tensor.numel() - start)).cpu();
                    PutLarge(part);
                }
            }

            file.Write(hash.GetHashAndReset());
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        foreach (var old in Steps().Skip(kept)) File.Delete(PathOf(old));
    }

    /// <summary>Removes what workers that were killed left half-written; what another may still be writing stays.</summary>
    public void Clear()
    {
        if (!Directory.Exists(folder)) return;
        foreach (var torn in Directory.GetFiles(folder, "step-*.ckpt*.tmp").Where(IsLeft)) File.Delete(torn);
    }

    // Of this machine by its process; of another, which cannot be asked, by its age: a checkpoint is written in one go. Ids of processes are
    // used again, and machines may share a name: a file that is kept too long costs room, one that is deleted too early costs its writer.
    private static bool IsLeft(string file)
    {
        if (File.GetLastWriteTimeUtc(file) < DateTimeOffset.UtcNow.UtcDateTime - LeftAfter) return true;
        var name = Path.GetFileName(file).Split('.', 3)[2];
        return name.StartsWith(Here, StringComparison.Ordinal)
            && int.TryParse(name[Here.Length..].Split('-')[0], out var process)
            && !Directory.Exists($"/proc/{process}");
    }

    /// <summary>Whether there is a file for that step.</summary>
    public bool Has(long step) => File.Exists(PathOf(step));

    /// <summary>Fills <paramref name="tensors"/> from the newest whole checkpoint of that run.</summary>
    /// <param name="run">The name that it was saved under.</param>
    /// <param name="tensors">What it was saved of.</param>
    /// <param name="most">None beyond that step is taken.</param>
    /// <returns>How far it had come, or null when there is none.</returns>
    public TrainingProgress? Load(string run, IReadOnlyList<Tensor> tensors, long most = long.MaxValue)
    {
        foreach (var step in Steps().Where(step => step <= most))
        {
            var path = PathOf(step);
            if (!IsWhole(path)) continue;
            using var file = File.OpenRead(path);
            var progress = ReadHeader(file);
            if (progress.Run != run || progress.Step != step) continue;
            foreach (var tensor in tensors) ReadTensor(file, tensor);
            return progress;
        }

        return null;
    }

    private string PathOf(long step) => Path.Combine(folder, $"step-{step}.ckpt");

    /// <summary>Steps that have a file, newest first.</summary>
    private List<long> Steps() => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "step-*.ckpt")
            .Select(f => long.TryParse(Path.GetFileNameWithoutExtension(f)["step-".Length..], out var step) ? step : -1)
            .Where(step => step >= 0).OrderDescending()];

    private static bool IsWhole(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length < Magic.Length + sizeof(long) + SHA256.HashSizeInBytes) return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        file.ReadExactly(buffer, 0, Magic.Length);
        if (!buffer.AsSpan(0, Magic.Length).SequenceEqual(Magic)) return false; // another version's
        file.Position = 0;
        for (var left = file.Length - SHA256.HashSizeInBytes; left > 0;)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) return false;
            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        var written = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(written);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(written);
    }

    private static TrainingProgress ReadHeader(FileStream file)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        file.Position = Magic.Length;
        file.ReadExactly(length);
        var header = new byte[BinaryPrimitives.ReadInt64LittleEndian(length)];
        file.ReadExactly(header);
        return RunJson.Deserialize<TrainingProgress>(Encoding.UTF8.GetString(header));
    }

    private static void ReadTensor(FileStream file, Tensor tensor)
    {
        using var quiet = no_grad();
        for (long start = 0; start < tensor.numel(); start += ChunkValues)
        {
            using var scope = NewDisposeScope();
            var values = new float[Math.Min(ChunkValues, tensor.numel() - start)];
            file.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
            tensor.narrow(0, start, values.Length).copy_(torch.tensor(values));
        }
    }
}
