using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Execution;

/// <summary>What a person asked of a node; null is as it comes.</summary>
public sealed record NodeRequest(string? Name, int? Slots, int? Threads, string? Devices, string? State,
    TensorEngine? Engine, SlurmLaunchOptions? Slurm)
{
    /// <summary>Who is told that a sweep has ended; null for nobody.</summary>
    public NoticeOptions? Notify { get; init; }

    /// <summary>Where metrics are sent; null for nowhere.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>Whether it ends when nothing is left that it could start.</summary>
    public bool UntilIdle { get; init; }

    public LabHome ApplyTo(LabHome home) =>
        home with { State = State is null ? home.State : Path.GetFullPath(State), Engine = Engine };

    /// <summary>The name, and the devices that are here and were asked for.</summary>
    /// <exception cref="InputException">A name or a device cannot be: every problem.</exception>
    public async Task<(string Name, IReadOnlyList<NodeDevice> Devices)> ResolveAsync(WorkerInfo engine,
        CancellationToken stop)
    {
        var here = await Scheduling.Devices.FindAsync(Threads ?? 1, DeviceSelection.GpuSlots, stop);
        var problems = new List<Problem>();
        var name = NameOrDefault(problems);
        var offered = DeviceSelection.Select(Devices, here, engine.Gpus, problems);
        if (problems.Count > 0) throw new InputException(problems);
        return (name, [.. offered.Select(WithSlots)]);
    }

    // Who asks for more workers than there are cores gets them, of the threads that were said.
    private NodeDevice WithSlots(NodeDevice device) => Slots is not { } slots
        ? device
        : device with
        { Slots = slots, Threads = device.Threads is { } cores ? Math.Max(cores, slots * (Threads ?? 1)) : null };

    /// <summary>Its name; one that cannot be is a problem.</summary>
    public string NameOrDefault(List<Problem> problems)
    {
        var name = Name ?? Environment.MachineName;
        if (name.Length is 0 or > 64
            || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            problems.Add(
                new Problem("--name",
                    $"'{name}' is no name for a node: at most 64 letters, digits, '-', '_' and '.'"));
        return name;
    }
}
