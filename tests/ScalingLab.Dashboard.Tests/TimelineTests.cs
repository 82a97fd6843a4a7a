using ScalingLab.Dashboard.Summaries;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Tests;

/// <summary>Attempts and what is predicted, laid out on slots.</summary>
public sealed class TimelineTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 20, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_was_predicted_a_while_ago_is_drawn_as_things_stand_now()
    {
        // Played 30 s ago for one slot; since then run 1 has ended, run 2 runs, and run 3 should have begun.
        var forecast = new QueueForecast(Now.AddSeconds(-30), new[]
        {
            Foreseen(1, -20, -15), Foreseen(2, -15, -10), Foreseen(3, -10, -5), Foreseen(4, -5, 25),
        }.ToDictionary(f => f.Run), new Dictionary<string, SweepEnd>());
        TimedAttempt[] attempts = [Attempt(2, -4, null), Attempt(1, -20, -5)];

        var timeline = Lay(attempts, forecast);
        Assert.Equal(["n/cpu/0"], timeline.Lanes.Select(l => l.Key));
        Assert.Equal(
            ["1 Completed -20 -5", "2 Running -4 0", "3 Waiting 0 5", "4 Waiting 5 35"],
            timeline.Bars.Select(b => FormattableString.Invariant(
                $"{b.Label.Split('x')[0]} {b.State} {Seconds(b.Began)} {Seconds(b.Ended)}")));
        Assert.Equal((2, 0), (timeline.Waiting, timeline.More));
    }

    [Fact]
    public void A_run_that_is_tried_again_after_it_had_ended_is_predicted()
    {
        var forecast = new QueueForecast(Now, new[] { Foreseen(1, 10, 20) }.ToDictionary(f => f.Run),
            new Dictionary<string, SweepEnd>());
        var timeline = Lay([Attempt(1, -20, -10)], forecast);
        Assert.Equal([BarState.Completed, BarState.Waiting], timeline.Bars.Select(b => b.State));
    }

    private static Timeline Lay(TimedAttempt[] attempts, QueueForecast forecast)
    {
        var node = new Node("n", new ProcessIdentity("machine", 1, "now"), [new NodeDevice("cpu", 1)]);
        var status = new NodeStatus(node, Now, Now, Now.AddSeconds(10), TimeSpan.Zero, null);
        var recent = new RecentAttempts(attempts, attempts.Length);
        return Timeline.Build(Now, TimeSpan.FromHours(1), recent, forecast, [status],
            runs => runs.ToDictionary(run => run,
                run => ("s", Enumerable.Range(1, 9).Select(TinyCell.Create).Single(c => c.Spec.Id == run))));
    }

    private static PredictedRun Foreseen(int size, int begins, int ends) => new(TinyCell.Create(size).Spec.Id)
    {
        Begins = Now.AddSeconds(begins), Ends = Now.AddSeconds(ends), Node = "n", Device = "cpu",
    };

    private static TimedAttempt Attempt(int size, int began, int? ended) => new("s", TinyCell.Create(size),
        new AttemptRecord
        {
            Run = TinyCell.Create(size).Spec.Id, Number = 1, Fence = 1, Node = "n", Device = "cpu",
            Began = Now.AddSeconds(began), Ended = ended is { } at ? Now.AddSeconds(at) : null,
            Outcome = ended is null ? null : RunEvent.Finished,
        });

    private static double Seconds(DateTimeOffset at) => (at - Now).TotalSeconds;
}
