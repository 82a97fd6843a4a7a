using ScalingLab.Store;

namespace ScalingLab.Scheduling;

/// <summary>A device while a plan fills it.</summary>
internal sealed class DeviceLoad
{
    /// <summary>Share of a device's memory that predictions may fill: they are no more than predictions.</summary>
    public const double Share = 0.9;

    private bool _kept;

    /// <summary>The device with what is on it now.</summary>
    public DeviceLoad(NodeDevice device, IReadOnlyList<RunView> runs)
    {
        Device = device;
        foreach (var view in runs)
        {
            // A worker that outlived its host holds its slot until it is gone. What another process of this machine supervises has slots of its
            // own, but the memory is one.
            var orphan = view is { HostIsGone: true, WorkerIsAlive: true } && view.Queued.Device == device.Name;
            var beside = view is { OnThisMachine: true, SupervisedHere: false, WorkerIsAlive: true } && view.Queued.Device == device.Name;
            if (view.DeviceHere == device.Name || orphan) Workers++;
            if (view.DeviceHere == device.Name || orphan || beside) Threads += view.Threads;
            if (view.DeviceHere == device.Name || beside) Bytes += Need(view);
        }
    }

    public NodeDevice Device { get; }

    /// <summary>Workers that hold a slot.</summary>
    public int Workers { get; private set; }

    /// <summary>Memory that its workers are expected to need.</summary>
    public long Bytes { get; private set; }

    /// <summary>CPU threads that its workers use.</summary>
    public int Threads { get; private set; }

    public int FreeSlots => _kept ? 0 : Device.Slots - Workers;

    /// <summary>Whether the run's threads still fit beside the others'; one that wants more than there are runs alone.</summary>
    public bool HasThreads(RunView view) => Device.Threads is not { } threads || Threads == 0 || Threads + view.Threads <= threads;

    /// <summary>
    /// Whether the run's peak still fits. One that is expected to be larger than the device is tried alone: the expectation may be wrong, and if
    /// it is not, running out of memory halves its micro-batch.
    /// </summary>
    public bool Fits(RunView view) => Device.MemoryBytes is not { } memory || Bytes + Need(view) <= Share * memory || (Workers == 0 && Bytes == 0);

    public void Take(RunView view)
    {
        Workers++;
        Threads += view.Threads;
        Bytes += Need(view);
    }

    /// <summary>Nothing more is put here in this plan.</summary>
    public void Keep() => _kept = true;

    private long Need(RunView view) => view.Needs.GetValueOrDefault(Device.Class)?.PeakBytes ?? 0;
}
