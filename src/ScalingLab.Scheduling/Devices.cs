using System.Globalization;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling;

/// <summary>What this machine has to train on.</summary>
public static class Devices
{
    private static readonly TimeSpan DriverTimeout = TimeSpan.FromSeconds(20); // a driver that wakes up takes seconds

    private static readonly string[] Query =
        ["--query-gpu=index,uuid,name,memory.total", "--format=csv,noheader,nounits"];

    /// <summary>
    /// This machine's processor as "cpu", with as many slots as cores over the threads of a worker, and the GPUs that
    /// nvidia-smi lists. Without nvidia-smi, or where it finds no driver, there are none.
    /// </summary>
    /// <param name="threads">CPU threads of a worker.</param>
    /// <param name="gpuSlots">Most workers on one GPU at a time, as far as memory allows.</param>
    public static async Task<IReadOnlyList<NodeDevice>> FindAsync(int threads, int gpuSlots,
        CancellationToken stop = default) =>
        [Cpu(threads), .. Gpus(await AskDriverAsync(stop) ?? "", gpuSlots)];

    /// <summary>
    /// This machine's processor: as many slots as cores over the threads of a worker, and its memory.
    /// </summary>
    public static NodeDevice Cpu(int threads) =>
        new("cpu", Math.Max(1, Environment.ProcessorCount / Math.Max(1, threads)))
    {
        Threads = Environment.ProcessorCount,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, // the container's, where there is one
    };

    /// <summary>
    /// The GPUs in nvidia-smi's answer to index, uuid, name, memory.total (MiB), one a line. Lines that are no GPU
    /// (warnings, "No devices were found") are none; a memory that the driver does not tell ("[N/A]", as on
    /// shared-memory machines) is absent.
    /// </summary>
    public static IReadOnlyList<NodeDevice> Gpus(string answer, int slots)
    {
        var found = new List<NodeDevice>();
        foreach (var line in answer.Split('\n'))
        {
            // The name may hold anything, commas too: the fields are taken from both ends.
            var fields = line.Split(',', StringSplitOptions.TrimEntries);
            if (fields.Length < 4
                || !int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)) continue;
            found.Add(new NodeDevice(string.Create(CultureInfo.InvariantCulture, $"cuda:{index}"), slots)
            {
                Uuid = fields[1].StartsWith("GPU-", StringComparison.Ordinal) || fields[1]
                    .StartsWith("MIG-", StringComparison.Ordinal) ? fields[1] : null,
                Model = string.Join(", ", fields[2..^1]),
                MemoryBytes =
                    long.TryParse(fields[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var mebibytes)
                    ? mebibytes * 1024 * 1024
                    : null,
            });
        }
        return found;
    }

    // No such program: no GPU of this maker. A driver that hangs offers nothing.
    private static async Task<string?> AskDriverAsync(CancellationToken stop) =>
        await ProcessResult.RunAsync("nvidia-smi", Query, null, DriverTimeout, stop) is { ExitCode: 0 } answer
            ? answer.Out : null;
}
