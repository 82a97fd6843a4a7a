using System.Globalization;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Scheduling;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Execution;

/// <summary>The device that a person asked for, found on this machine before anything is queued for it.</summary>
public static class DeviceSelection
{
    /// <summary>
    /// Workers at a time on a GPU: a second makes the sum slower from a million parameters on (docs/benchmarks.md).
    /// </summary>
    public const int GpuSlots = 1;

    /// <summary>Sees that a worker can run on a device, "cpu" or "cuda:0".</summary>
    /// <exception cref="InputException">It cannot run here, or not on that device.</exception>
    public static async Task RequireAsync(LabHome home, string name, CancellationToken stop)
    {
        var engine = await WorkerInfo.RequireAsync(home, stop);
        if (name != "cpu"
            && WhyUnavailable(name, await Devices.FindAsync(1, GpuSlots, stop), engine.Gpus) is { } problem)
            throw new InputException("--device", problem);
    }

    /// <summary>What trains a sweep in the foreground, and on which devices, each with its slots.</summary>
    /// <param name="home">This installation.</param>
    /// <param name="wanted">As <see cref="Select"/> has it.</param>
    /// <param name="slots">Workers at a time on each; null is one a core of the processor, one on a GPU.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="InputException">The worker cannot train here, or not on those devices: every
    /// problem.</exception>
    public static async Task<(WorkerInfo Engine, IReadOnlyList<NodeDevice> Devices)> RequireAsync(
        LabHome home, string? wanted, int? slots, CancellationToken stop)
    {
        var engine = await WorkerInfo.RequireAsync(home, stop);
        var here = wanted == "cpu" ? [Devices.Cpu(1)] : await Devices.FindAsync(1, GpuSlots, stop);
        var problems = new List<Problem>();
        var chosen = Select(wanted, here, engine.Gpus, problems);
        return problems.Count > 0 ? throw new InputException(problems)
            : (engine, [.. chosen.Select(d => d with { Slots = slots ?? d.Slots })]);
    }

    /// <summary>
    /// Devices by name, "cpu" or "cuda:0,cuda:1"; unless they are named every GPU, or where there is none the
    /// processor.
    /// </summary>
    /// <param name="wanted">The names, by commas; null is as it comes.</param>
    /// <param name="here">What the machine has.</param>
    /// <param name="gpus">GPUs that the worker's libtorch reaches; null where it does not say.</param>
    /// <param name="problems">Gets what cannot be.</param>
    public static IReadOnlyList<NodeDevice> Select(string? wanted, IReadOnlyList<NodeDevice> here, int? gpus,
        List<Problem> problems)
    {
        if (wanted is null)
        {
            // A worker whose libtorch has no CUDA would fail every run that it is given there.
            var all = here.Where(d => d.Class == "cuda" && gpus != 0).ToList();
            return all.Count > 0 ? all : [.. here.Where(d => d.Class == "cpu")];
        }

        var chosen = new List<NodeDevice>();
        foreach (var name in wanted.Split(',', StringSplitOptions.TrimEntries))
        {
            var device = here.FirstOrDefault(d => d.Name == name);
            if (device?.Class != "cpu" && WhyUnavailable(name, here, gpus) is { } problem)
                problems.Add(new Problem("--devices", problem));
            else if (chosen.Exists(d => d.Name == name))
                problems.Add(new Problem("--devices", $"'{name}' is named twice"));
            else chosen.Add(device ?? new NodeDevice(name, GpuSlots));
        }
        return chosen;
    }

    /// <summary>
    /// Why nothing can be trained on the GPU of that name; null where it can. The driver's list and libtorch's count
    /// have to allow it; where there is no list, as on machines without nvidia-smi, the count alone.
    /// </summary>
    /// <param name="name">"cuda:0".</param>
    /// <param name="here">What the machine has.</param>
    /// <param name="gpus">GPUs that the worker's libtorch reaches; null where it does not say.</param>
    public static string? WhyUnavailable(string name, IReadOnlyList<NodeDevice> here, int? gpus)
    {
        var listed = here.Any(d => d.Name == name);
        if (gpus == 0 && listed)
            return $"'{name}' is there, but the worker's libtorch reaches no GPU: "
                + $"'{CommandName.AsInvoked} doctor' says more";
        return listed || gpus > Index(name) ? null : NotFoundMessage(name, here);
    }

    /// <summary>What is said of a device that is not there.</summary>
    public static string NotFoundMessage(string name, IReadOnlyList<NodeDevice> here) =>
        $"'{name}' is not on this machine (it has {string.Join(", ", here.Select(d => d.Name))})";

    private static int Index(string name) =>
        int.TryParse(name.Split(':')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index
        : int.MaxValue;
}
