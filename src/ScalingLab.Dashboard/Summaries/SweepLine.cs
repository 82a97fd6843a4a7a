using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Summaries;

/// <summary>A sweep in one line.</summary>
/// <param name="Name">The sweep.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Paused">Whether a person paused it.</param>
/// <param name="Runs">All its runs.</param>
/// <param name="States">Runs in each state, by its word; states without runs are 0.</param>
internal sealed record SweepLine(string Name, string? Question, bool Paused, int Runs,
    IReadOnlyDictionary<string, int> States)
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

    /// <summary>
    /// When its last run is predicted to end: the queue simulated with the speeds measured on the devices of the
    /// nodes that are there. Absent
    /// where nobody can tell, and where all have ended.
    /// </summary>
    public DateTimeOffset? EndsAbout { get; init; }

    /// <summary>Why nobody can tell, in words.</summary>
    public string? EndsUnknown { get; init; }

    /// <summary>What it has cost so far; absent before its first attempt.</summary>
    public SweepCost? Spent { get; init; }

    /// <summary>
    /// Where its report can be read, relative to the page; absent where there is none on this machine.
    /// </summary>
    public string? Report { get; init; }

    /// <summary>
    /// Of its completed runs those that its report flags as not to be believed; absent before a report.
    /// </summary>
    public int? Flagged { get; init; }

    /// <summary>The sweep, with what was worked out of it where that is known.</summary>
    public static SweepLine From(SweepSummary sweep, Overview? outlook) => new(
        sweep.Name, sweep.Question, sweep.Paused, sweep.Total, sweep.States)
    {
        Priority = sweep.Priority,
        Window = sweep.Window,
        Deadline = sweep.Deadline,
        YieldedUntil = sweep.YieldedUntil,
        Reported = sweep.Reported,
        EndsAbout = ToWholeSeconds(outlook?.Forecast.Sweeps.GetValueOrDefault(sweep.Name)?.About),
        EndsUnknown = outlook?.Forecast.Sweeps.GetValueOrDefault(sweep.Name)?.Description,
        Spent = outlook?.Spent.GetValueOrDefault(sweep.Name),
        Report = outlook?.Reports.Contains(sweep.Name) == true ? ReportAddress.For(sweep.Name)
            : null,
        Flagged = sweep.Flagged,
    };

    /// <summary>To whole seconds: what is predicted is no more exact.</summary>
    public static DateTimeOffset? ToWholeSeconds(DateTimeOffset? at) => at is { } t
        ? DateTimeOffset.FromUnixTimeSeconds(t.ToUnixTimeSeconds()) : null;
}
