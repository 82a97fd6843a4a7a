using System.Data.Common;
using System.Diagnostics;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Slurm;

/// <summary>
/// Hands a ledger's runs to Slurm as jobs that each carry out one attempt, and keeps both of one mind. It may be
/// stopped and started again at any time, and any number may run: all that must survive is in the ledger, in Slurm and
/// in the lists that lie in the state folder.
/// </summary>
public sealed partial class SlurmLauncher
{
    private const int MaxPerLook = 200; // jobs named on one command line

    private readonly Ledger _ledger;
    private readonly SlurmOptions _options;
    private readonly IProgress<SweepProgress>? _progress;
    private readonly SlurmProgram _slurm;
    private readonly SlurmFolder _folder;
    private readonly WindowCache _windows;
    private readonly ReportBuilder _reports;
    private readonly NoticeSender? _notices;
    private readonly HashSet<string> _said = [];
    private SweepSummary? _counted;
    private bool _slurmAnswers = true;
    private long? _ledgerGoneSince;
    private int _submitted;

    private SlurmLauncher(Ledger ledger, SlurmOptions options, IProgress<SweepProgress>? progress)
    {
        (_ledger, _options, _progress) = (ledger, options, progress);
        _slurm = new SlurmProgram(options.Programs);
        _folder = new SlurmFolder(options.StateFolder, options.Environment);
        _windows = new WindowCache(e => progress?.Report(e));
        _reports = new ReportBuilder(ledger, options.Report, options.Retries.BackOffMax, e => progress?.Report(e));
        _notices = options.Notify is { } notify ? new NoticeSender(ledger, notify, e => progress?.Report(e)) : null;
    }

