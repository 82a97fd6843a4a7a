using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Monitoring;

/// <summary>
/// Where a ledger's sweeps, nodes and running attempts stand, and what died of what: all that <c>lab status</c> shows,
/// also its JSON.
/// </summary>
/// <param name="Ledger">Where it is, without secrets.</param>
/// <param name="Now">The ledger's clock.</param>
public sealed record QueueStatus(
    string Ledger, DateTimeOffset Now, IReadOnlyList<SweepStatus> Sweeps, IReadOnlyList<NodeSummary> Nodes,
    IReadOnlyList<AttemptSummary> Running,
    IReadOnlyList<FailureSummary> Deaths)
{
    /// <summary>Reads it; of one sweep, or of all.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="only">The one sweep; null is all.</param>
    /// <param name="ahead">Plays the queue forward; asked only where there are runs that have not ended.</param>
    public static QueueStatus Read(Ledger ledger, string? only, Func<Ledger, QueueForecast>? ahead = null)
    {
        var now = ledger.Now;
        var sweeps = ledger.Sweeps().Where(s => only is null || s.Name == only).ToList();

        // Of attempts and runs is read what runs or did not go well: ten thousand that wait or have ended have nothing
        // to tell here.
        var attempts = sweeps.Where(s => s.Name == only || s.In(RunState.Completed) < s.Total)
            .SelectMany(s => ledger.Attempts(s.Name, withoutResult: true).Select(a => new SweepAttempt(s.Name, a)))
            .ToList();
        var nodes = ledger.Nodes().Where(n => n.LeaseUntil is not null).ToList();
        var isServed = sweeps.Exists(s => s.In(RunState.Running) > 0) || nodes.Exists(n => n.LeaseUntil > now)
            || (nodes.Exists(n => n.Node.Devices.Any(d => d.Class == SlurmLauncher.Device))
                && ledger.Submissions().Count > 0);
        var forecast = !isServed ? QueueForecast.Unserved(now, sweeps)
            : sweeps.Exists(s => s.In(RunState.Pending) + s.In(RunState.Running) > 0)
                ? (ahead ?? QueueForecast.Read)(ledger) : null;
        return new QueueStatus(
            ledger.Location, now, sweeps.ConvertAll(s => SweepStatus.From(s) with
            {
                EndsAbout = forecast?.Sweeps.GetValueOrDefault(s.Name)?.About,
                    EndsUnknown = forecast?.Sweeps.GetValueOrDefault(s.Name)?.Description,
            }),
            nodes.ConvertAll(n => NodeSummary.From(n, now)),
            sweeps.Exists(s => s.In(RunState.Running) > 0)
            ? RunningAttempts(ledger, only, now, attempts.ConvertAll(a => a.Attempt)) : [],
            attempts.Count > 0 ? Failures(attempts) : []);
    }

    private sealed record SweepAttempt(string Sweep, AttemptRecord Attempt);

    private static List<AttemptSummary> RunningAttempts(Ledger ledger, string? only, DateTimeOffset now,
        List<AttemptRecord> attempts)
    {
        var running = attempts.Where(a => a.Ended is null).ToLookup(a => a.Run);
        var lines = new List<AttemptSummary>();
        foreach (var run in ledger.Queue(only, runningOnly: true))
        {
            var attempt = running[run.Run].FirstOrDefault(a => a.Fence == run.Fence);
            lines.Add(new AttemptSummary(
                run.Run.Value, run.Sweep, run.Model, run.Node, run.Device, run.Attempts, run.Checkpoint, run.Steps,
                (now - run.Began)?.TotalSeconds,
                attempt?.FlopsPerSecond * run.Tokens / run.Flops, run.LeaseUntil < now));
        }
        return lines;
    }

    /// <summary>
    /// Attempts that ended without a result, and not because somebody asked: by sweep and kind, with what the last one
    /// said.
    /// </summary>
    private static List<FailureSummary> Failures(List<SweepAttempt> attempts) =>
        attempts
        .Where(a => a.Attempt.Failure is not (null or FailureKind.Interrupted))
        .GroupBy(a => (a.Sweep, Kind: a.Attempt.Failure!.Value))
        .Select(g => new FailureSummary(
            g.Key.Sweep, g.Key.Kind, g.Count(),
            g.Count(a => a.Attempt.Outcome is RunEvent.FailedForGood or RunEvent.AttemptsUsedUp),
            g.OrderBy(a => a.Attempt.Ended).Last() is var last ? last.Attempt.Run.Value : "", last.Attempt.Node,
            last.Attempt.Message))
        .OrderBy(d => d.Sweep, StringComparer.Ordinal).ThenBy(d => d.Kind).ToList();
}

