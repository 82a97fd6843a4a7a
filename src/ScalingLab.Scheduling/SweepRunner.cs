using Microsoft.Extensions.DependencyInjection;
using Quartz;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling;

/// <summary>Runs a sweep on this host. Any number of hosts may run the same sweep at once: they share its runs, each run once.</summary>
public static class SweepRunner
{
    private static int _schedulers;

    /// <summary>
    /// Runs until every run of the sweep has ended (or nothing runs and the sweep is paused). Runs that have ended are left alone; with
    /// nothing to do it returns at once. One failing run never stops the rest.
    /// </summary>
    /// <param name="ledger">The queue.</param>
    /// <param name="options">What this host gives.</param>
    /// <param name="progress">Hears of everything, from several threads.</param>
    /// <param name="stop">Graceful: workers are asked to checkpoint and stop, their runs go back to pending, uncharged; then this
    /// returns.</param>
    /// <exception cref="InputException">The ledger does not know the sweep, or an option makes no sense.</exception>
    /// <exception cref="System.Data.Common.DbException">The ledger stayed out of reach for longer than the patience; the workers were
    /// asked to stop.</exception>
    public static async Task<SweepOutcome> RunAsync(
        Ledger ledger, SweepRunOptions options, IProgress<SweepProgress>? progress, CancellationToken stop)
    {
        Check(options);
        var before = ledger.Find(options.Sweep)
            ?? throw new InputException("sweep", $"the ledger knows no sweep '{options.Sweep}'");
        if (ledger.Queue(options.Sweep).Count == 0 || stop.IsCancellationRequested)
            return new SweepOutcome(before, 0, stop.IsCancellationRequested);

        using var engine = new SweepEngine(ledger, options, e => Report(progress, e));
        using var factory = Factory(engine, options.Slots);
        var scheduler = await factory.GetScheduler(CancellationToken.None);
        var reconcile = JobBuilder.Create<ReconcileJob>().WithIdentity(SweepEngine.ReconcileKey).StoreDurably().Build();
        var eachSecond = TriggerBuilder.Create().ForJob(reconcile).StartNow()
            .WithSimpleSchedule(s => s.WithInterval(TimeSpan.FromSeconds(1)).RepeatForever()).Build();
        await scheduler.ScheduleJob(reconcile, eachSecond, cancellationToken: CancellationToken.None);
        try
        {
            await scheduler.Start(CancellationToken.None);
            using (stop.Register(engine.Stop)) await engine.Finished;
        }
        finally
        {
            engine.Stop();
            await scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None);
        }
        return new SweepOutcome(ledger.Find(options.Sweep) ?? before, engine.AttemptsStarted, stop.IsCancellationRequested);
    }

    private static void Report(IProgress<SweepProgress>? progress, SweepProgress happened)
    {
        try
        {
            progress?.Report(happened);
        }
        catch (IOException)
        {
            // Whoever read our output went away (a closed pipe, a closed terminal): the sweep goes on.
        }
    }

    /// <summary>
    /// Quartz as the engine: it carries jobs to threads, no more. Its store is in memory, because nothing in it has to survive: backlog,
    /// attempts, leases and back-off are in the ledger, and a host that comes back plans anew from there. It logs nowhere: what people
    /// should know is in the progress.
    /// </summary>
    private static StandaloneSchedulerFactory Factory(SweepEngine engine, int slots) => QuartzSchedulerBuilder.Create(q =>
    {
        q.ConfigureScheduler(o =>
        {
            o.InstanceName = $"sweep-{Interlocked.Increment(ref _schedulers)}"; // two in one process must not find each other
            o.IdleWaitTime = TimeSpan.FromSeconds(1);
            o.ShutdownJobInterruption = ShutdownJobInterruption.Never;
        });
        q.UseDefaultThreadPool(slots + 2);
        q.UseInMemoryStore();
        q.Services.AddSingleton(engine);
        q.AddJobType<ReconcileJob>();
        q.AddJobType<AttemptJob>();
    }).Build();

    private static void Check(SweepRunOptions options)
    {
        var problems = new List<Problem>();
        if (options.Slots < 1) problems.Add(new("slots", $"is {options.Slots}; at least 1 worker runs at a time"));
        if (Path.IsPathRooted(options.Worker.FileName) && !File.Exists(options.Worker.FileName))
            problems.Add(new("worker", $"{options.Worker.FileName} does not exist: build it first"));
        if (problems.Count > 0) throw new InputException(problems);
    }
}
