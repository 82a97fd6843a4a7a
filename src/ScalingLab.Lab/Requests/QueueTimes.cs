using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Requests;

/// <summary>A window and a deadline as typed; null leaves what stands, <see cref="None"/> takes it back.</summary>
public sealed record QueueTimes(string? Window, string? Deadline)
{
    /// <summary>Takes a setting back that an earlier call gave.</summary>
    public const string None = "none";

    /// <summary>Whether anything was said of the times.</summary>
    public bool IsGiven => Window is not null || Deadline is not null;

    /// <summary>What they change in a sweep's settings; what cannot be read is a problem.</summary>
    public Func<SweepSettings, SweepSettings> ToSettingsChange(DateTimeOffset now, List<Problem> problems)
    {
        string? window = null;
        DateTimeOffset? deadline = null;
        if (Window is not (null or None))
            problems.Collect(() => window = TimeWindow.ParseLocal(Window, "--window").ToString());
        if (Deadline is not (null or None))
            problems.Collect(
                () => deadline = TimeParser.ParseMoment(Deadline, now, TimeZoneInfo.Local, "--deadline"));
        return standing => standing with
        {
            Window = Window is null ? standing.Window : window,
            Deadline = Deadline is null ? standing.Deadline : deadline,
        };
    }
}
