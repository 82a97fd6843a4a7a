namespace ScalingLab.Runs.Outcomes;

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>Waiting for a slot.</summary>
    Pending,

    /// <summary>An attempt holds its lease.</summary>
    Running,

    /// <summary>A result was accepted.</summary>
    Completed,

    /// <summary>It ended in a way that retrying does not mend: kept, flagged, not retried unasked.</summary>
    Failed,

    /// <summary>It used up its attempts.</summary>
    Quarantined,

    /// <summary>A person cancelled it.</summary>
    Cancelled,
}

/// <summary>What can happen to a run.</summary>
public enum RunEvent
{
    /// <summary>A node claimed it.</summary>
    Claimed,

    /// <summary>Its attempt brought a result.</summary>
    Finished,

    /// <summary>Its attempt failed in a way that a retry does not mend (configuration, data, divergence).</summary>
    FailedForGood,

    /// <summary>Its attempt was lost (crash, lease, out of memory) and attempts are left.</summary>
    AttemptLost,

    /// <summary>Its attempt was lost and none are left.</summary>
    AttemptsUsedUp,

    /// <summary>Its attempt stopped because it was asked to; not charged.</summary>
    Yielded,

    /// <summary>A person cancelled it.</summary>
    Cancelled,

    /// <summary>A person asked for another try.</summary>
    Retried,
}

/// <summary>The life of a run: one pure switch. What is not listed cannot happen.</summary>
public static class RunLifecycle
{
    /// <summary>Every state, in the order of their numbers.</summary>
    public static IReadOnlyList<RunState> States { get; } = Enum.GetValues<RunState>();

    /// <summary>The state after <paramref name="happened"/>.</summary>
    /// <exception cref="InvalidOperationException">The event is impossible in that state.</exception>
    public static RunState Next(RunState state, RunEvent happened) =>
        Find(state, happened) ?? throw new InvalidOperationException($"a {NameOf(state)} run cannot be '{happened}'");

    /// <summary>Whether the event is possible in the state.</summary>
    public static bool Allows(RunState state, RunEvent happened) => Find(state, happened) is not null;

    /// <summary>Whether nothing more will happen to it by itself.</summary>
    public static bool IsEnded(RunState state) => state is not (RunState.Pending or RunState.Running);

    /// <summary>The word for files and screens: pending, running, completed, failed, quarantined, cancelled.</summary>
    public static string NameOf(RunState state) => state.ToString().ToLowerInvariant();

    private static RunState? Find(RunState state, RunEvent happened) => (state, happened) switch
    {
        (RunState.Pending, RunEvent.Claimed) => RunState.Running,
        (RunState.Running, RunEvent.Finished) => RunState.Completed,
        (RunState.Running, RunEvent.FailedForGood) => RunState.Failed,
        (RunState.Running, RunEvent.AttemptLost) => RunState.Pending,
        (RunState.Running, RunEvent.AttemptsUsedUp) => RunState.Quarantined,
        (RunState.Running, RunEvent.Yielded) => RunState.Pending,
        (RunState.Pending or RunState.Running, RunEvent.Cancelled) => RunState.Cancelled,
        (RunState.Failed or RunState.Quarantined or RunState.Cancelled, RunEvent.Retried) => RunState.Pending,
        _ => null,
    };
}
