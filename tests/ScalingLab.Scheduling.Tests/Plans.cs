using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling.Tests;

public sealed class Plans
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RetryPolicy Retries = new();

    [Fact]
    public void Runs_start_longest_first_then_in_the_grids_order_as_many_as_slots_are_free()
    {
        RunView[] runs = [Pending("a", 0, 1), Pending("b", 1, 5), Pending("c", 2, 5), Pending("d", 3, 2)];
        Assert.Equal(["b", "c", "d"], Started(Plan(runs, slots: 3)));
        Assert.Empty(Plan(runs, slots: 0));
        Assert.Empty(Plan(runs, slots: -1));
    }

    [Fact]
    public void A_run_that_waits_out_a_back_off_is_passed_over()
    {
        var waiting = Pending("a", 0, 9);
        waiting = waiting with { Queued = waiting.Queued with { NotBefore = Now.AddSeconds(1) } };
        Assert.Equal(["b"], Started(Plan([waiting, Pending("b", 1, 1)])));
        var over = waiting with { Queued = waiting.Queued with { NotBefore = Now } };
        Assert.Equal(["a"], Started(Plan([over])));
    }

    [Fact]
    public void A_lease_that_ended_is_expired_one_that_runs_is_not_and_the_cap_quarantines()
    {
        Assert.Empty(Plan([Running(lease: 1)]));
        var expired = Assert.IsType<DispatchAction.Expire>(Assert.Single(Plan([Running(lease: 0)])));
        Assert.Equal((RunEvent.AttemptLost, false), (expired.Loss.Happened, expired.HostIsGone));
        var last = Assert.IsType<DispatchAction.Expire>(Assert.Single(Plan([Running(lease: 0, losses: 2)])));
        Assert.Equal(RunEvent.AttemptsUsedUp, last.Loss.Happened);
    }

    [Fact]
    public void A_run_whose_host_is_gone_is_expired_at_once_but_not_while_its_worker_lives()
    {
        var gone = Running(lease: 60) with { HostIsGone = true };
        Assert.True(Assert.IsType<DispatchAction.Expire>(Assert.Single(Plan([gone]))).HostIsGone);
        Assert.IsType<DispatchAction.StopWorker>(Assert.Single(Plan([gone with { WorkerIsAlive = true }])));
        Assert.IsType<DispatchAction.StopWorker>(Assert.Single(Plan([Running(lease: 0) with { WorkerIsAlive = true }])));
    }

    [Fact]
    public void What_is_supervised_here_is_left_to_its_supervisor()
    {
        Assert.Empty(Plan([Running(lease: -60) with { SupervisedHere = true }]));
        Assert.Empty(Plan([Pending("a", 0, 1) with { SupervisedHere = true }]));
    }

    [Fact]
    public void A_pending_run_whose_last_worker_still_lives_waits_for_its_end()
    {
        var stopping = Pending("a", 0, 1) with { WorkerIsAlive = true };
        Assert.Empty(Plan([stopping]));
        Assert.IsType<DispatchAction.StopWorker>(Assert.Single(Plan([stopping with { HostIsGone = true }])));
    }

    [Fact]
    public void Runs_on_their_last_chance_after_their_hosts_died_start_last_and_one_at_a_time()
    {
        RunView[] runs = [Suspect("a", 0), Suspect("b", 1), Pending("c", 2, 1)];
        Assert.Equal(["c", "a"], Started(Plan(runs)));
        Assert.Equal(["c"], Started(Plan([runs[0] with { SupervisedHere = true }, runs[1], runs[2]])));
        Assert.Equal(["c", "b"], Started(Plan([runs[1], runs[2]])));

        static RunView Suspect(string run, int position)
        {
            var view = Pending(run, position, 9);
            return view with { Queued = view.Queued with { Losses = 2, Failure = FailureKind.LeaseExpired } };
        }
    }

    [Fact]
    public void A_sweep_is_finished_when_every_run_has_ended_or_when_it_is_paused_and_nothing_runs()
    {
        Assert.IsType<DispatchAction.Finish>(Assert.Single(Plan([])));
        Assert.IsType<DispatchAction.Finish>(Assert.Single(Plan([Pending("a", 0, 1)], paused: true)));
        Assert.Empty(Plan([Pending("a", 0, 1), Running(lease: 9)], paused: true));
    }

    [Theory]
    [InlineData(FailureKind.Configuration, RunEvent.FailedForGood, RunEvent.FailedForGood)]
    [InlineData(FailureKind.Data, RunEvent.FailedForGood, RunEvent.FailedForGood)]
    [InlineData(FailureKind.Environment, RunEvent.FailedForGood, RunEvent.FailedForGood)]
    [InlineData(FailureKind.Diverged, RunEvent.FailedForGood, RunEvent.FailedForGood)]
    [InlineData(FailureKind.Crashed, RunEvent.AttemptLost, RunEvent.AttemptsUsedUp)]
    [InlineData(FailureKind.OutOfMemory, RunEvent.AttemptLost, RunEvent.AttemptsUsedUp)]
    [InlineData(FailureKind.LeaseExpired, RunEvent.AttemptLost, RunEvent.AttemptsUsedUp)]
    [InlineData(FailureKind.Interrupted, RunEvent.Yielded, RunEvent.Yielded)]
    public void The_class_of_failure_decides_what_it_means(FailureKind kind, RunEvent atFirst, RunEvent atTheCap)
    {
        Assert.Equal(atFirst, Retries.After(kind, "", losses: 0).Happened);
        Assert.Equal(atFirst, Retries.After(kind, "", losses: 1).Happened);
        Assert.Equal(atTheCap, Retries.After(kind, "", losses: 2).Happened);
    }

    [Fact]
    public void The_wait_doubles_up_to_its_bound_and_a_stop_that_was_asked_for_waits_not_at_all()
    {
        var many = new RetryPolicy(100);
        Assert.Equal([1, 2, 4, 60], new[] { 0, 1, 2, 50 }.Select(n => many.After(FailureKind.Crashed, "", n).BackOff.TotalSeconds));
        Assert.Equal(TimeSpan.Zero, many.After(FailureKind.Interrupted, "", 0, askedToStop: true).BackOff);
        Assert.Equal(many.BackOff, many.After(FailureKind.Interrupted, "", 0).BackOff);
    }

    private static IReadOnlyList<DispatchAction> Plan(RunView[] runs, int slots = 9, bool paused = false) =>
        Dispatch.Plan(Now, runs, slots, paused, Retries);

    private static IEnumerable<string> Started(IEnumerable<DispatchAction> plan) =>
        plan.Cast<DispatchAction.Start>().Select(s => s.Run.Run.Value);

    private static RunView Pending(string run, int position, double flops) => new(new QueuedRun
    {
        Run = new RunId(run), Position = position, Model = "m", Flops = flops, State = RunState.Pending,
    });

    private static RunView Running(double lease, int losses = 0) => new(new QueuedRun
    {
        Run = new RunId("r"), Position = 0, Model = "m", Flops = 1, State = RunState.Running, Losses = losses, Fence = 1, Node = "n",
        LeaseUntil = Now.AddSeconds(lease),
    });
}
