using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli;

/// <summary>A running sweep as plain lines: one for each run that starts or ends, and each minute one for every run that goes on.</summary>
internal sealed class LinesView(TextWriter writer, SweepView view) : IProgress<SweepProgress>
{
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private TimeSpan _told;

    public void Report(SweepProgress value)
    {
        view.Take(value);
        lock (_gate)
        {
            if (Line((run, _) => view.Label(run), value) is { } line) Say(line);
            if (view.Elapsed - _told < Between) return;
            _told = view.Elapsed;
            foreach (var run in view.Active) Say($"{run.Label}: step {run.Step} of {run.Steps}, {run.Facts()}");
            if (view.Left is { } left) Say($"about {Quantity.Of(left)} left for the sweep");
        }
    }

    /// <summary>What a person should read of it; null for what only moves a bar.</summary>
    /// <param name="label">A run in words, by its id and its model's name.</param>
    /// <param name="progress">What happened.</param>
    public static string? Line(Func<RunId, string, string> label, SweepProgress progress) => progress switch
    {
        SweepProgress.Started e => $"started {label(e.Run, e.Model)}: {Quantity.Of(e.Parameters)} parameters, {e.Steps} steps"
            + (e.Step > 0 ? $", from step {e.Step}" : "") + (e.Attempt > 1 ? $", attempt {e.Attempt}" : ""),
        SweepProgress.Completed e => string.Create(
            CultureInfo.InvariantCulture,
            $"finished {label(e.Run, e.Model)}: loss {e.Result.LossValidation:F4}, {Quantity.Of(e.Result.TokensPerSecond)} tokens/s, ")
            + $"{Quantity.Of(TimeSpan.FromSeconds(e.Result.WallSeconds))}",
        SweepProgress.Lost { Kind: FailureKind.Interrupted } e => $"stopped {label(e.Run, e.Model)}",
        SweepProgress.Lost e => $"lost {label(e.Run, e.Model)}, now {RunLifecycle.Word(e.State)} ({e.Kind}): {Brief.WithLog(e.Message, e.LogFile)}",
        SweepProgress.TakenAway e => $"given up {label(e.Run, e.Model)}: cancelled, or taken over by another host",
        SweepProgress.Waiting e => $"waiting: {e.Runs} runs: {e.Why.Words()}",
        SweepProgress.Submitted e => $"submitted {e.Job} as Slurm job {e.Id}, {e.Runs} {(e.Runs == 1 ? "run" : "runs")}",
        SweepProgress.Trouble e => $"trouble: {e.Message}",
        _ => null,
    };

    private void Say(string line) => writer.WriteLine($"[{view.RunsEnded}/{view.Runs}] {line}");
}
