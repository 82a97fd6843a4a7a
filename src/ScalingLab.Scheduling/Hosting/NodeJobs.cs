using System.Globalization;
using Hangfire;
using Hangfire.Common;
using Hangfire.InMemory;
using Hangfire.Server;
using Hangfire.States;
using ScalingLab.Runs;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Hosting;

/// <summary>
/// A node's Hangfire: the look at the ledger is a background process of one server, and each device has a server with a
/// queue of its own and as many workers as slots, which run the attempts that the ledger granted. The store is in
/// memory: nothing in it has to survive, since backlog, attempts, leases and back-off are in the ledger. It logs
/// nowhere: what people should know is in the progress.
/// </summary>
internal sealed class NodeJobs : IDisposable
{
    private const string Upkeep = "upkeep";
    private const string Reports = "reports";

    private static readonly TimeSpan CancelWithin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ScheduleWithin = TimeSpan.FromSeconds(1);

    // No server of this process is to miss another: what must be missed is a node, by its leases. Hangfire takes at
    // most a day.
    private static readonly TimeSpan Never = TimeSpan.FromHours(24);

    private readonly InMemoryStorage _storage =
        new(new InMemoryStorageOptions { MaxExpirationTime = TimeSpan.FromMinutes(10) });
    private readonly List<BackgroundJobServer> _devices = [];
    private readonly BackgroundJobClient _client;
    private readonly RecurringJobManager _recurring;
    private BackgroundJobServer? _node;

    public NodeJobs()
    {
        _client = new BackgroundJobClient(_storage);
        _recurring = new RecurringJobManager(_storage);
    }

    /// <summary>Begins to look at the ledger, and to run what is put into the queues.</summary>
    public void Start(NodeEngine engine, NodeOptions options, bool isServing)
    {
        var activator = new EngineActivator(engine);
        foreach (var device in options.Devices)
            _devices.Add(
                new BackgroundJobServer(Server(options, activator, Queue(device.Name), device.Slots), _storage));
        _node = new BackgroundJobServer(Server(options, activator, Upkeep, workers: 1), _storage,
            [new LedgerPoller(engine)]);
        var seconds = Math.Clamp((int)(options.Lease / 3).TotalSeconds, 1, 59);
        Repeat("ledger upkeep", j => j.Announce(),
            string.Create(CultureInfo.InvariantCulture, $"*/{seconds} * * * * *"));
        if (!isServing) return;
        Repeat("windows", j => j.PlanAnew(), Cron.Minutely());
        Repeat(Reports, j => j.MakeReports(), Cron.Minutely());
    }

    /// <summary>Puts a granted attempt into the queue of its device; the job's id.</summary>
    public string Enqueue(string device, string title, RunId run) => _client.Create(
        Job.FromExpression<AttemptJob>(j => j.RunAsync(title, run.Value, CancellationToken.None), Queue(device)),
        new EnqueuedState(Queue(device)));

    /// <summary>Sets the cancellation token of an attempt's job; the job ends when its worker has.</summary>
    public void Cancel(string job, string because) =>
        _client.ChangeState(job, new DeletedState { Reason = because }, null);

    /// <summary>Has the reports that are due made at once, or after a while.</summary>
    public void MakeReports(TimeSpan after = default) => _client.Create(
        Job.FromExpression<UpkeepJobs>(j => j.MakeReports(), Upkeep), after > TimeSpan.Zero ? new ScheduledState(after)
        : new EnqueuedState(Upkeep));

    /// <summary>Sets every attempt's cancellation token; nothing more is taken from the devices' queues.</summary>
    public void StopAttempts()
    {
        foreach (var device in _devices) device.SendStop();
    }

    /// <summary>Waits until every job has ended, and stops looking at the ledger.</summary>
    public async Task EndAsync()
    {
        StopAttempts();
        _node?.SendStop();
        foreach (var server in Servers) await server.WaitForShutdownAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        foreach (var server in Servers) server.Dispose();
        _storage.Dispose();
    }

    private IEnumerable<BackgroundJobServer> Servers => _node is null ? _devices : _devices.Append(_node);

    // A queue's name has small letters, digits, dashes: "cuda-0".
    private static string Queue(string device) => device.Replace(':', '-');

    private static BackgroundJobServerOptions Server(NodeOptions options, JobActivator activator, string queue,
        int workers) => new()
    {
        ServerName = $"{options.Name}-{queue}",
        Queues = [queue],
        WorkerCount = workers,
        Activator = activator,
        IsLightweightServer = queue != Upkeep, // one of them minds what repeats
        CancellationCheckInterval = CancelWithin,
        SchedulePollingInterval = ScheduleWithin,
        StopTimeout = TimeSpan.Zero, // a stop is told to the attempts at once
        ShutdownTimeout = Timeout.InfiniteTimeSpan, // and they end in the time that supervision gives their workers
        ServerTimeout = Never,
        ServerCheckInterval = Never,
    };

    private void Repeat(string name, System.Linq.Expressions.Expression<Action<UpkeepJobs>> job, string cron) =>
        _recurring.AddOrUpdate(name, Job.FromExpression(job, Upkeep), cron,
            new RecurringJobOptions { TimeZone = TimeZoneInfo.Utc });

    /// <summary>Makes jobs of the one engine that this node has.</summary>
    private sealed class EngineActivator(NodeEngine engine) : JobActivator
    {
        public override object ActivateJob(Type jobType) =>
            jobType == typeof(AttemptJob) ? new AttemptJob(engine) : new UpkeepJobs(engine);
    }

    /// <summary>Looks at the ledger and acts, again and again; never twice at a time.</summary>
    private sealed class LedgerPoller(NodeEngine engine) : IBackgroundProcess
    {
        public void Execute(BackgroundProcessContext context)
        {
            engine.Poll();
            engine.WaitForPoll(context.StoppingToken);
        }
    }
}
