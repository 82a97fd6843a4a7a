using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;
using ScalingLab.Store.Records;
using static ScalingLab.Scheduling.Tests.PlanViews;

namespace ScalingLab.Scheduling.Tests;

/// <summary>When runs are predicted to begin and to end.</summary>
public sealed class Simulations
{
    private const double FlopsPerSecond = 10;

    [Fact]
    public void One_slot_takes_the_longest_first_and_one_after_the_other()
    {
        var foreseen = Of([Run("short", 20), Run("long", 60), Run("middle", 40)], Node("n"));
        Assert.Equal(["long 0-6 n/cpu", "middle 6-10 n/cpu", "short 10-12 n/cpu"], Lines(foreseen));
    }

    [Fact]
    public void A_queue_that_nobody_serves_has_the_same_ends_without_a_look_at_its_runs()
    {
        using var sweep = new DummySweep(runs: 3);
        sweep.Ledger.PutSweep(new Sweep("paused", null, [DummySweep.Cell(7, 4)]));
        sweep.Ledger.PutSweep(new Sweep("yielded", null, [DummySweep.Cell(8, 4)]));
        sweep.Ledger.PutSweep(new Sweep("later", null, [DummySweep.Cell(9, 4)]));
        sweep.Ledger.PutSweep(new Sweep("cancelled", null, [DummySweep.Cell(10, 4)]));
        sweep.Ledger.Pause("paused");
        sweep.Ledger.Yield("yielded");
        sweep.Ledger.Yield("later", until: sweep.Ledger.Now.AddHours(1));
        sweep.Ledger.Cancel("cancelled");
        var played = QueueForecast.Read(sweep.Ledger).Sweeps;
        Assert.Equal(["dummies", "later", "paused", "yielded"], played.Keys.Order());
        Assert.Equal(
            played.OrderBy(s => s.Key),
            QueueForecast.Unserved(sweep.Ledger.Now, sweep.Ledger.Sweeps()).Sweeps.OrderBy(s => s.Key));
    }

    [Fact]
    public void Two_slots_are_filled_together_and_what_a_run_takes_beside_its_steps_counts()
    {
        Assert.Equal(
            ["a 0-6 n/cpu", "b 0-4 n/cpu", "c 4-7 n/cpu"],
                Lines(Of([Run("a", 60), Run("b", 40), Run("c", 30)], Node("n", slots: 2))));
        Assert.Equal(
            ["a 0-8 n/cpu", "b 0-6 n/cpu", "c 6-11 n/cpu"],
                Lines(Of([Run("a", 60), Run("b", 40), Run("c", 30)], Node("n", slots: 2, beside: 2))));
    }

    [Fact]
    public void Each_node_goes_at_its_own_speed_and_a_node_of_one_sweep_runs_no_other()
    {
        var own = Node("own", speed: 40) with { Serves = sweep => sweep == "t" };
        Assert.Equal(
            ["a 0-6 n/cpu", "b 0-2 own/cpu"],
                Lines(Of([Run("a", 60), Run("b", 80) with { Sweep = "t", Priority = -1 }], Node("n"), own)));
    }

    [Fact]
    public void What_runs_goes_on_from_where_its_curve_is()
    {
        var running = Run("r", 100) with { State = RunState.Running, Node = "n", Device = "cpu", LeaseUntil = At(9),
            Began = At(-5), Checkpoint = 1 };
        var queue = new QueueView(Now, [running, Run("next", 10)],
            [Node("n")]) { StepsDone = new Dictionary<RunId, long> { [new("r")] = 8 } };
        Assert.Equal(["r -5-2 n/cpu", "next 2-3 n/cpu"], Lines(Simulation.Run(queue, Retries)));

        // Before its first word it is as far as its time tells; and never ends in the past.
        Assert.Equal(["r -5-5 n/cpu"], Lines(Of([running with { Checkpoint = 0 }], Node("n"))));
        Assert.Equal(["r -50-0 n/cpu"], Lines(Of([running with { Checkpoint = 0, Began = At(-50) }], Node("n"))));
    }

    [Fact]
    public void A_run_whose_node_is_missed_begins_again_from_its_checkpoint_when_its_lease_is_over()
    {
        var running = Run("r", 100) with { State = RunState.Running, Node = "gone", Device = "cpu", LeaseUntil = At(4),
            Checkpoint = 5 };
        Assert.Equal(["r 4-9 n/cpu"], Lines(Of([running], Node("n"))));
    }

