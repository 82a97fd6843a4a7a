using System.Collections.Concurrent;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Runs;
using ScalingLab.Scheduling;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ScalingLab.Cli.Views;

/// <summary>
/// A running sweep on a terminal: a bar for each active run with its loss, tokens/s and time left, and one for the
/// sweep.
/// </summary>
internal static class LiveView
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    public static async Task<SweepOutcome> WatchAsync(
        IAnsiConsole console, SweepTracker view, Func<IProgress<SweepProgress>, Task<SweepOutcome>> run)
    {
        var said = new ConcurrentQueue<string>();
        var events = new EventListener(view, said);
        return await console.Progress().AutoClear(true).HideCompleted(true).AutoRefresh(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
                new PercentageColumn(), new DetailsColumn())
            .StartAsync(async context =>
            {
                var bars = new Dictionary<RunId, ProgressTask>();
                var sweep = context.AddTask(TerminalText.EscapeMarkup(view.Name), maxValue: view.FlopsTotal);
                var running = run(events);
                while (!running.IsCompleted)
                {
                    Draw(console, context, view, said, bars, sweep);
                    await Task.WhenAny(running, Task.Delay(Refresh));
                }

                Draw(console, context, view, said, bars, sweep);
                return await running;
            });
    }

    private static void Draw(
        IAnsiConsole console, ProgressContext context, SweepTracker view, ConcurrentQueue<string> said,
        Dictionary<RunId, ProgressTask> bars, ProgressTask sweep)
    {
        while (said.TryDequeue(out var line)) console.MarkupLine(TerminalText.EscapeMarkup(line));
        var active = view.Active;
        foreach (var id in bars.Keys.Except(active.Select(a => a.Id)).ToList())
        {
            bars[id].StopTask();
            bars.Remove(id);
        }

        foreach (var run in active)
        {
            if (!bars.TryGetValue(run.Id, out var bar))
                bars[run.Id] = bar =
                    context.AddTaskBefore(TerminalText.EscapeMarkup(run.Label),
                        new ProgressTaskSettings { MaxValue = 1 }, sweep);

            // A full bar counts as completed and would be hidden while its last evaluation still runs.
            bar.Value = Math.Min(run.Fraction, 0.999);
            DetailsColumn.SetText(bar, run.Summary());
        }

        sweep.MaxValue = view.FlopsTotal; // a tune's sweep grows
        sweep.Value = Math.Min(view.FlopsDone, view.FlopsTotal * 0.999);
        var remaining = view.Remaining is { } left ? $", {Quantity.Duration(left)} left" : "";
        DetailsColumn.SetText(sweep, $"{view.RunsEnded}/{Quantity.Count(view.Runs, "run")}, "
            + $"{Quantity.Duration(view.Elapsed)}{remaining}");
        context.Refresh();
    }

    private sealed class EventListener(SweepTracker view, ConcurrentQueue<string> said) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value)
        {
            view.Apply(value);

            // Starts are seen as bars; ends and troubles stay on the screen above them.
            if (value is not SweepProgress.Started
                && ProgressLines.Format((run, _) => view.Label(run), value) is { } line) said.Enqueue(line);
        }
    }

    /// <summary>What was last said of a bar.</summary>
    private sealed class DetailsColumn : ProgressColumn
    {
        private const string Key = "facts";

        protected override bool NoWrap => true;

        public static void SetText(ProgressTask bar, string text) =>
            bar.State.Update<Details>(Key, _ => new Details(text));

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.State.Get<Details>(Key).Text ?? "");

        private readonly record struct Details(string? Text);
    }
}