    /// <summary>
    /// Serves one sweep until every run of it has ended (or it is paused and nothing of it is in Slurm), or every sweep
    /// until it is stopped. To stop it stops nothing in Slurm: jobs go on, and the next launcher finds them.
    /// </summary>
    /// <returns>How it ended; attempts started are runs handed to Slurm by this call.</returns>
    /// <exception cref="InputException">The ledger is a file, or does not know the sweep; or Slurm is not here or would
    /// take no such job.</exception>
    /// <exception cref="DbException">The ledger stayed out of reach for longer than the patience.</exception>
    public static async Task<SweepOutcome> RunAsync(
        Ledger ledger, SlurmOptions options, IProgress<SweepProgress>? progress, CancellationToken stop)
    {
        Require(ledger);
        Check(ledger, options);
        var launcher = new SlurmLauncher(ledger, options, progress);
        await launcher.RequireSlurmAsync(stop);
        launcher._notices?.Start();
        try
        {
            while (!await launcher.PollAsync(stop)) await Task.Delay(options.Interval, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop: the jobs go on.
        }
        finally
        {
            await launcher._reports.WaitAsync();
            launcher.Leave();
        }
        var summary = (options.Sweep is { } sweep ? ledger.Find(sweep) : null)
            ?? new SweepSummary("", null, false, RunCounts.None);
        return new SweepOutcome(summary, launcher._submitted, stop.IsCancellationRequested);
    }

    /// <summary>Requires a ledger that a cluster's nodes can share.</summary>
    /// <exception cref="InputException">It is a file.</exception>
    public static void Require(Ledger ledger)
    {
        if (ledger.IsShared) return;
        throw new InputException("--ledger", $"{ledger.Location} is a file: a cluster's nodes cannot share it, file "
            + "locks do not hold on network disks; "
            + "give a PostgreSQL ledger, postgres://user@host:port/database");
    }

    private static void Check(Ledger ledger, SlurmOptions options)
    {
        var problems = new List<Problem>();
        if (options.Sweep is { } sweep && ledger.Find(sweep) is null)
            problems.Add(new Problem("sweep", $"the ledger knows no sweep '{sweep}'"));
        if (options.MaxJobs < 1)
            problems.Add(new Problem("--slurm-jobs", $"is {options.MaxJobs}; at least 1 is expected"));
        if (problems.Count > 0) throw new InputException(problems);
    }

    /// <summary>Whether Slurm is here and takes such jobs is asked once, before anything is handed over.</summary>
    private async Task RequireSlurmAsync(CancellationToken stop)
    {
        try
        {
            var device = _ledger.Queue(_options.Sweep) is [var first, ..] ? first.DeviceClass : null;
            await _slurm.JobsAsync(stop);
            await _slurm.TryAsync(
                new SlurmBatch("lab-test", [new RunId("none")], _options.Request.Arguments(device), _folder,
                    _options.Lab), stop);
        }
        catch (SlurmException e)
        {
            throw new InputException("slurm", e.Message);
        }
    }

    /// <summary>Looks at both and acts; true when nothing is left to do.</summary>
    private async Task<bool> PollAsync(CancellationToken stop)
    {
        try
        {
            // Slurm first: a job that is submitted by somebody else after this look is noted in the ledger at the next.
            var jobs = await _slurm.JobsAsync(stop);
            if (!_slurmAnswers) ReportOnce("Slurm answers again");
            _slurmAnswers = true;
            var now = _ledger.Now;
            if (_ledgerGoneSince is { } since) Recovered(now, Stopwatch.GetElapsedTime(since));
            StayAnnounced();
            var view = View(now, jobs);
            var plan = SlurmDispatch.Plan(now, view, _options);
            await CancelAsync([.. plan.OfType<SlurmAction.Cancel>().Select(c => c.Task)], stop);
            foreach (var action in plan) await CarryOutAsync(action, stop);
            ReportStuck(view.Tasks);
            var reports = MakeReports(stop);
            return _options.Sweep is not null && !reports && SlurmDispatch.IsDone(now, view.Runs);
        }
        catch (SlurmException e)
        {
            if (_slurmAnswers) ReportOnce($"Slurm does not answer ({e.Message}); jobs go on, trying again");
            _slurmAnswers = false;
        }
        catch (DbException e)
        {
            if (_ledgerGoneSince is null)
                ReportOnce($"the ledger cannot be used ({e.Message}); jobs go on, trying again");
            _ledgerGoneSince ??= Stopwatch.GetTimestamp();
            if (NodeOptions.HasTimedOut(Stopwatch.GetElapsedTime(_ledgerGoneSince.Value), _options.LedgerTimeout))
                throw;
        }
        return false;
    }

    private SlurmView View(DateTimeOffset now, IReadOnlyList<SlurmJob> jobs)
    {
        if (_options.Sweep is { } sweep && _ledger.Find(sweep) is { } summary
            && !summary.Counts.Equals(_counted?.Counts))
            _progress?.Report(new SweepProgress.Counted(_counted = summary));
        var served = _ledger.Queue(_options.Sweep, text => _windows.Find(text).Contains(now));
        var speeds = _ledger.Speeds();
        return new SlurmView(
            [.. served.Select(q =>
                new SlurmRun(q, q.Window is null ? null : _windows.Find(q.Window), RunEstimates.Speed(speeds, q)))],
            _ledger.Submissions(),
            _options.Sweep is null ? served.Select(q => q.Run).ToHashSet() : _ledger.Unfinished(),
            _folder.Tasks(jobs))
        {
            YieldedUntil = _yieldedUntil,
            LeasesCountFrom = _leasesCountFrom,
        };
    }

    private async Task CarryOutAsync(SlurmAction action, CancellationToken stop)
    {
        switch (action)
        {
            case SlurmAction.Submit submit:
                await SubmitAsync(submit.Runs, stop);
                break;
            case SlurmAction.Release release:
                _ledger.Unsubmit(release.Run, release.Job);
                break;
            case SlurmAction.Adopt adopt:
                _ledger.Submit(adopt.Run, adopt.Job);
                break;
            case SlurmAction.Charge charge:
                ChargeFor(charge);
                break;
            case SlurmAction.Expire { Run: var run, Loss: var loss }:
                if (_ledger.Expire(run.Run, run.Fence, loss)) Lost(run, run.Attempts, loss);
                break;
        }
    }

    private async Task CancelAsync(IReadOnlyList<SlurmTask> tasks, CancellationToken stop)
    {
        foreach (var some in tasks.Chunk(MaxPerLook))
        {
            await _slurm.CancelAsync([.. some.Select(t => t.Job.Id)], stop);
            foreach (var task in some) _ledger.Unsubmit(task.Run, task.Job.Key);
        }
    }

    /// <summary>
    /// List, note, sbatch, in this order: whatever dies in between, a job that may exist has a list that names its
    /// runs, and a note that keeps others away. A refusal leaves the note: it may be no refusal, and the grace goes by
    /// before another try.
    /// </summary>
    private async Task SubmitAsync(IReadOnlyList<QueuedRun> runs, CancellationToken stop)
    {
        if (CpusOf(runs[0].Sweep) is not { } cpus) return;
        var name = _folder.Enlist([.. runs.Select(r => r.Run)], runs[0].Attempts + 1);
        var batch =
            new SlurmBatch(name, [.. runs.Select(r => r.Run)], _options.Request.Arguments(runs[0].DeviceClass, cpus),
                _folder, _options.Lab);
        var noted = batch.Keys.Where(k => _ledger.Submit(k.Run, k.Key)).ToList();
        if (noted.Count < runs.Count)
        {
            // Another launcher was quicker: its job is the one. What is left here is handed over at the next look.
            foreach (var (run, key) in noted) _ledger.Unsubmit(run, key);
            _folder.Discard(name);
            return;
        }
        try
        {
            var job = await _slurm.SubmitAsync(batch, stop);
            _submitted += runs.Count;
            _progress?.Report(new SweepProgress.Submitted(name, job, runs.Count));
        }
        catch (SlurmException e)
        {
            ReportOnce($"{name} may not be in Slurm: {e.Message}; looked for again for {_options.Grace.TotalSeconds:0} "
                + "s before it is submitted anew");
        }
    }

    private int? CpusOf(string sweep)
    {
        try
        {
            return _options.Cpus(sweep);
        }
        catch (InputException e)
        {
            if (_said.Add(sweep)) ReportOnce($"nothing of it is handed to Slurm: {e.Message}");
            return null;
        }
    }

    /// <summary>
    /// A job that ended before it could claim its run: claimed and lost here, so that the run has it on its account.
    /// </summary>
    private void ChargeFor(SlurmAction.Charge charge)
    {
        var (run, job) = (charge.Run, charge.Task.Job);
        var message =
            $"Slurm job {job.Id} ({job.Name}) ended {job.State} before it began an attempt; its output is in "
                + $"{_folder.Output}";
        if (_ledger.Claim(run.Run, new Claimant($"Slurm job {job.Id}"), _options.Lease) is not { } attempt) return;
        var kind = job.State == "OUT_OF_MEMORY" ? FailureKind.OutOfMemory : FailureKind.Environment;
        var loss = _options.Retries.After(kind, message, attempt.ChargedAttempts);
        if (_ledger.EndWithoutResult(attempt, loss)) Lost(run, attempt.Number, loss);
    }

    private void Lost(QueuedRun run, int attempt, AttemptEnd loss) => _progress?.Report(new SweepProgress.Lost(
        run.Run, run.Model, attempt, RunLifecycle.Next(RunState.Running, loss.Happened), loss.Kind, loss.Message));

    private void ReportStuck(IReadOnlyList<SlurmTask> tasks)
    {
        foreach (var job in tasks.Where(t => t.Job.IsStuck).Select(t => t.Job))
        {
            if (_said.Add($"{job.Id} {job.Reason}"))
                ReportOnce($"Slurm job {job.Id} ({job.Name}) waits for what waiting does not bring: {job.State}, "
                    + $"{job.Reason}");
        }
    }
}
