using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Attempts;

/// <content>What is written to the ledger: news and lease while the worker runs, and how the attempt ended.</content>
internal sealed partial class AttemptSupervisor
{
    private const int MaxFiles = 3; // of checkpoints in one line
    // between tries to reach a ledger that does not answer
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly List<MetricPoint> _points = [];
    private long? _checkpoint;
    private double? _tokensPerSecond;
    private bool _hasNewCheckpoint;
    private long _flushed = Stopwatch.GetTimestamp();
    private long _renewed = Stopwatch.GetTimestamp();
    private long? _failedAt;
    private bool _troubleReportedAt;

    // Points and lease. A ledger that cannot be reached just now costs nothing: the points wait here, the lease is
    // tried again.
    private void WriteOut()
    {
        if (_isTakenAway || (_failedAt is { } failed && Stopwatch.GetElapsedTime(failed) < RetryInterval)) return;
        try
        {
            // A checkpoint is news at once: should this host die next, the run is not charged for the time before it.
            if (_checkpoint is not null
                || (_points.Count > 0 && Stopwatch.GetElapsedTime(_flushed) >= options.FlushInterval))
            {
                _flushed = Stopwatch.GetTimestamp();
                _isTakenAway = !ledger.AddAttemptReport(attempt, BuildReport());
                _points.Clear();
                (_checkpoint, _tokensPerSecond) = (null, null);
            }
            if (Stopwatch.GetElapsedTime(_renewed) >= options.Lease / 3)
            {
                if (ledger.Renew(attempt, options.Lease)) _renewed = Stopwatch.GetTimestamp();
                else _isTakenAway = true;
            }
            _failedAt = null;
        }
        catch (DbException e)
        {
            _failedAt = Stopwatch.GetTimestamp();
            ReportTrouble(e);
        }
    }

    // A checkpoint that is not resumed from costs time, which people should hear of, and why.
    private void ReportSkippedCheckpoints(WorkerMessage.Started started)
    {
        var files = started.PassedOver ?? [];
        if (files.Count == 0 && started.Step >= attempt.Checkpoint) return;
        var why = files.Count == 0 ? $"its checkpoint is not on {options.Name}"
            : $"passed over {string.Join("; ", files.Take(MaxFiles))}";
        var was = attempt.Checkpoint > 0
            ? string.Create(CultureInfo.InvariantCulture, $"was at step {attempt.Checkpoint} and ") : "";
        report(new SweepProgress.Trouble(string.Create(
            CultureInfo.InvariantCulture, $"run {attempt.Run} {was}goes on from step {started.Step}: {why}")));
    }

    private AttemptReport BuildReport() => new(_points, _checkpoint, _tokensPerSecond);

    private void ReportTrouble(DbException e)
    {
        if (_troubleReportedAt) return; // once an attempt is enough to be known
        _troubleReportedAt = true;
        report(new SweepProgress.Trouble($"the ledger cannot be written ({e.Message}); run {attempt.Run} goes on, what "
            + "it says waits"));
    }

    private async Task EndAsync(WorkerProcess worker)
    {
        if (_isTakenAway)
        {
            _note("ended: the run is no longer this attempt's");
            report(new SweepProgress.TakenAway(attempt.Run, _model, attempt.Number));
            return;
        }
        if (_protocolErrors > 0)
            report(new SweepProgress.Trouble(
                $"the worker of run {attempt.Run} said {_protocolErrors} lines that are no messages, first: "
                    + $"{_firstProtocolError}"));
        switch (_finalMessage)
        {
            case WorkerMessage.Completed done:
                MadeProgress = true;
                if (await WithRetries(() => ledger.Accept(attempt, done.Result, BuildReport())))
                    report(new SweepProgress.Completed(attempt.Run, _model, attempt.Number, done.Result));
                else
                    report(new SweepProgress.TakenAway(attempt.Run, _model, attempt.Number));
                break;
            case WorkerMessage.Failed failed:
                await EndWithoutResultAsync(failed.Kind, failed.Kind == FailureKind.Environment
                    ? WithCause(failed.Message) : failed.Message);
                break;
            default:
                // Asked to stop, it is not to blame for how it stopped. An interrupt from the terminal (130 = 128 +
                // SIGINT) and a SIGTERM of the system (143), before the worker listens to them, reach host and workers
                // alike: somebody's stop, whoever sees it first.
                var interrupted = _stoppedByOperator || (_killedBecause is null && worker.ExitCode is 130 or 143);
                var seen = LastSeen(worker);
                _note($"ended without a result: {seen}");
                await EndWithoutResultAsync(interrupted ? FailureKind.Interrupted : FailureKind.Crashed, seen
                    + Tail(worker));
                break;
        }
    }

    // The libraries say it in the system's words, which do not say what to do.
    private static string WithCause(string message) =>
        message.Contains("No space left on device", StringComparison.Ordinal)
        || message.Contains("Disk quota exceeded", StringComparison.Ordinal)
            ? $"disk full: {message}"
            : message;

    private async Task EndWithoutResultAsync(FailureKind kind, string message)
    {
        Failure = kind;
        var loss =
            options.Retries.After(kind, message, _hasNewCheckpoint ? 0 : attempt.ChargedAttempts, _stoppedByOperator,
                halves: _halvesMicroBatch);
        if (await WithRetries(() => ledger.EndWithoutResult(attempt, loss, BuildReport())))
            report(new SweepProgress.Lost(
                attempt.Run, _model, attempt.Number, RunLifecycle.Next(RunState.Running, loss.Happened), kind, message)
            {
                LogFile = _logFile,
            });
        else
            report(new SweepProgress.TakenAway(attempt.Run, _model, attempt.Number));
    }

    private string LastSeen(WorkerProcess worker)
    {
        var text = _killedBecause is { } because
            ? $"the worker was killed: {because}"
            : $"the worker ended without a last word, exit code {worker.ExitCode}";
        if (worker.ExitCode > 128 && _killedBecause is null) text += $" (signal {worker.ExitCode - 128})";
        if (_protocolErrors > 0)
            text += $"; {_protocolErrors} lines on its stdout were no messages, first: {_firstProtocolError}";
        return text;
    }

    private static string Tail(WorkerProcess worker) =>
        worker.LogTail is { Length: > 0 } tail ? $"\nlast lines of its stderr:\n{tail}" : "";

    /// <summary>A result is worth waiting for: tries until the ledger answers or the patience ends.</summary>
    private async Task<T> WithRetries<T>(Func<T> write)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return write();
            }
            catch (DbException e) when (!NodeOptions.HasTimedOut(
                Stopwatch.GetElapsedTime(began), _stoppedByOperator ? options.StopGrace : options.LedgerTimeout))
            {
                ReportTrouble(e);
                await Task.Delay(RetryInterval);
            }
        }
    }
}
