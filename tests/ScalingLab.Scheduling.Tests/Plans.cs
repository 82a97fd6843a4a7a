using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;
using ScalingLab.Store.Records;
using static ScalingLab.Scheduling.Tests.PlanViews;

namespace ScalingLab.Scheduling.Tests;

/// <summary>What starts, in which order, and what is taken back.</summary>
public sealed class Plans
{
    [Fact]
    public void Runs_start_longest_first_then_in_the_grids_order_as_many_as_slots_are_free()
    {
        RunView[] runs = [Pending("a", 0, 1), Pending("b", 1, 5), Pending("c", 2, 5), Pending("d", 3, 2)];
        Assert.Equal(["b", "c", "d"], Started(Plan(runs, slots: 3)));
        Assert.Empty(Plan([.. runs, Here("e"), Here("f")], slots: 2));
        Assert.Empty(Plan([.. runs, Here("e"), Here("f")], slots: 1));
    }

    [Fact]
    public void The_longest_run_is_the_one_that_will_take_longest_whatever_its_sweep_not_the_one_of_most_flops()
    {
        RunView[] runs =
        [
            Pending("a", 0, 8).Needing(0, "cpu", flopsPerSecond: 4), Pending("b", 1, 6, q => q with { Sweep = "t" })
                .Needing(0, "cpu", flopsPerSecond: 2),
            Pending("c", 2, 4, q => q with { Steps = 4, Checkpoint = 3 }).Needing(0, "cpu", flopsPerSecond: 0.6),
        ];
        Assert.Equal(["b", "a", "c"], Started(Plan(runs))); // 3 s, 2 s, and the last quarter of one that had taken 6.7
        // what was never measured is measured first
        Assert.Equal("d", Started(Plan([.. runs, Pending("d", 3, 1)], slots: 1)).Single());
    }

    [Fact]
    public void A_higher_priority_goes_before_a_longer_run()
    {
        RunView[] runs =
            [Pending("a", 0, 9), Pending("b", 0, 1, q => q with { Priority = 1 }),
                Pending("c", 0, 5, q => q with { Priority = -1 })];
        Assert.Equal(["b", "a", "c"], Started(Plan(runs)));
    }

    [Fact]
    public void A_run_that_waits_out_a_back_off_is_passed_over()
    {
        var waiting = Pending("a", 0, 9, q => q with { NotBefore = Now.AddSeconds(1) });
        Assert.Equal(["b"], Started(Plan([waiting, Pending("b", 1, 1)])));
        Assert.Equal(["a"], Started(Plan([waiting with { Queued = waiting.Queued with { NotBefore = Now } }])));
    }

    [Fact]
    public void A_run_that_was_handed_to_a_cluster_is_left_to_its_job() =>
        Assert.Empty(Plan([Pending("a", 0, 9, q => q with { Submission = new Submission("lab-a-1", Now) })]));

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
    public void After_an_outage_of_the_ledger_those_who_could_not_renew_get_time_to_but_a_dead_host_gets_none()
    {
        Assert.Empty(Plan([Running(lease: -60)], n => n with { LeasesCountFrom = Now.AddSeconds(1) }));
        Assert.IsType<DispatchAction.Expire>(
            Assert.Single(Plan([Running(lease: -60)], n => n with { LeasesCountFrom = Now })));
        Assert.IsType<DispatchAction.Expire>(Assert.Single(
            Plan([Running(lease: -60) with { HostIsGone = true }],
                n => n with { LeasesCountFrom = Now.AddSeconds(1) })));
    }

    [Fact]
    public void A_run_whose_host_is_gone_is_expired_at_once_but_not_while_its_worker_lives()
    {
        var gone = Running(lease: 60) with { HostIsGone = true };
        Assert.True(Assert.IsType<DispatchAction.Expire>(Assert.Single(Plan([gone]))).HostIsGone);
        Assert.IsType<DispatchAction.StopWorker>(Assert.Single(Plan([gone with { WorkerIsAlive = true }])));
        Assert.IsType<DispatchAction.StopWorker>(
            Assert.Single(Plan([Running(lease: 0) with { WorkerIsAlive = true }])));
    }

