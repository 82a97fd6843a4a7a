using System.Globalization;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Hangfire.Storage.Monitoring;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Jobs;

/// <summary>
/// The ledger in Hangfire's words: a job is a run with its latest attempt, a queue is a sweep, a server is a node.
/// Pending is enqueued, running is processing, completed is succeeded, failed and quarantined are failed, cancelled is
/// deleted.
/// </summary>
internal sealed class LedgerMonitor(LedgerHandle ledger) : IMonitoringApi
{
    private const int FirstJobs = 5; // of a queue, in the list of queues

    private static readonly RunState[] Failed = [RunState.Failed, RunState.Quarantined];

    public StatisticsDto GetStatistics()
    {
        var counts = ledger.Read(l => l.Counts());
        long In(params ReadOnlySpan<RunState> states)
        {
            long sum = 0;
            foreach (var state in states) sum += counts?.GetValueOrDefault(state) ?? 0;
            return sum;
        }
        return new StatisticsDto
        {
            Servers = Nodes().Count(),
            Queues = SweepsWithPendingRuns().Count(),
            Enqueued = In(RunState.Pending),
            Processing = In(RunState.Running),
            Succeeded = In(RunState.Completed),
            Failed = In(Failed),
            Deleted = In(RunState.Cancelled),
        };
    }

    public IList<QueueWithTopEnqueuedJobsDto> Queues() =>
        [.. SweepsWithPendingRuns().Select(s => new QueueWithTopEnqueuedJobsDto
    {
        Name = s.Name,
        Length = s.In(RunState.Pending),
        Fetched = 0,
        FirstJobs = EnqueuedJobs(s.Name, 0, FirstJobs),
    })];

    public IList<ServerDto> Servers() => [.. Nodes().Select(n => new ServerDto
    {
        Name = n.Node.Name,
        WorkersCount = n.Node.Devices.Sum(d => d.Slots),
        Queues = [.. n.Node.Devices.Select(d => d.Name)],
        StartedAt = n.Joined.UtcDateTime,
        Heartbeat = n.Announced.UtcDateTime,
    })];

    public JobDetailsDto? JobDetails(string jobId)
    {
        var id = new RunId(jobId);
        if (ledger.Read(l => l.Job(id)) is not { } job) return null;
        return new JobDetailsDto
        {
            Job = JobOf(job),
            CreatedAt = job.Queued.UtcDateTime,
            Properties = new Dictionary<string, string>
            {
                ["Run"] = jobId, ["Sweep"] = job.Sweep,
                    ["Steps"] = job.Cell.Spec.Steps.ToString(CultureInfo.InvariantCulture),
                ["Log"] = $"logs/{jobId}/attempt-N.log in the state folder of the attempt's node",
            },
            History = AttemptHistory.For(job, ledger.Read(l => l.Attempts(id)) ?? []),
        };
    }

    public JobList<EnqueuedJobDto> EnqueuedJobs(string queue, int from, int perPage) =>
        Page([RunState.Pending], from, perPage, queue, job =>
        new EnqueuedJobDto
        { Job = JobOf(job), State = EnqueuedState.StateName, EnqueuedAt = (job.Ended ?? job.Queued).UtcDateTime,
            InEnqueuedState = true });

    public JobList<ProcessingJobDto> ProcessingJobs(int from, int count) =>
        Page([RunState.Running], from, count, null, job =>
        new ProcessingJobDto
        { Job = JobOf(job), ServerId = job.Node, StartedAt = job.Began?.UtcDateTime, InProcessingState = true });

    public JobList<SucceededJobDto> SucceededJobs(int from, int count) =>
        Page([RunState.Completed], from, count, null, job => new SucceededJobDto
    {
        Job = JobOf(job), SucceededAt = job.Ended?.UtcDateTime,
            TotalDuration = (long?)(job.Ended - job.Began)?.TotalMilliseconds, InSucceededState = true,
    });

    public JobList<FailedJobDto> FailedJobs(int from, int count) =>
        Page(Failed, from, count, null, job => new FailedJobDto
    {
        Job = JobOf(job), FailedAt = job.Ended?.UtcDateTime, Reason = RunLifecycle.NameOf(job.State),
            ExceptionType = job.Failure?.ToString(),
        ExceptionMessage = job.Message, ExceptionDetails = job.Message, InFailedState = true,
    });

    public JobList<DeletedJobDto> DeletedJobs(int from, int count) =>
        Page([RunState.Cancelled], from, count, null, job =>
        new DeletedJobDto { Job = JobOf(job), DeletedAt = job.Ended?.UtcDateTime, InDeletedState = true });

    public JobList<FetchedJobDto> FetchedJobs(string queue, int from, int perPage) => new([]);

    public JobList<ScheduledJobDto> ScheduledJobs(int from, int count) => new([]);

    public long EnqueuedCount(string queue) => ledger.Find(queue)?.In(RunState.Pending) ?? 0;

    public long FetchedCount(string queue) => 0;

    public long ScheduledCount() => 0;

    public long FailedCount() => GetStatistics().Failed;

    public long ProcessingCount() => GetStatistics().Processing;

    public long SucceededListCount() => GetStatistics().Succeeded;

    public long DeletedListCount() => GetStatistics().Deleted;

    public IDictionary<DateTime, long> SucceededByDatesCount() => Ends(TimeSpan.FromDays(1), 7, finished: true);

    public IDictionary<DateTime, long> FailedByDatesCount() => Ends(TimeSpan.FromDays(1), 7, finished: false);

    public IDictionary<DateTime, long> HourlySucceededJobs() => Ends(TimeSpan.FromHours(1), 24, finished: true);

    public IDictionary<DateTime, long> HourlyFailedJobs() => Ends(TimeSpan.FromHours(1), 24, finished: false);

    public static Job JobOf(RunJob job) => Job.FromExpression(() => Run.Train(job.Title));

    private IEnumerable<SweepSummary> SweepsWithPendingRuns() => ledger.Sweeps().Where(s => s.In(RunState.Pending) > 0);

    // Nodes that went are none; one that is missed is shown with its last sign of life.
    private IEnumerable<NodeStatus> Nodes() => (ledger.Read(l => l.Nodes()) ?? []).Where(n => n.LeaseUntil is not null);

    private JobList<T> Page<T>(RunState[] states, int from, int count, string? sweep, Func<RunJob, T> show) => new(
        (ledger.Read(l => l.Jobs(states, from, count, sweep))
            ?? []).Select(job => KeyValuePair.Create(job.Cell.Spec.Id.Value, show(job))));

    private Dictionary<DateTime, long> Ends(TimeSpan unit, int spans, bool finished)
    {
        var now = DateTimeOffset.UtcNow;
        var newest = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % unit.Ticks), TimeSpan.Zero);
        var ends =
            (ledger.Read(l => l.AttemptEnds(newest - ((spans - 1) * unit), unit)) ?? []).ToDictionary(e => e.Begin);
        return Enumerable.Range(0, spans).Select(back => newest - (back * unit)).ToDictionary(
            begin => begin.UtcDateTime, begin => ends.TryGetValue(begin, out var there)
            ? (long)(finished ? there.Finished : there.Failed) : 0);
    }
}
