using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Execution;

/// <summary>
/// Trains what a ledger has of one sweep until all of it has ended, on this machine or as jobs of Slurm.
/// </summary>
/// <param name="home">This installation.</param>
/// <param name="request">What was asked for.</param>
/// <param name="ledger">The queue.</param>
/// <param name="devices">What it trains on here; none where Slurm starts the workers.</param>
/// <param name="say">Hears what is done with data.</param>
public sealed class SweepTraining(LabHome home, TrainingRequest request, Ledger ledger,
    IReadOnlyList<NodeDevice> devices, Action<string> say)
{
    /// <summary>Why runs wait, as the node last said it.</summary>
    public WaitReason? LastWaitReason { get; private set; }

    /// <summary>Trains the sweep.</summary>
    /// <param name="prepared">Its grid and text.</param>
    /// <param name="progress">Hears how it goes.</param>
    /// <param name="stop">Graceful: workers checkpoint and stop.</param>
    /// <param name="meanwhile">What is done beside it, until it has ended; null for nothing.</param>
    public async Task<SweepOutcome> TrainAsync(
        PreparedSweep prepared, IProgress<SweepProgress> progress, CancellationToken stop,
        Func<CancellationToken, Task>? meanwhile = null)
    {
        var name = prepared.Sweep.Name;
        var threads = ledger.ChooseThreads(name, request.Threads ?? prepared.Grid.Worker.Threads ?? 1);
        using var work = new NodeServices(home, ledger, say, threads); // results are written here, at the end
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var beside = meanwhile?.Invoke(ended.Token) ?? Task.CompletedTask;
        try
        {
            return request.Slurm is { } slurm
                ? await SlurmLauncher.RunAsync(
                    ledger, SlurmLaunch.Options(home, LedgerPlace.Find(request.Ledger, home), slurm, work) with
                    { Sweep = name }, progress, stop)
                : await NodeRunner.RunSweepAsync(ledger, name, work.Options(Environment.MachineName, devices),
                    new WaitReasonListener(this, progress), stop);
        }
        finally
        {
            await ended.CancelAsync();
            await beside;
        }
    }

    private sealed class WaitReasonListener(SweepTraining training, IProgress<SweepProgress> next)
        : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value)
        {
            if (value is SweepProgress.Waiting waiting) training.LastWaitReason = waiting.Why;
            next.Report(value);
        }
    }
}
