using System.Globalization;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Policies;

namespace ScalingLab.Lab.Monitoring;

/// <summary>
/// A running sweep as plain lines: one for each run that starts or ends, and each minute one for every run that goes
/// on.
/// </summary>
public sealed class ProgressLines(TextWriter writer, SweepTracker view) : IProgress<SweepProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private TimeSpan _lastSummary;

    public void Report(SweepProgress value)
    {
        view.Apply(value);
        lock (_gate)
        {
            if (Format((run, _) => view.Label(run), value) is { } line) WriteLine(line);
            if (view.Elapsed - _lastSummary < Interval) return;
            _lastSummary = view.Elapsed;
            foreach (var run in view.Active) WriteLine($"{run.Label}: step {run.Step} of {run.Steps}, {run.Summary()}");
            if (view.Remaining is { } left) WriteLine($"about {Quantity.Duration(left)} left for the sweep");
        }
    }

    /// <summary>What a person should read of it; null for what only moves a bar.</summary>
    /// <param name="label">A run in words, by its id and its model's name.</param>
    /// <param name="progress">What happened.</param>
    public static string? Format(Func<RunId, string, string> label, SweepProgress progress) => progress switch
    {
        SweepProgress.Started e =>
            $"started {label(e.Run, e.Model)}: {Quantity.Compact(e.Parameters)} parameters, {e.Steps} steps"
            + (e.Step > 0 ? $", from step {e.Step}" : "") + (e.Attempt > 1 ? $", attempt {e.Attempt}" : ""),
        SweepProgress.Completed e => string.Create(
            CultureInfo.InvariantCulture,
            $"finished {label(e.Run, e.Model)}: loss {e.Result.LossValidation:F4}, "
                + $"{Quantity.Compact(e.Result.TokensPerSecond)} tokens/s, ")
            + $"{Quantity.Duration(TimeSpan.FromSeconds(e.Result.WallSeconds))}",
        SweepProgress.Lost { Kind: FailureKind.Interrupted } e => $"stopped {label(e.Run, e.Model)}",
        SweepProgress.Lost e =>
            $"lost {label(e.Run, e.Model)}, now {RunLifecycle.NameOf(e.State)} ({e.Kind}): "
                + $"{Excerpt.WithLog(e.Message, e.LogFile)}",
        SweepProgress.TakenAway e => $"given up {label(e.Run, e.Model)}: cancelled, or taken over by another host",
        SweepProgress.Waiting e => $"waiting: {Quantity.Count(e.Runs, "run")}: {e.Why.Describe()}",
        SweepProgress.Submitted e =>
            $"submitted {e.Job} as Slurm job {e.Id}, {Quantity.Count(e.Runs, "run")}",
        SweepProgress.Trouble e => $"trouble: {e.Message}",
        _ => null,
    };

    private void WriteLine(string line) => writer.WriteLine($"[{view.RunsEnded}/{view.Runs}] {line}");
}
