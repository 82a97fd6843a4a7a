using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Formatting;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Monitoring;
using ScalingLab.Cli.Options;
using ScalingLab.Cli.Planning;
using ScalingLab.Cli.Programs;
using ScalingLab.Cli.Views;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Execution;

/// <summary>
/// Trains what a ledger has of one sweep until all of it has ended, on this machine or as jobs of Slurm, and shows how
/// it goes.
/// </summary>
/// <param name="screen">Shows it.</param>
/// <param name="home">This installation.</param>
/// <param name="options">What was asked for.</param>
/// <param name="ledger">The queue.</param>
/// <param name="devices">What it trains on here; none where Slurm starts the workers.</param>
internal sealed class SweepTraining(Screen screen, LabHome home, RunOptions options, Ledger ledger,
    IReadOnlyList<NodeDevice> devices)
{
    /// <summary>Why runs wait, as the node last said it.</summary>
    public WaitReason? LastWaitReason { get; private set; }

    /// <summary>Trains the sweep.</summary>
    /// <param name="prepared">Its grid and text.</param>
    /// <param name="view">Its runs.</param>
    /// <param name="stop">Graceful: workers checkpoint and stop.</param>
    /// <param name="meanwhile">What is done beside it, until it has ended; null for nothing.</param>
    public async Task<SweepOutcome> TrainAsync(
        PreparedSweep prepared, SweepTracker view, CancellationToken stop,
        Func<CancellationToken, Task>? meanwhile = null)
    {
        var name = prepared.Sweep.Name;
        var threads = ledger.ChooseThreads(name, options.Threads ?? prepared.Grid.Worker.Threads ?? 1);
        using var work = new NodeServices(screen, home, ledger, threads);
        var node = work.Options(Environment.MachineName, devices) with { Report = null }; // made here, at the end
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var beside = meanwhile?.Invoke(ended.Token) ?? Task.CompletedTask;
        try
        {
            return screen.IsTerminal
                ? await LiveView.WatchAsync(screen.Console, view, RunAsync)
                : await RunAsync(new ProgressLines(screen.Out, view));
        }
        finally
        {
            await ended.CancelAsync();
            await beside;
        }

        Task<SweepOutcome> RunAsync(IProgress<SweepProgress> progress) => options.Slurm is { } request
            ? SlurmLauncher.RunAsync(
                ledger, SlurmLaunch.Options(home, LedgerOption.Place(options.Ledger, home), request, work) with
                { Sweep = name }, progress, stop)
            : NodeRunner.RunSweepAsync(ledger, name, node, new WaitReasonListener(this, progress), stop);
    }

    /// <summary>Says why a sweep has not ended, and how it goes on.</summary>
    /// <param name="outcome">What came of it.</param>
    /// <param name="again">The command that goes on with it.</param>
    /// <returns>The exit code.</returns>
    public int PrintUnfinished(SweepOutcome outcome, string again)
    {
        var finished = $"{outcome.Summary.In(RunState.Completed)} of {outcome.Summary.Total} runs finished";
        screen.Error.WriteLine(outcome.Stopped
            ? $"lab: stopped with {finished}; resume with: {CommandName.AsInvoked} {again}"
            : LastWaitReason is null or WaitReason.Paused
                ? $"lab: the sweep is paused with {finished}; 'lab resume {outcome.Summary.Name}' lets it go on."
                : $"lab: nothing more starts here, with {finished}: {LastWaitReason.Value.Describe()}.");
        return outcome.Stopped ? CliHost.Interrupted : CliHost.Failure;
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
