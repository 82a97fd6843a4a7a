using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Scheduling;
using ScalingLab.Store;

namespace ScalingLab.Cli;

/// <summary>The device that a person asked for, found on this machine before anything is queued for it.</summary>
internal static class DeviceChoice
{
    /// <summary>The device, with so many slots.</summary>
    /// <param name="home">This installation.</param>
    /// <param name="name">"cpu" or "cuda:0".</param>
    /// <param name="slots">Workers at a time.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="InputException">The worker cannot train here, or not on that device.</exception>
    public static async Task<NodeDevice> RequireAsync(LabHome home, string name, int slots, CancellationToken stop)
    {
        var engine = await WorkerEngine.RequireAsync(home, stop);
        if (name == "cpu") return Devices.Cpu(1) with { Slots = slots };
        var here = await Devices.FindAsync(1, slots, stop);
        return Problem(name, here, engine.Gpus) is { } problem
            ? throw new InputException("--device", problem)
            : here.FirstOrDefault(d => d.Name == name) ?? new NodeDevice(name, slots);
    }

    /// <summary>
    /// Why nothing can be trained on the GPU of that name; null where it can. The driver's list and libtorch's count have to allow it; where there is no list,
    /// as on machines without nvidia-smi, the count alone.
    /// </summary>
    /// <param name="name">"cuda:0".</param>
    /// <param name="here">What the machine has.</param>
    /// <param name="gpus">GPUs that the worker's libtorch reaches; null where it does not say.</param>
    public static string? Problem(string name, IReadOnlyList<NodeDevice> here, int? gpus)
    {
        var listed = here.Any(d => d.Name == name);
        if (gpus == 0 && listed) return $"'{name}' is there, but the worker's libtorch reaches no GPU: '{CommandName.Typed} doctor' says more";
        return listed || gpus > Index(name) ? null : Missing(name, here);
    }

    /// <summary>What is said of a device that is not there.</summary>
    public static string Missing(string name, IReadOnlyList<NodeDevice> here) =>
        $"'{name}' is not on this machine (it has {string.Join(", ", here.Select(d => d.Name))})";

    private static int Index(string name) =>
        int.TryParse(name.Split(':')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : int.MaxValue;
}