    [Fact]
    public void A_worker_whose_host_has_been_dead_for_a_lease_had_its_time_to_stop_by_itself()
    {
        Assert.False(HadItsTime(Running(lease: 1) with { HostIsGone = true }));
        Assert.True(HadItsTime(Running(lease: 0) with { HostIsGone = true }));
        // its host stands still, or cannot reach the ledger: nobody has asked the worker yet
        Assert.False(HadItsTime(Running(lease: 0)));

        static bool HadItsTime(RunView run) =>
            Assert.IsType<DispatchAction.StopWorker>(
                Assert.Single(Plan([run with { WorkerIsAlive = true }]))).HadItsTime;
    }

    [Fact]
    public void What_is_supervised_here_is_left_to_its_supervisor()
    {
        Assert.Empty(Plan([Running(lease: -60) with { DeviceHere = "cpu" }]));
        Assert.Empty(Plan([Pending("a", 0, 1) with { DeviceHere = "cpu" }]));
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
        Assert.Equal(["c"], Started(Plan([runs[0] with { DeviceHere = "cpu" }, runs[1], runs[2]])));
        Assert.Equal(["c", "b"], Started(Plan([runs[1], runs[2]])));

        static RunView Suspect(string run, int position) =>
            Pending(run, position, 9, q => q with { ChargedAttempts = 2, Failure = FailureKind.LeaseExpired });
    }

    [Fact]
    public void A_run_whose_hosts_died_is_quarantined_unless_as_many_died_without_it_and_then_after_as_many_again()
    {
        Assert.Equal(RunEvent.AttemptsUsedUp, AfterDeaths(losses: 2, without: 0));
        Assert.Equal(RunEvent.AttemptsUsedUp, AfterDeaths(losses: 2, without: 2));
        Assert.Equal(RunEvent.AttemptLost, AfterDeaths(losses: 2, without: 3));
        Assert.Equal(RunEvent.AttemptsUsedUp, AfterDeaths(losses: 3, without: 3));
        Assert.Equal(RunEvent.AttemptsUsedUp, AfterDeaths(losses: 5, without: 99));
        Assert.Equal(RunEvent.AttemptsUsedUp,
            Retries.After(FailureKind.Crashed, "", losses: 2, hostsLostWithout: 99).Happened);

        static RunEvent AfterDeaths(int losses, int without)
        {
            var running = Running(lease: 60);
            var gone =
                running with
                { Queued = running.Queued with { ChargedAttempts = losses }, HostIsGone = true,
                    HostsLostWithout = without };
            return Assert.IsType<DispatchAction.Expire>(Assert.Single(Plan([gone]))).Loss.Happened;
        }
    }

    [Fact]
    public void It_is_finished_when_every_run_has_ended_or_when_only_a_person_can_let_the_rest_go_on_and_nothing_runs()
    {
        Assert.IsType<DispatchAction.Finish>(Assert.Single(Plan([])));
        Assert.Contains(new DispatchAction.Finish(), Plan([Pending("a", 0, 1, Paused)]));
        Assert.Contains(new DispatchAction.Finish(),
            Plan([Pending("a", 0, 1, q => q with { YieldedUntil = Ledger.UntilResumed })]));
        Assert.Contains(new DispatchAction.Finish(), Plan([Pending("a", 0, 1, q => q with { Deadline = Now })]));
        Assert.Contains(new DispatchAction.Finish(), Plan([Pending("a", 0, 1, q => q with { DeviceClass = "cuda" })]));
        Assert.DoesNotContain(new DispatchAction.Finish(), Plan([Pending("a", 0, 1, Paused), Running(lease: 9)]));
        Assert.DoesNotContain(new DispatchAction.Finish(),
            Plan([Pending("a", 0, 1, Paused), Pending("b", 0, 1)], slots: 1));
        Assert.DoesNotContain(new DispatchAction.Finish(),
            Plan([Pending("a", 0, 1, q => q with { YieldedUntil = Now.AddHours(1) })]));
        Assert.DoesNotContain(new DispatchAction.Finish(),
            Plan([Pending("a", 0, 1) with { Window = TimeWindow.Never }]));

        static QueuedRun Paused(QueuedRun run) => run with { Paused = true };
    }

