using ScalingLab.Runs.Memory;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Policies;

/// <summary>A device while a plan fills it.</summary>
internal sealed class DeviceLoad
{
    private bool _isReserved;

    /// <summary>The device with what is on it now.</summary>
    public DeviceLoad(NodeDevice device, IReadOnlyList<RunView> runs)
    {
        Device = device;
        foreach (var view in runs)
        {
            // A worker that outlived its host holds its slot until it is gone. What another process of this machine
            // supervises has slots of its own, but the memory is one.
            var (here, there) = (WorkersOn(view.DeviceHere), WorkersOn(view.Queued.Device));
            var orphan = view is { HostIsGone: true, WorkerIsAlive: true } ? there : 0;
            var beside = view is { OnThisMachine: true, SupervisedHere: false, WorkerIsAlive: true } ? there : 0;
            Workers += Math.Max(here, orphan);
            Threads += view.Threads * Math.Max(here, Math.Max(orphan, beside));
            Bytes += PeakBytes(view) * Math.Max(here, beside);
        }
    }

    public NodeDevice Device { get; }

    /// <summary>Workers that hold a slot.</summary>
    public int Workers { get; private set; }

    /// <summary>Memory that its workers are expected to need.</summary>
    public long Bytes { get; private set; }

    /// <summary>CPU threads that its workers use.</summary>
    public int Threads { get; private set; }

    public int FreeSlots => _isReserved ? 0 : Device.Slots - Workers;

    /// <summary>Whether so many workers of the run have their slots, threads and memory here.</summary>
    public bool HasRoom(RunView view, int workers) =>
        FreeSlots >= workers && HasThreads(view.Threads * workers) && Fits(PeakBytes(view) * workers);

    public void Add(RunView view)
    {
        Workers++;
        Threads += view.Threads;
        Bytes += PeakBytes(view);
    }

    /// <summary>Nothing more is put here in this plan.</summary>
    public void Reserve() => _isReserved = true;

    // A run that wants more threads than there are runs alone.
    private bool HasThreads(int more) => Device.Threads is not { } threads || Threads == 0 || Threads + more <= threads;

    // One that is expected to be larger than the device is tried alone: the expectation may be wrong, and if it is not,
    // running out of memory halves its micro-batch.
    private bool Fits(long more) =>
        Device.MemoryBytes is not { } memory || Bytes + more <= MemoryEstimate.MaxDeviceShare * memory
            || (Workers == 0 && Bytes == 0);

    // How many workers of an attempt are on this device.
    private int WorkersOn(string? devices) =>
        devices == Device.Name ? 1 : NodeDevice.Split(devices).Count(name => name == Device.Name);

    private long PeakBytes(RunView view) => view.Needs.GetValueOrDefault(Device.Class)?.PeakBytes ?? 0;
}
