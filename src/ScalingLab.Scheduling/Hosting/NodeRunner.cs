using ScalingLab.Runs;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Hosting;

/// <summary>
/// Runs what stands in a ledger on this node: one sweep, everything, or one attempt. Any number of nodes may do so at
/// once: they share the runs, each run once.
/// </summary>
public static class NodeRunner
{
    /// <summary>
    /// Runs every sweep of the ledger, now and to come, until it is stopped or, where asked, until nothing is left for
    /// it.
    /// </summary>
    /// <param name="ledger">The queue.</param>
    /// <param name="options">What this node gives.</param>
    /// <param name="progress">Hears of everything, from several threads.</param>
    /// <param name="stop">Graceful: workers are asked to checkpoint and stop, their runs go back to pending, uncharged;
    /// then this returns.</param>
    /// <param name="untilIdle">
    /// Ends when nothing runs here and no run is left that could start here by itself, now or later; what other nodes
    /// hold is left to them.
    /// </param>
    /// <returns>The attempts that it started.</returns>
    /// <exception cref="InputException">An option makes no sense.</exception>
    /// <exception cref="System.Data.Common.DbException">The ledger stayed out of reach for longer than the patience;
    /// the workers were asked to stop.</exception>
    public static async Task<int> ServeAsync(
        Ledger ledger, NodeOptions options, IProgress<SweepProgress>? progress, CancellationToken stop,
        bool untilIdle = false) =>
        await RunAsync(ledger, options, new NodeScope(UntilIdle: untilIdle), progress, stop);

    /// <summary>
    /// Runs until every run of the sweep has ended, or nothing runs and nothing can start here by itself (it is paused,
    /// its deadline passed, no device is of its class). Runs that have ended are left alone; with nothing to do it
    /// returns at once. One failing run never stops the rest.
    /// </summary>
    /// <inheritdoc cref="ServeAsync"/>
    /// <exception cref="InputException">The ledger does not know the sweep, or an option makes no sense.</exception>
    public static async Task<SweepOutcome> RunSweepAsync(
        Ledger ledger, string sweep, NodeOptions options, IProgress<SweepProgress>? progress, CancellationToken stop)
    {
        Check(options);
        var before = ledger.Find(sweep) ?? throw new InputException("sweep", $"the ledger knows no sweep '{sweep}'");
        if ((ledger.Queue(sweep).Count == 0 && !(before.ReportIsDue && options.Report is not null))
            || stop.IsCancellationRequested)
            return new SweepOutcome(before, 0, stop.IsCancellationRequested);
        var attempts = await RunAsync(ledger, options, new NodeScope(sweep), progress, stop);
        return new SweepOutcome(ledger.Find(sweep) ?? before, attempts, stop.IsCancellationRequested);
    }

    /// <summary>
    /// Makes one attempt at one run and returns when it has ended, however: what a job of a cluster does. A run that a
    /// dead attempt still holds (the job was started again after its node died) is taken over when that one's lease
    /// ends. Where the run has ended, or may not start now (paused, yielded, outside its window), nothing is done.
    /// </summary>
    /// <returns>Whether an attempt was made. What became of the run stands in the ledger.</returns>
    /// <inheritdoc cref="ServeAsync"/>
    public static async Task<bool> RunAttemptAsync(
        Ledger ledger, RunId run, NodeOptions options, IProgress<SweepProgress>? progress, CancellationToken stop) =>
        await RunAsync(ledger, options, new NodeScope(Run: run), progress, stop) > 0;

    private static async Task<int> RunAsync(
        Ledger ledger, NodeOptions options, NodeScope scope, IProgress<SweepProgress>? progress, CancellationToken stop)
    {
        Check(options);
        using var jobs = new NodeJobs();
        using var engine = new NodeEngine(ledger, options, scope, jobs, e => Report(progress, e));
        if (!scope.OneAttempt) engine.StartNotices();
        jobs.Start(engine, options, isServing: !scope.OneAttempt);
        try
        {
            using (stop.Register(engine.Stop)) await engine.Finished;
        }
        finally
        {
            engine.Stop();
            await jobs.EndAsync();
            engine.Leave();
        }
        return engine.AttemptsStarted;
    }

    private static void Report(IProgress<SweepProgress>? progress, SweepProgress happened)
    {
        try
        {
            progress?.Report(happened);
        }
        catch (IOException)
        {
            // Whoever read our output went away (a closed pipe, a closed terminal): the runs go on.
        }
    }

    private static void Check(NodeOptions options)
    {
        var problems = new List<Problem>();
        if (options.Devices.Count == 0) problems.Add(new("devices", "none is offered; a node has at least one"));
        problems.AddRange(options.Devices.Where(d => d.Slots < 1)
            .Select(d => new Problem("slots", $"is {d.Slots} on {d.Name}; at least 1 worker runs at a time")));
        problems.AddRange(options.Devices.GroupBy(d => d.Name).Where(g => g.Count() > 1)
            .Select(g => new Problem("devices", $"{g.Key} is offered {g.Count()} times")));
        if (Path.IsPathRooted(options.Worker.FileName) && !File.Exists(options.Worker.FileName))
            problems.Add(new("worker", $"{options.Worker.FileName} does not exist: build it first"));
        if (problems.Count > 0) throw new InputException(problems);
    }
}
