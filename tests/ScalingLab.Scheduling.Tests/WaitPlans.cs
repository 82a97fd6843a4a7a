using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;
using static ScalingLab.Scheduling.Tests.PlanViews;

namespace ScalingLab.Scheduling.Tests;

/// <summary>What waits and why, and what runs but must stop for now: pause, yield, window, deadline, disk.</summary>
public sealed class WaitPlans
{
    private static readonly TimeWindow Nights = TimeWindow.Parse("20:00-08:00");
    private static readonly TimeWindow Days = TimeWindow.Parse("08:00-20:00");

    [Fact]
    public void A_paused_sweep_starts_nothing_and_what_runs_goes_on()
    {
        var plan = Plan([Pending("a", 0, 1, Paused), Here("b", change: Paused), Pending("c", 0, 1)]);
        Assert.Equal(["c"], Started(plan));
        Assert.Empty(Yielded(plan));
        Assert.Equal([new DispatchAction.Wait("s", WaitReason.Paused, 1)], plan.OfType<DispatchAction.Wait>());

        static QueuedRun Paused(QueuedRun run) => run with { Paused = true };
    }

    [Fact]
    public void Outside_its_window_a_sweep_starts_nothing_and_what_runs_is_asked_to_stop_inside_it_goes_on()
    {
        var shut = Plan([Pending("a", 0, 1) with { Window = Nights }, Here("b") with { Window = Nights }]);
        Assert.Empty(Started(shut));
        Assert.Equal([WaitReason.WindowClosed], Waiting(shut));
        Assert.Equal([("b", WaitReason.WindowClosed)], Yielded(shut));

        var open = Plan([Pending("a", 0, 1) with { Window = Days }, Here("b") with { Window = Days }]);
        Assert.Equal(["a"], Started(open));
        Assert.Empty(Yielded(open));
    }

    [Fact]
    public void Runs_whose_data_the_node_was_found_to_lack_wait_with_that_reason_until_it_looks_again_and_others_start()
    {
        var lacking = Pending("a", 0, 9, q => q with { Sweep = "t" }) with { LacksDataUntil = Now.AddSeconds(1) };
        var plan = Plan([lacking, Pending("b", 1, 1)]);
        Assert.Equal(["b"], Started(plan));
        Assert.Equal([new DispatchAction.Wait("t", WaitReason.LacksData, 1)], plan.OfType<DispatchAction.Wait>());
        Assert.Equal(["a"], Started(Plan([lacking with { LacksDataUntil = Now }])));
        Assert.Equal(["a"], Started(Plan([lacking with { LacksDataUntil = null }])));
    }

    [Fact]
    public void A_node_that_is_there_for_runs_whose_data_it_lacks_has_nothing_left_to_do_but_goes_on_with_what_runs()
    {
        var lacking = Pending("a", 0, 9) with { LacksDataUntil = Now.AddSeconds(1) };
        Assert.Single(Plan([lacking]).OfType<DispatchAction.Finish>());
        Assert.DoesNotContain(
            Plan([lacking, Here("b") with { LacksDataUntil = Now.AddSeconds(1) }]),
            a => a is DispatchAction.Finish or DispatchAction.Yield);
    }

    [Fact]
    public void A_person_who_paused_the_sweep_is_named_before_data_that_are_not_here() =>
        Assert.Equal(
            [WaitReason.Paused],
            Waiting(Plan(
                [Pending("a", 0, 1, q => q with { Paused = true }) with { LacksDataUntil = Now.AddSeconds(1) }])));

    [Fact]
    public void Who_was_asked_to_stop_is_not_asked_again() =>
        Assert.Empty(Plan([Here("b") with { Window = Nights, Yielding = true }]));

    [Fact]
    public void A_yield_holds_until_its_time_and_not_longer()
    {
        var yielded = Plan([Pending("a", 0, 1, Until(1)), Here("b", change: Until(1))]);
        Assert.Equal([WaitReason.Yielded], Waiting(yielded));
        Assert.Equal([("b", WaitReason.Yielded)], Yielded(yielded));

        var over = Plan([Pending("a", 0, 1, Until(0)), Here("b", change: Until(0))]);
        Assert.Equal(["a"], Started(over));
        Assert.Empty(Yielded(over));

        static Func<QueuedRun, QueuedRun> Until(double seconds) =>
            run => run with { YieldedUntil = Now.AddSeconds(seconds) };
    }

    [Fact]
    public void A_node_that_was_asked_for_its_devices_yields_all_that_it_runs()
    {
        var plan = Plan([Pending("a", 0, 1), Here("b")], n => n with { YieldedUntil = Now.AddHours(1) });
        Assert.Empty(Started(plan));
        Assert.Equal([("b", WaitReason.Yielded)], Yielded(plan));
        Assert.Equal(["a"], Started(Plan([Pending("a", 0, 1), Here("b")], n => n with { YieldedUntil = Now })));
    }

