using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Dashboard;

/// <summary>A sweep in one line.</summary>
/// <param name="Name">The sweep.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Paused">Whether a person paused it.</param>
/// <param name="Runs">All its runs.</param>
/// <param name="States">Runs in each state, by its word; states without runs are 0.</param>
internal sealed record SweepLine(string Name, string? Question, bool Paused, int Runs, IReadOnlyDictionary<string, int> States)
{
    /// <summary>Higher first.</summary>
    public int Priority { get; init; }

    /// <summary>When it may run, e.g. "20:00-08:00"; absent is always.</summary>
    public string? Window { get; init; }

    /// <summary>When it has to be done; absent where it has time.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Its devices were asked for until then; may have passed.</summary>
    public DateTimeOffset? YieldedUntil { get; init; }

    /// <summary>When fit and report were last made.</summary>
    public DateTimeOffset? Reported { get; init; }

    public static SweepLine Of(SweepSummary sweep) => new(
        sweep.Name, sweep.Question, sweep.Paused, sweep.Total, Enum.GetValues<RunState>().ToDictionary(RunLifecycle.Word, sweep.In))
    {
        Priority = sweep.Priority,
        Window = sweep.Window,
        Deadline = sweep.Deadline,
        YieldedUntil = sweep.YieldedUntil,
        Reported = sweep.Reported,
    };
}
