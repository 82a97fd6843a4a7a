using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Planning;

/// <summary>What becomes of a sweep by its window and deadline, before it is queued.</summary>
/// <param name="Impossible">Why no run of it could ever be started; null where one could.</param>
/// <param name="Advice">What will be left undone, by the speeds so far; null where nothing is known to be.</param>
public sealed record DeadlineCheck(Problem? Impossible, string? Advice)
{
    private static readonly DeadlineCheck Feasible = new(null, null);

    /// <summary>Looks ahead.</summary>
    /// <param name="settings">Window and deadline.</param>
    /// <param name="estimate">How long the runs take; none finished before, none claimed.</param>
    /// <param name="slots">Runs at a time that the estimate is for.</param>
    /// <param name="now">The present.</param>
    public static DeadlineCheck For(SweepSettings settings, TimeEstimate estimate, int slots, DateTimeOffset now)
    {
        if (settings.Deadline is not { } deadline) return Feasible;
        var window = settings.Window is { } text ? TimeWindow.Parse(text) : null;
        var open = window?.OpenBetween(now, deadline) ?? deadline - now;
        if (open <= TimeSpan.Zero)
        {
            var opens = window?.NextOpening(now) is { } at ? $"opens at {ScheduleFormat.LocalTime(at)}" : "never opens";
            return Refuse(window is null
                ? $"{ScheduleFormat.LocalTime(deadline)} is over"
                : $"{ScheduleFormat.LocalTime(deadline)} is before the window {settings.Window} {opens}: nothing could "
                    + "be started; change one of the two");
        }

        var until =
            $"{Quantity.Duration(open)} {(window is null ? "" : "of the window ")}until "
                + $"{ScheduleFormat.LocalTime(deadline)}";
        if (estimate.Shortest is { } shortest && shortest > open)
        {
            return Refuse($"even the shortest run takes about {Quantity.Duration(shortest)} at the best speed measured "
                + $"so far, and there are {until}: "
                + "nothing could be started; give more time");
        }

        return estimate.Wall is { } wall && wall > open
            ? new DeadlineCheck(null, $"about {Quantity.Duration(wall)} of work on {slots} at a time, and {until}: "
                + "what has not ended by then stays pending")
            : Feasible;
    }

    private static DeadlineCheck Refuse(string because) => new(new Problem("--deadline", because), null);
}