    [Fact]
    public void Nothing_is_started_that_cannot_end_by_the_deadline_at_the_speed_measured()
    {
        RunView[] runs = [By(100, "long", flops: 1000), By(100, "short", flops: 999)];
        var plan = Plan([.. runs.Select(r => r.Needing(1, "cpu", flopsPerSecond: 9.99))]);
        Assert.Equal(["short"], Started(plan));
        Assert.Equal([new DispatchAction.Wait("s", WaitReason.Deadline, 1)], plan.OfType<DispatchAction.Wait>());
    }

    [Fact]
    public void What_a_checkpoint_has_behind_it_need_not_be_trained_again_by_the_deadline()
    {
        var begun = By(100, "begun", flops: 1000, q => q with { Steps = 10, Checkpoint = 5 })
            .Needing(1, "cpu", flopsPerSecond: 5);
        Assert.Equal(["begun"], Started(Plan([begun])));
        Assert.Empty(Started(Plan([begun with { Queued = begun.Queued with { Checkpoint = 4 } }])));
    }

    [Fact]
    public void Without_a_measurement_a_run_is_started_whatever_its_deadline_and_after_it_none_is()
    {
        Assert.Equal(["a"], Started(Plan([By(1, "a", flops: 1e30)])));
        Assert.Empty(Started(Plan([By(0, "a", flops: 1)])));
    }

    [Fact]
    public void At_the_deadline_what_runs_is_asked_to_stop()
    {
        Assert.Equal([("b", WaitReason.Deadline)], Yielded(Plan([Here("b", change: q => q with { Deadline = Now })])));
        Assert.Empty(Yielded(Plan([Here("b", change: q => q with { Deadline = Now.AddSeconds(1) })])));
    }

    [Fact]
    public void A_run_that_can_end_in_time_on_one_class_only_gets_a_device_of_that_class()
    {
        var run = By(100, "a", flops: 1000).Needing(1, "cpu", flopsPerSecond: 1)
            .Needing(1, "cuda", flopsPerSecond: 1000);
        NodeDevice[] both = [new("cpu", 4), new("cuda:0", 1)];
        Assert.Equal([("a", "cuda:0")], Placed(Plan([run], n => n with { Devices = both })));
        Assert.Empty(Placed(Plan([run, Here("b", "cuda:0")], n => n with { Devices = both })));
    }

    [Fact]
    public void Nothing_is_started_while_the_disk_has_no_room_for_its_checkpoints_and_each_start_takes_its_room()
    {
        RunView[] runs =
            [Pending("a", 0, 2) with { CheckpointBytes = 60 }, Pending("b", 1, 1) with { CheckpointBytes = 50 }];
        Assert.Equal([WaitReason.DiskFull], Waiting(Plan(runs, n => n with { FreeDiskBytes = 49 })));
        Assert.Equal(["b"], Started(Plan(runs, n => n with { FreeDiskBytes = 59 })));
        Assert.Equal(["a"], Started(Plan(runs, n => n with { FreeDiskBytes = 109 })));
        Assert.Equal(["a", "b"], Started(Plan(runs, n => n with { FreeDiskBytes = 110 })));
        Assert.Equal(["a", "b"], Started(Plan(runs, n => n with { FreeDiskBytes = null })));
    }

    [Fact]
    public void A_node_whose_environment_failed_waits_then_tries_one_run_at_a_time()
    {
        RunView[] runs = [Pending("a", 0, 2), Pending("b", 1, 1)];
        Assert.Equal([WaitReason.NodeUnwell],
            Waiting(Plan(runs, n => n with { BackOffUntil = Now.AddSeconds(1), OnProbation = true })));
        Assert.Equal(["a"], Started(Plan(runs, n => n with { BackOffUntil = Now, OnProbation = true })));
        Assert.Empty(Started(Plan([.. runs, Here("c")], n => n with { BackOffUntil = Now, OnProbation = true })));
        Assert.Equal(["a", "b"], Started(Plan(runs, n => n with { BackOffUntil = Now })));
    }

    [Fact]
    public void A_node_that_stops_starts_nothing() =>
        Assert.Empty(Plan([Pending("a", 0, 1)], n => n with { Stopping = true }));

    [Fact]
    public void Every_reason_has_its_words() =>
        Assert.Equal(Enum.GetValues<WaitReason>().Length,
            Enum.GetValues<WaitReason>().Select(w => w.Describe()).Distinct().Count());

    private static RunView By(double seconds, string run, double flops, Func<QueuedRun, QueuedRun>? change = null) =>
        Pending(run, 0, flops, q => (change?.Invoke(q) ?? q) with { Deadline = Now.AddSeconds(seconds) });
}
