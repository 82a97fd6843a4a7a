namespace ScalingLab.Scheduling.Attempts;

/// <summary>
/// Workers that have completed a run and are ready for another: to start a process and libtorch, and to compile what
/// trains, costs more than a short run does. A worker is used again only for a first attempt, with the same program,
/// environment and threads; whatever failed, or said a word too many, is never used again.
/// </summary>
/// <param name="mostRuns">Runs after which a worker ends; 1 uses none again.</param>
internal sealed class WarmWorkers(int mostRuns) : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5); // the next run begins at once, or there is none
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly List<(WorkerProcess Worker, string Kind)> _waiting = [];
    private bool _closed;

    /// <summary>Whether the worker may be waited for to say that it is ready.</summary>
    public bool CanReuse(WorkerProcess worker) => !_closed && worker.Orders < mostRuns;

    /// <summary>A worker that waits, or a new one, for which one that waits ends first: no slot ever has two.</summary>
    /// <param name="command">How to start one.</param>
    /// <param name="threads">CPU threads.</param>
    /// <param name="logFile">Gets what it says on stderr from now on.</param>
    /// <param name="fresh">Whether only a new one will do.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program, or it may not be
    /// run.</exception>
    public async Task<WorkerProcess> StartAsync(WorkerCommand command, int threads, string logFile, bool fresh)
    {
        if (TakeOut(KindOf(command, threads), fresh) is { } waiting)
        {
            if (waiting is { IsAlike: true, Worker.IsIdle: true })
            {
                waiting.Worker.Log(logFile);
                return waiting.Worker;
            }
            await EndAsync(waiting.Worker);
        }
        return WorkerProcess.Start(command, threads, logFile);
    }

    /// <summary>Keeps a worker that is ready for a while.</summary>
    public void Keep(WorkerProcess worker, WorkerCommand command, int threads)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _waiting.Add((worker, KindOf(command, threads)));
                _ = EndLaterAsync(worker);
                return;
            }
        }
        _ = EndAsync(worker);
    }

    /// <summary>Asks those that wait to end, and waits until they have.</summary>
    public void Dispose()
    {
        List<WorkerProcess> workers;
        lock (_gate)
        {
            _closed = true;
            workers = [.. _waiting.Select(w => w.Worker)];
            _waiting.Clear();
        }
        Task.WaitAll([.. workers.Select(EndAsync)]);
    }

    private static string KindOf(WorkerCommand command, int threads) => string.Join('\0', [
        command.FileName, .. command.Arguments, FormattableString.Invariant($"{threads}"),
        .. command.Environment.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={e.Value}"),
    ]);

    /// <summary>One of the kind or, where there is none or a new one is wanted, any.</summary>
    private (WorkerProcess Worker, bool IsAlike)? TakeOut(string kind, bool fresh)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0) return null;
            var alike = fresh ? -1 : _waiting.FindIndex(w => w.Kind == kind);
            var at = Math.Max(0, alike);
            var worker = _waiting[at].Worker;
            _waiting.RemoveAt(at);
            return (worker, alike >= 0);
        }
    }

    private async Task EndLaterAsync(WorkerProcess worker)
    {
        var orders = worker.Orders;
        await Task.WhenAny(worker.Exited, Task.Delay(Idle));
        lock (_gate)
        {
            var at = _waiting.FindIndex(w => w.Worker == worker);
            if (at < 0 || worker.Orders != orders) return; // at work, or waiting anew
            _waiting.RemoveAt(at);
        }
        await EndAsync(worker);
    }

    private static async Task EndAsync(WorkerProcess worker)
    {
        worker.RequestStop();
        await Task.WhenAny(worker.Exited, Task.Delay(EndGrace));
        if (!worker.HasExited) worker.Kill();
        await worker.Exited;
        worker.Dispose();
    }
}