/// <summary>
/// A sweep: its runs by state, and how it is to be carried out; of the completed ones those that its last report flags
/// (docs/verdicts.md).
/// </summary>
public sealed record SweepStatus(
    string Name, string? Question, int Runs, IReadOnlyDictionary<string, int> States, bool Paused, int Priority,
    string? Window,
    DateTimeOffset? Deadline, string? Device, DateTimeOffset? YieldedUntil, DateTimeOffset Queued,
    DateTimeOffset? Reported, bool ReportIsDue,
    string? ReportFailure, int? Flagged)
{
    /// <summary>When its last run is predicted to end; null where nobody can tell, or all have ended.</summary>
    public DateTimeOffset? EndsAbout { get; init; }

    /// <summary>Why nobody can tell; null where somebody can.</summary>
    public string? EndsUnknown { get; init; }

    public static SweepStatus From(SweepSummary sweep) => new(
        sweep.Name, sweep.Question, sweep.Total, sweep.States, sweep.Paused, sweep.Priority,
        sweep.Window, sweep.Deadline, sweep.Device, sweep.YieldedUntil, sweep.Created, sweep.Reported,
        sweep.ReportIsDue, sweep.ReportFailure, sweep.Flagged);
}

/// <summary>A node that is there, or is missed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsThere">Whether its heartbeat came within its lease.</param>
/// <param name="HeardSecondsAgo">When its last heartbeat came.</param>
/// <param name="ClockAheadSeconds">Its own clock less the ledger's.</param>
/// <param name="YieldedUntil">Its devices were asked for until then.</param>
/// <param name="Devices">What it offers.</param>
/// <param name="Waits">What it does not start, and why.</param>
public sealed record NodeSummary(
    string Name, bool IsThere, double HeardSecondsAgo, double ClockAheadSeconds, DateTimeOffset? YieldedUntil,
    IReadOnlyList<NodeDevice> Devices,
    IReadOnlyList<NodeWait> Waits)
{
    public static NodeSummary From(NodeStatus node, DateTimeOffset now) => new(
        node.Node.Name, node.LeaseUntil > now, (now - node.Announced).TotalSeconds, node.ClockAhead.TotalSeconds,
        node.YieldedUntil > now ? node.YieldedUntil : null, node.Node.Devices, node.LeaseUntil > now ? node.Node.Waits
        : []);
}

/// <summary>A running attempt.</summary>
/// <param name="Run">The run.</param>
/// <param name="Sweep">The sweep that it is run for.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Node">The node.</param>
/// <param name="Device">The node's device.</param>
/// <param name="Attempt">Which attempt at the run.</param>
/// <param name="Checkpoint">The furthest step that a checkpoint was written of.</param>
/// <param name="Steps">All its steps.</param>
/// <param name="Seconds">Since the attempt began.</param>
/// <param name="TokensPerSecond">As last measured; null before.</param>
/// <param name="LeaseIsOver">Nobody has renewed its lease: the node is considered lost.</param>
public sealed record AttemptSummary(
    string Run, string Sweep, string Model, string? Node, string? Device, int Attempt, long Checkpoint, long Steps,
    double? Seconds,
    double? TokensPerSecond, bool LeaseIsOver);

/// <summary>What attempts of a sweep died of.</summary>
/// <param name="Sweep">The sweep.</param>
/// <param name="Kind">The class of failure.</param>
/// <param name="Attempts">Attempts that ended so.</param>
/// <param name="RunsEnded">Of these, those that ended their run: failed or quarantined.</param>
/// <param name="LastRun">The run of the last one.</param>
/// <param name="LastNode">Its node.</param>
/// <param name="LastMessage">What it said.</param>
public sealed record FailureSummary(
    string Sweep, FailureKind Kind, int Attempts, int RunsEnded, string LastRun, string LastNode, string? LastMessage);
