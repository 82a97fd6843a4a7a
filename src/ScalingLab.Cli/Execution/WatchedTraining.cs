using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Views;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Preparation;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Policies;

namespace ScalingLab.Cli.Execution;

/// <summary>A sweep's training as somebody looks on.</summary>
/// <param name="screen">Shows it.</param>
/// <param name="training">The training.</param>
internal sealed class WatchedTraining(Screen screen, SweepTraining training)
{
    /// <inheritdoc cref="SweepTraining.TrainAsync"/>
    /// <param name="view">The sweep's runs.</param>
    public Task<SweepOutcome> TrainAsync(
        PreparedSweep prepared, SweepTracker view, CancellationToken stop,
        Func<CancellationToken, Task>? meanwhile = null) => screen.IsTerminal
        ? LiveView.WatchAsync(screen.Console, view,
            progress => training.TrainAsync(prepared, progress, stop, meanwhile))
        : training.TrainAsync(prepared, new ProgressLines(screen.Out, view), stop, meanwhile);

    /// <summary>Says why a sweep has not ended, and how it goes on.</summary>
    /// <param name="outcome">What came of it.</param>
    /// <param name="again">The command that goes on with it.</param>
    /// <returns>The exit code.</returns>
    public int PrintUnfinished(SweepOutcome outcome, string again)
    {
        var finished = $"{outcome.Summary.In(RunState.Completed)} of {outcome.Summary.Total} runs finished";
        screen.Error.WriteLine(outcome.Stopped
            ? $"lab: stopped with {finished}; resume with: {CommandName.AsInvoked} {again}"
            : training.LastWaitReason is null or WaitReason.Paused
                ? $"lab: the sweep is paused with {finished}; 'lab resume {outcome.Summary.Name}' lets it go on."
                : $"lab: nothing more starts here, with {finished}: {training.LastWaitReason.Value.Describe()}.");
        return outcome.Stopped ? CliHost.Interrupted : CliHost.Failure;
    }
}
