using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;
using static ScalingLab.Scheduling.Tests.PlanViews;

namespace ScalingLab.Scheduling.Tests;

/// <summary>
/// Runs that share their first part: the longest trains it, the others wait until it has been where they leave.
/// </summary>
public sealed class TrunkPlans
{
    [Fact]
    public void The_longest_trains_the_trunk_and_the_others_wait_for_it()
    {
        var plan = Plan([Pending("short", 0, 1, Of(10)), Pending("long", 1, 9, Of(100)), Pending("other", 2, 5)]);
        Assert.Equal(["long", "other"], Started(plan));
        Assert.Equal([new DispatchAction.Wait("s", WaitReason.Trunk, 1)], plan.OfType<DispatchAction.Wait>());
        Assert.Empty(plan.OfType<DispatchAction.Finish>());
    }

    [Fact]
    public void A_branch_starts_once_the_trunk_has_a_checkpoint_where_it_leaves()
    {
        Assert.Empty(Started(Plan([Pending("short", 0, 1, Of(10)), Here("long", change: Of(100, at: 9))])));
        Assert.Equal(["short"],
            Started(Plan(
                [Pending("short", 0, 1, Of(10)), Pending("middle", 1, 2, Of(50)),
                    Here("long", change: Of(100, at: 10))])));
    }

    [Fact]
    public void Where_nobody_trains_the_trunk_the_next_longest_does()
    {
        // The longest has ended, well or badly: it is no longer in the queue.
        Assert.Equal(["middle"], Started(Plan([Pending("short", 0, 1, Of(10)), Pending("middle", 1, 2, Of(50))])));

        // It cannot be started here.
        var gone = Pending("long", 2, 9, q => Of(100)(q) with { DeviceClass = "cuda" });
        Assert.Equal(["middle"],
            Started(Plan([Pending("short", 0, 1, Of(10)), Pending("middle", 1, 2, Of(50)), gone])));
    }

    [Fact]
    public void A_branch_under_way_goes_on_by_itself_and_other_trunks_are_no_matter()
    {
        Assert.Equal(["long", "short"],
            Started(Plan([Pending("short", 0, 1, Of(10, at: 4)), Pending("long", 1, 9, Of(100))])));
        Assert.Equal(["long", "short"],
            Started(Plan(
                [Pending("short", 0, 1, q => Of(10)(q) with { Trunk = "u" }), Pending("long", 1, 9, Of(100))])));
        Assert.Equal(["long", "short"],
            Started(Plan(
                [Pending("short", 0, 1, q => Of(10)(q) with { Sweep = "t" }), Pending("long", 1, 9, Of(100))])));
    }

    [Fact]
    public void Of_two_that_leave_at_the_same_step_one_waits_for_the_other() =>
        Assert.Equal(["first"], Started(Plan([Pending("first", 0, 1, Of(10)), Pending("second", 1, 1, Of(10))])));

    private static Func<QueuedRun, QueuedRun> Of(long steps, long at = 0) =>
        run => run with { Trunk = "t", TrunkSteps = steps, Checkpoint = at };
}