    [Fact]
    public void A_node_that_leaves_to_others_what_they_hold_is_finished_beside_them()
    {
        Assert.Contains(new DispatchAction.Finish(), Beside(Running(lease: 9)));
        Assert.Contains(
            new DispatchAction.Finish(),
            Beside(Running(lease: 9), Pending("a", 0, 1, q => q with { Submission = new Submission("lab-a-1", Now) })));
        Assert.DoesNotContain(new DispatchAction.Finish(), Beside(Running(lease: 9), Here("e")));
        Assert.DoesNotContain(new DispatchAction.Finish(), Beside(Running(lease: 9) with { HostIsGone = true }));
        Assert.DoesNotContain(new DispatchAction.Finish(),
            Beside(Pending("a", 0, 1, q => q with { NotBefore = Now.AddSeconds(9) })));

        static IReadOnlyList<DispatchAction> Beside(params RunView[] runs) =>
            Plan(runs, n => n with { IgnoresRunsHeldElsewhere = true });
    }

    [Fact]
    public void A_plan_holds_until_the_first_moment_at_which_time_alone_changes_it()
    {
        Assert.Null(After(Pending("a", 0, 1), Here("e")));
        Assert.Equal(9, After(Running(lease: 9)));
        Assert.Null(After(Running(lease: 9) with { DeviceHere = "cpu" })); // renewed by this process itself
        Assert.Equal(2,
            After(Pending("a", 0, 1, q => q with { NotBefore = Now.AddSeconds(2) }), Running(lease: 9),
                Running(lease: -1)));
        Assert.Equal(60, After(Pending("a", 0, 1) with { WindowChanges = Now.AddMinutes(1) }));
        Assert.Equal(3, After(Pending("a", 0, 1, q => q with { YieldedUntil = Now.AddSeconds(3) })));
        Assert.Equal(100, After(Pending("a", 0, 9, q => q with { Deadline = Now.AddSeconds(100) })));
        Assert.Equal(97,
            After(Pending("a", 0, 9, q => q with { Deadline = Now.AddSeconds(100) }).Needing(0, "cpu",
                flopsPerSecond: 3)));

        static double? After(params RunView[] runs) =>
            (NextChange.After(Now, runs, new NodeView([new NodeDevice("cpu", 9)])) - Now)?.TotalSeconds;
    }

    [Theory]
    [InlineData(FailureKind.Configuration, RunEvent.FailedForGood, RunEvent.FailedForGood)]
    [InlineData(FailureKind.Data, RunEvent.FailedForGood, RunEvent.FailedForGood)]
    [InlineData(FailureKind.Diverged, RunEvent.FailedForGood, RunEvent.FailedForGood)]
    [InlineData(FailureKind.Environment, RunEvent.AttemptLost, RunEvent.AttemptsUsedUp)]
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
    public void Out_of_memory_is_not_charged_while_the_micro_batch_can_be_halved()
    {
        var loss = Retries.After(FailureKind.OutOfMemory, "", losses: 9, halves: true);
        Assert.Equal((RunEvent.AttemptLost, false), (loss.Happened, loss.Charged));
        Assert.Equal(RunEvent.AttemptsUsedUp, Retries.After(FailureKind.Crashed, "", losses: 9, halves: true).Happened);
    }

    [Fact]
    public void Every_class_of_failure_has_a_meaning() =>
        Assert.All(Enum.GetValues<FailureKind>(), kind => Assert.Equal(kind, Retries.After(kind, "", 0).Kind));

    [Fact]
    public void The_wait_doubles_up_to_its_bound_and_a_stop_that_was_asked_for_waits_not_at_all()
    {
        var many = new RetryPolicy(100);
        Assert.Equal([1, 2, 4, 60],
            new[] { 0, 1, 2, 50 }.Select(n => many.After(FailureKind.Crashed, "", n).BackOff.TotalSeconds));
        Assert.Equal([10, 20, 40, 60],
            new[] { 0, 1, 2, 50 }.Select(n => many.After(FailureKind.Environment, "", n).BackOff.TotalSeconds));
        Assert.Equal(TimeSpan.Zero, many.After(FailureKind.Interrupted, "", 0, askedToStop: true).BackOff);
        Assert.Equal(many.BackOff, many.After(FailureKind.Interrupted, "", 0).BackOff);
    }
}