    [Fact]
    public void A_window_that_closes_interrupts_and_the_run_goes_on_when_it_opens()
    {
        // Noon; open from 13 to 14 and from 15 to 16. The run takes one hour and a half.
        const string window = "13:00-14:00, 15:00-16:00";
        Assert.Equal(["r 3600-12600 n/cpu"],
            Lines(Of([Run("r", 54_000) with { Steps = 30, Window = window }], Node("n"))));
    }

    [Fact]
    public void Who_yields_goes_on_later_and_a_back_off_is_waited_out()
    {
        Assert.Equal(["r 60-70 n/cpu"], Lines(Of([Run("r", 100) with { YieldedUntil = At(60) }], Node("n"))));
        Assert.Equal(["r 60-70 n/cpu"],
            Lines(Of([Run("r", 100)], Node("n") with { View = View(1) with { YieldedUntil = At(60) } })));
        Assert.Equal(["b 0-1 n/cpu", "a 30-32 n/cpu"],
            Lines(Of([Run("a", 20) with { NotBefore = At(30) }, Run("b", 10)], Node("n"))));
    }

    [Fact]
    public void The_ends_that_nobody_can_tell_say_why()
    {
        Assert.Equal(UnknownEnd.NoNode, Why(Run("r", 1)));
        Assert.Equal(UnknownEnd.NoNode, Why(Run("r", 1), Node("n") with { Serves = _ => false }));
        Assert.Equal(UnknownEnd.NoDevice, Why(Run("r", 1) with { DeviceClass = "cuda" }, Node("n")));
        Assert.Equal(UnknownEnd.NoSpeed, Why(Run("r", 1), Node("n", speed: null)));
        Assert.Equal(UnknownEnd.Paused, Why(Run("r", 1) with { Paused = true }, Node("n")));
        Assert.Equal(UnknownEnd.Yielded, Why(Run("r", 1) with { YieldedUntil = Ledger.UntilResumed }, Node("n")));
        Assert.Equal(UnknownEnd.Yielded,
            Why(Run("r", 1), Node("n") with { View = View(1) with { YieldedUntil = Ledger.UntilResumed } }));
        Assert.Equal(UnknownEnd.Deadline, Why(Run("r", 100) with { Deadline = At(9) }, Node("n")));
        Assert.Null(Why(Run("r", 100) with { Deadline = At(10) }, Node("n")));
        Assert.Equal(UnknownEnd.Cluster, Why(Run("r", 1) with { Submission = new Submission("job", Now) }, Node("n")));
        Assert.Equal(UnknownEnd.Cluster, Why(Run("r", 1), Node("slurm") with { View = new NodeView([]) }));
        var forEver = Run("for ever", FlopsPerSecond * TimeSpan.FromDays(61).TotalSeconds);
        Assert.Equal([null, UnknownEnd.TooFar], Of([forEver, Run("r", 1)], Node("n")).Select(f => f.Why));

        // Behind a run of unknown speed nobody knows anything.
        var first = Run("first", 1) with { Priority = 1, Workload = "unknown" };
        Assert.All(Of([first, Run("second", 1)], Node("n")), f => Assert.Equal(UnknownEnd.NoSpeed, f.Why));
    }

