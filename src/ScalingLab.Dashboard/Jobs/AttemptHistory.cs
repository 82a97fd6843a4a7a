using System.Globalization;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage.Monitoring;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Jobs;

/// <summary>
/// The attempts at a run as the history of its job, newest first: where and when each began, and how each ended.
/// </summary>
internal static class AttemptHistory
{
    public static List<StateHistoryDto> For(RunJob job, IReadOnlyList<AttemptRecord> attempts)
    {
        var history = new List<StateHistoryDto>();
        foreach (var attempt in attempts.Reverse())
        {
            if (attempt.Ended is { } ended) history.Add(End(attempt, ended));
            history.Add(Begin(attempt));
        }
        if (job.State == RunState.Cancelled && (history.Count == 0 || history[0].StateName != DeletedState.StateName))
            history.Insert(0,
                State(DeletedState.StateName, job.Ended ?? job.Queued, "cancelled before an attempt", []));
        history.Add(State(EnqueuedState.StateName, job.Queued, "queued", [("Queue", job.Sweep)]));
        return history;
    }

    private static StateHistoryDto Begin(AttemptRecord attempt) => State(
        ProcessingState.StateName, attempt.Began,
        string.Create(CultureInfo.InvariantCulture, $"attempt {attempt.Number}, fence {attempt.Fence}, on "
            + $"{attempt.Node}, {attempt.Device ?? "no device"}"),
        [("ServerId", attempt.Node), ("StartedAt", JobHelper.SerializeDateTime(attempt.Began.UtcDateTime))]);

    private static StateHistoryDto End(AttemptRecord attempt, DateTimeOffset ended) => attempt.Outcome switch
    {
        RunEvent.Finished => State(
            SucceededState.StateName, ended, "the result was accepted",
            [("PerformanceDuration", Milliseconds(ended - attempt.Began)), ("Latency", "0")]),
        RunEvent.Cancelled =>
            State(DeletedState.StateName, ended, "cancelled",
                [("DeletedAt", JobHelper.SerializeDateTime(ended.UtcDateTime))]),
        RunEvent.Yielded =>
            State(EnqueuedState.StateName, ended, $"back in the queue, not charged: {attempt.Message}", []),
        _ => State(FailedState.StateName, ended, FailureReason(attempt),
        [
            ("FailedAt", JobHelper.SerializeDateTime(ended.UtcDateTime)),
                ("ExceptionType", attempt.Failure?.ToString() ?? ""),
            ("ExceptionMessage", attempt.Message ?? ""), ("ExceptionDetails", ""),
        ]),
    };

    private static string FailureReason(AttemptRecord attempt) => attempt.Outcome switch
    {
        RunEvent.AttemptLost => "the run is tried again",
        RunEvent.AttemptsUsedUp => "the run is quarantined",
        _ => "the run has failed",
    };

    private static string Milliseconds(TimeSpan time) =>
        ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private static StateHistoryDto State(string name, DateTimeOffset at, string reason,
        (string Name, string Value)[] data) => new()
    {
        StateName = name, CreatedAt = at.UtcDateTime, Reason = reason,
            Data = data.ToDictionary(d => d.Name, d => d.Value),
    };
}
