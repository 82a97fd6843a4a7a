using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Policies;

/// <summary>What the plan asks for.</summary>
public abstract record DispatchAction
{
    private DispatchAction()
    {
    }

    /// <summary>Start an attempt at the run now, on that device of this node.</summary>
    public sealed record Start(QueuedRun Run, string Device) : DispatchAction;

    /// <summary>
    /// Ask the run's worker, which is supervised here, to checkpoint and stop; the run is not charged.
    /// </summary>
    public sealed record Yield(QueuedRun Run, WaitReason Why) : DispatchAction;

    /// <summary>Take the run from an attempt that stopped answering.</summary>
    public sealed record Expire(QueuedRun Run, AttemptEnd Loss, bool HostIsGone) : DispatchAction;

    /// <summary>
    /// Wait for, and in the end kill, a worker that nobody supervises any more, before its run is started again. It had
    /// its time where its host has been dead for as long as the lease that it last renewed.
    /// </summary>
    public sealed record StopWorker(QueuedRun Run, bool HadItsTime) : DispatchAction;

    /// <summary>So many runs of the sweep are not started here, and why: to be said, nothing is to be done.</summary>
    public sealed record Wait(string Sweep, WaitReason Why, int Runs) : DispatchAction;

    /// <summary>Nothing is left that could start here by itself, and nothing runs.</summary>
    public sealed record Finish : DispatchAction;
}

/// <summary>Why a run that could run does not.</summary>
public enum WaitReason
{
    /// <summary>A person paused its sweep.</summary>
    Paused,

    /// <summary>Somebody asked for the devices.</summary>
    Yielded,

    /// <summary>The sweep's window is closed.</summary>
    WindowClosed,

    /// <summary>The sweep's deadline has passed, or the run cannot end by then at the speed measured.</summary>
    Deadline,

    /// <summary>The node has no device of the class that the sweep wants.</summary>
    NoDevice,

    /// <summary>The disk has too little room for its checkpoints.</summary>
    DiskFull,

    /// <summary>
    /// Attempts failed for this node's environment one after the other: it waits before it tries again.
    /// </summary>
    NodeUnwell,

    /// <summary>The node lacks the data of the sweep, and cannot prepare them from what it has.</summary>
    LacksData,

    /// <summary>A longer run trains the part that they share, and has not come to its end.</summary>
    Trunk,
}

/// <summary>Reasons in words.</summary>
public static class WaitReasons
{
    /// <summary>The reason as people read it, after "... runs wait: ".</summary>
    public static string Describe(this WaitReason why) => why switch
    {
        WaitReason.Paused => "the sweep is paused",
        WaitReason.Yielded => "the devices were asked for",
        WaitReason.WindowClosed => "the sweep's window is closed",
        WaitReason.Deadline => "they cannot end by the sweep's deadline",
        WaitReason.NoDevice => "this node has no device of the class that the sweep wants",
        WaitReason.DiskFull => "the disk has too little room for their checkpoints",
        WaitReason.NodeUnwell => "attempts failed for this node's environment; it waits before it tries one",
        WaitReason.LacksData => "this node lacks data of the sweep; another may have them",
        WaitReason.Trunk => "a longer run trains their first part, and has not come so far",
        _ => throw new ArgumentOutOfRangeException(nameof(why), why, "a reason of no known kind"),
    };
}