    [Fact]
    public void A_branch_waits_until_the_trunk_is_where_it_leaves_and_then_needs_its_own_part_alone()
    {
        QueuedRun Branch(string name, double flops, long steps) =>
            Run(name, flops) with { Steps = steps, Trunk = "t", TrunkSteps = steps * 8 / 10 };
        var foreseen = Of([Branch("long", 1000, 100), Branch("short", 100, 10)], Node("n", slots: 2));
        Assert.Equal(["long 0-100 n/cpu", "short 8-10 n/cpu"], Lines(foreseen));
        var trained = new QueueView(Now, [Branch("short", 100, 10)],
            [Node("n")]) { TrunksTrained = new Dictionary<string, long> { ["t"] = 80 } };
        Assert.Equal(["short 0-2 n/cpu"], Lines(Simulation.Run(trained, Retries)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void It_begins_what_the_plan_begins_when_the_plan_begins_it(int seed)
    {
        var random = new Random(seed);
        QueuedRun[] runs = [.. Enumerable.Range(0, 60).Select(i => Run($"r{i:00}", random.Next(1, 400)) with
        {
            Position = i, Sweep = random.Next(2) == 0 ? "s" : "t", Priority = random.Next(3),
                Threads = random.Next(1, 3),
            Deadline = random.Next(4) == 0 ? At(random.Next(20, 200)) : null, Paused = random.Next(12) == 0,
            NotBefore = random.Next(6) == 0 ? At(random.Next(1, 60)) : null, DeviceClass = random.Next(3) == 0 ? "cuda"
                : null,
        })];
        var node = Node(
            "n") with { View = new NodeView([new NodeDevice("cpu", 3) { Threads = 4 }, new NodeDevice("cuda:0", 1)]) };
        var played = Played(runs, node);
        Assert.InRange(played.Count, 10, 60);
        Assert.Equal(played.Order(StringComparer.Ordinal), Lines(Of(runs, node)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Ten_thousand_runs_on_eight_nodes_all_end()
    {
        QueuedRun[] runs = [.. Enumerable.Range(0, 10_000)
            .Select(i => Run($"r{i}", 1 + (i % 97)) with { Position = i })];
        var foreseen = Of(runs, [.. Enumerable.Range(0, 8).Select(n => Node($"n{n}", slots: 4))]);
        Assert.All(foreseen, f => Assert.NotNull(f.Ends));
        var work = runs.Sum(r => r.Flops) / FlopsPerSecond / 32;
        Assert.InRange((foreseen.Max(f => f.Ends)!.Value - Now).TotalSeconds, work, work + 9.7);
    }

    /// <summary>The same by the whole plan, made anew at each moment at which anything may change.</summary>
    private static List<string> Played(IReadOnlyList<QueuedRun> queue, ForecastNode node)
    {
        var rows = queue.ToDictionary(q => q.Run);
        var running = new Dictionary<RunId, (string Device, DateTimeOffset Began, DateTimeOffset Ends)>();
        var lines = new List<string>();
        for (DateTimeOffset? now = Now; now is { } at; now = running.Values.Select(r => (DateTimeOffset?)r.Ends)
            .Concat(rows.Values.SelectMany(q => new[] { q.NotBefore, q.Deadline })).Where(t => t > at).Min())
        {
            foreach (var (run, held) in running.Where(r => r.Value.Ends <= at).ToList())
            {
                lines.Add(Line(run, held.Began, held.Ends, "n", held.Device));
                running.Remove(run);
                rows.Remove(run);
            }
            var views = rows.Values.Select(q =>
                node.Sees(q) with { DeviceHere = running.TryGetValue(q.Run, out var held) ? held.Device : null })
                .ToList();
            foreach (var action in Dispatch.Plan(at, views, node.View, Retries))
            {
                if (action is DispatchAction.Yield yield)
                {
                    rows.Remove(yield.Run.Run); // its deadline is over
                    running.Remove(yield.Run.Run);
                }
                if (action is not DispatchAction.Start start) continue;
                rows[start.Run.Run] = start.Run with { State = RunState.Running };
                running[start.Run.Run] = (start.Device, at, at.AddSeconds(start.Run.Flops / FlopsPerSecond));
            }
        }
        return lines;
    }

    private static IReadOnlyList<PredictedRun> Of(IReadOnlyList<QueuedRun> runs, params ForecastNode[] nodes) =>
        Simulation.Run(new QueueView(Now, runs, nodes), Retries);

    private static UnknownEnd? Why(QueuedRun run, params ForecastNode[] nodes) => Of([run], nodes).Single().Why;

    private static IEnumerable<string> Lines(IEnumerable<PredictedRun> foreseen) =>
        foreseen.Where(f => f.Ends is not null)
        .OrderBy(f => f.Begins).ThenBy(f => f.Run.Value, StringComparer.Ordinal)
            .Select(f => Line(f.Run, f.Begins!.Value, f.Ends!.Value, f.Node, f.Device));

    private static string Line(RunId run, DateTimeOffset begins, DateTimeOffset ends, string? node, string? device) =>
        FormattableString.Invariant(
            $"{run} {(begins - Now).TotalSeconds:0.###}-{(ends - Now).TotalSeconds:0.###} {node}/{device}");

    private static DateTimeOffset At(double seconds) => Now.AddSeconds(seconds);

    private static QueuedRun Run(string name, double flops) => new()
    {
        Run = new RunId(name), Sweep = "s", Position = 0, Model = "m", Flops = flops, Tokens = 1, Steps = 10,
            Workload = "kin", State = RunState.Pending,
    };

    private static NodeView View(int slots) => new([new NodeDevice("cpu", slots)]);

    private static ForecastNode Node(string name, int slots = 1, double? speed = FlopsPerSecond, double beside = 0) =>
        new(name, View(slots), run => new RunView(run)
    {
        Window = run.Window is { } text ? TimeWindow.Parse(text) : null,
        Needs = new[] { "cpu", "cuda" }.ToDictionary(c => c, _ =>
            new RunNeeds(null, run.Workload == "unknown" ? null : speed) { OverheadSeconds = beside }),
        Threads = run.Threads ?? 1,
    });
}
