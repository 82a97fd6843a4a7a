using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

public sealed class SlurmPlans
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly SlurmOptions Options =
        new("/state", ["lab"], new Dictionary<string, string>()) { Grace = TimeSpan.FromSeconds(60) };

    [Fact]
    public void Runs_of_one_sweep_that_need_the_same_go_together_longest_first_and_higher_priority_before_all()
    {
        var submitted = Batches(Plan([
            Pending("a", 1), Pending("b", 3), Pending("c", 2, "other"),
            Pending("d", 9) with { DeviceClass = "cuda" }, Pending("e", 1, "urgent") with { Priority = 5 }]));
        Assert.Equal(["e", "d", "b a", "c"], submitted);
    }

    [Fact]
    public void No_more_is_handed_over_than_there_is_room_for_and_arrays_are_bounded()
    {
        QueuedRun[] runs = [Pending("a", 5), Pending("b", 4), Pending("c", 3), Pending("d", 2)];
        Assert.Equal(["a b", "c"], Batches(Plan(runs, options: Options with { MaxJobs = 3, MaxArraySize = 2 })));
        Assert.Empty(Batches(Plan(runs, [Task("other", "RUNNING")], Options with { MaxJobs = 1 }, unended: ["other"])));
        Assert.Equal(["a"], Batches(Plan(runs, [Task("other", "COMPLETED")], Options with { MaxJobs = 1 })));
    }

    [Theory]
    [InlineData("paused")]
    [InlineData("yielded")]
    [InlineData("deadline")]
    [InlineData("window")]
    [InlineData("back-off")]
    public void What_may_not_start_now_is_not_handed_over_and_is_taken_out_of_the_queue_but_not_from_a_node(string why)
    {
        var run = Pending("a", 1) with
        {
            Paused = why == "paused",
            YieldedUntil = why == "yielded" ? Now.AddHours(1) : null,
            Deadline = why == "deadline" ? Now : null,
            NotBefore = why == "back-off" ? Now.AddSeconds(1) : null,
        };
        var window = why == "window" ? TimeWindow.Parse("20:00-08:00", TimeZoneInfo.Utc) : null;
        Assert.Empty(SlurmDispatch.Plan(Now, View([new SlurmRun(run, window)]), Options));
        if (why == "back-off") return;

        var waiting = new SlurmRun(run with { Submission = new Submission("lab-a-1", Now.AddDays(-1)) }, window);
        Assert.Equal("lab-a-1",
            Assert.IsType<SlurmAction.Cancel>(
                Assert.Single(SlurmDispatch.Plan(Now, View([waiting], Task("a", "PENDING")), Options)))
            .Task.Job.Name);
        Assert.Empty(SlurmDispatch.Plan(Now, View([waiting], Task("a", "RUNNING")), Options));
    }

    [Fact]
    public void What_cannot_end_by_its_deadline_at_the_speed_measured_is_not_handed_over_and_taken_out_of_the_queue()
    {
        var run = Pending("a", 100) with { Deadline = Now.AddSeconds(10) };
        Assert.Equal(["a"], Batches(SlurmDispatch.Plan(Now, View([new SlurmRun(run, null, 10)]), Options)));
        // nothing was measured: how else would it be?
        Assert.Equal(["a"], Batches(SlurmDispatch.Plan(Now, View([new SlurmRun(run)]), Options)));
        Assert.Empty(SlurmDispatch.Plan(Now, View([new SlurmRun(run, null, 9.9)]), Options));
        Assert.True(SlurmDispatch.IsDone(Now, [new SlurmRun(run, null, 9.9)]));

        var waiting = new SlurmRun(run with { Submission = new Submission("lab-a-1", Now) }, null, 9.9);
        Assert.IsType<SlurmAction.Cancel>(
            Assert.Single(SlurmDispatch.Plan(Now, View([waiting], Task("a", "PENDING")), Options)));
    }

    [Fact]
    public void Speed_is_that_of_the_class_that_a_run_wants_and_the_best_where_it_wants_none()
    {
        MeasuredSpeed[] speeds =
            [new("n", "cpu", 1, "kin", 10, 1, 6), new("n", "cuda", 1, "kin", 500, 1, 6),
                new("n", "cuda", 1, "other", 900, 1, 9)];
        var run = Pending("a", 1) with { Workload = "kin" };
        Assert.Equal(500, RunEstimates.Speed(speeds, run));
        Assert.Equal(10, RunEstimates.Speed(speeds, run with { DeviceClass = "cpu" }));
        Assert.Null(RunEstimates.Speed([], run));
    }

    [Theory]
    [InlineData("PENDING")]
    [InlineData("RUNNING")]
    [InlineData("COMPLETING")]
    [InlineData("SUSPENDED")]
    [InlineData("A_STATE_OF_A_LATER_SLURM")]
    public void A_run_whose_job_is_there_is_left_to_it(string state) =>
        Assert.Empty(Plan([Noted("a")], [Task("a", state)]));

    [Fact]
    public void A_job_that_slurm_does_not_know_is_waited_for_and_then_released_not_submitted_twice()
    {
        Assert.Empty(Plan([Noted("a", age: 60)]));
        Assert.Equal(new SlurmAction.Release(new RunId("a"), "lab-a-1"), Assert.Single(Plan([Noted("a", age: 61)])));
    }

    [Theory]
    [InlineData("COMPLETED")]
    [InlineData("CANCELLED")]
    [InlineData("NODE_FAIL")]
    [InlineData("PREEMPTED")]
    [InlineData("TIMEOUT")]
    public void A_job_that_is_over_without_an_attempt_frees_its_run_at_once(string state) =>
        Assert.IsType<SlurmAction.Release>(Assert.Single(Plan([Noted("a")], [Task("a", state)])));

    [Theory]
    [InlineData("FAILED")]
    [InlineData("OUT_OF_MEMORY")]
    public void A_job_that_failed_before_it_began_an_attempt_is_charged_or_it_would_be_submitted_for_ever(
        string state) =>
        Assert.IsType<SlurmAction.Charge>(Assert.Single(Plan([Noted("a")], [Task("a", state)])));

    [Fact]
    public void An_ended_job_of_an_earlier_submission_says_nothing_of_a_later_one()
    {
        var again = Pending("a", 1) with { Submission = new Submission("lab-a-1.2", Now) };
        Assert.Empty(Plan([again], [Task("a", "FAILED")]));
        Assert.Equal(["a"], Batches(Plan([Pending("a", 1)], [Task("a", "FAILED")])));
    }

    [Fact]
    public void A_job_that_slurm_put_back_into_its_queue_is_noted_again_one_that_is_about_to_end_is_not()
    {
        Assert.Equal(new SlurmAction.Adopt(new RunId("a"), "lab-a-1"),
            Assert.Single(Plan([Pending("a", 1)], [Task("a", "PENDING")])));
        Assert.Empty(Plan([Pending("a", 1)], [Task("a", "RUNNING")]));
    }

    [Fact]
    public void A_job_that_is_still_there_a_leases_time_after_its_lost_attempt_might_have_been_tried_again_is_cancelled()
    {
        Assert.Empty(Plan([Pending("a", 1) with { NotBefore = Now.AddSeconds(-10) }], [Task("a", "RUNNING")]));
        var action =
            Assert.Single(Plan([Pending("a", 1) with { NotBefore = Now.AddSeconds(-11) }], [Task("a", "RUNNING")]));
        Assert.Equal("lab-a-1", Assert.IsType<SlurmAction.Cancel>(action).Task.Job.Name);
    }

    [Fact]
    public void Of_two_jobs_for_one_run_the_waiting_one_goes()
    {
        var both = new[] { Task("a", "PENDING", "lab-a-1"), Task("a", "RUNNING", "lab-a-1.2") };
        Assert.Equal("lab-a-1", Assert.Single(Plan([Noted("a")], both).OfType<SlurmAction.Cancel>()).Task.Job.Name);
        var waiting = new[] { Task("a", "PENDING", "lab-a-1.2"), Task("a", "PENDING", "lab-a-1") };
        Assert.Equal("lab-a-1.2",
            Assert.Single(Plan([Noted("a")], waiting).OfType<SlurmAction.Cancel>()).Task.Job.Name);
    }

    [Fact]
    public void A_lost_lease_frees_the_run_with_what_slurm_says_of_its_job()
    {
        var run = Noted("a") with { State = RunState.Running, Node = "n1", LeaseUntil = Now };
        Assert.Empty(Plan([run with { LeaseUntil = Now.AddSeconds(1) }], [Task("a", "FAILED")]));
        var silent = Assert.IsType<SlurmAction.Expire>(Assert.Single(Plan([run])));
        Assert.Equal((FailureKind.LeaseExpired, "n1 stopped renewing its lease"),
            (silent.Loss.Kind, silent.Loss.Message));
        var memory = Assert.IsType<SlurmAction.Expire>(Assert.Single(Plan([run], [Task("a", "OUT_OF_MEMORY")])));
        Assert.Equal(FailureKind.OutOfMemory, memory.Loss.Kind);
        Assert.Contains("OUT_OF_MEMORY", memory.Loss.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_an_outage_of_the_ledger_a_lease_that_ended_meanwhile_takes_no_run_from_its_job()
    {
        var run = Noted("a") with { State = RunState.Running, Node = "n1", LeaseUntil = Now.AddSeconds(-50) };
        var view = View([new SlurmRun(run)], Task("a", "RUNNING"));
        Assert.Empty(SlurmDispatch.Plan(Now, view with { LeasesCountFrom = Now.AddSeconds(1) }, Options));
        Assert.IsType<SlurmAction.Expire>(
            Assert.Single(SlurmDispatch.Plan(Now, view with { LeasesCountFrom = Now }, Options)));
    }

    [Fact]
    public void A_launcher_that_was_asked_to_yield_hands_nothing_over_until_then()
    {
        var view = View([new SlurmRun(Pending("a", 1))]);
        Assert.Empty(SlurmDispatch.Plan(Now, view with { YieldedUntil = Now.AddSeconds(1) }, Options));
        Assert.Equal(["a"], Batches(SlurmDispatch.Plan(Now, view with { YieldedUntil = Now }, Options)));
    }

    [Fact]
    public void The_jobs_of_a_cancelled_run_are_cancelled_and_its_note_is_taken_back_when_they_are_gone()
    {
        SubmittedRun[] cancelled = [new(new RunId("a"), RunState.Cancelled, new Submission("lab-a-1", Now))];
        foreach (var state in new[] { "PENDING", "RUNNING" })
            Assert.IsType<SlurmAction.Cancel>(Assert.Single(Plan([], [Task("a", state)], submitted: cancelled)));
        Assert.IsType<SlurmAction.Release>(Assert.Single(Plan([], [Task("a", "CANCELLED")], submitted: cancelled)));
        Assert.IsType<SlurmAction.Release>(Assert.Single(Plan([], submitted: cancelled)));
    }

    [Fact]
    public void A_run_with_its_result_lets_its_job_end_by_itself_and_needs_no_other()
    {
        Assert.Empty(Plan([], [Task("a", "RUNNING"), Task("a", "COMPLETED")]));
        Assert.IsType<SlurmAction.Cancel>(Assert.Single(Plan([], [Task("a", "PENDING")])));
    }

    [Fact]
    public void Jobs_of_a_sweep_that_another_launcher_serves_are_left_alone() =>
        Assert.Empty(Plan([], [Task("a", "PENDING"), Task("b", "RUNNING")], unended: ["a", "b"]));

    [Fact]
    public void Runs_that_may_have_killed_their_hosts_go_last_and_one_at_a_time()
    {
        QueuedRun[] runs = [Suspect("a"), Suspect("b"), Pending("c", 1)];
        Assert.Equal(["c", "a"], Batches(Plan(runs)));
        var gone = Suspect("a") with { Submission = new Submission("lab-a-1", Now) };
        Assert.Equal(["c"], Batches(Plan([gone, runs[1], runs[2]], [Task("a", "RUNNING")])));

        static QueuedRun Suspect(string run) =>
            Pending(run, 9) with { ChargedAttempts = 2, Failure = FailureKind.LeaseExpired };
    }

    [Fact]
    public void A_sweep_is_done_when_nothing_is_left_but_what_waits_for_people()
    {
        Assert.True(SlurmDispatch.IsDone(Now, []));
        Assert.True(SlurmDispatch.IsDone(Now, [new SlurmRun(Pending("a", 1) with { Paused = true })]));
        Assert.True(SlurmDispatch.IsDone(Now, [new SlurmRun(Pending("a", 1) with { Deadline = Now })]));
        Assert.False(SlurmDispatch.IsDone(Now, [new SlurmRun(Pending("a", 1))]));
        Assert.False(SlurmDispatch.IsDone(Now, [new SlurmRun(Noted("a") with { Paused = true })]));
        Assert.False(
            SlurmDispatch.IsDone(Now, [new SlurmRun(Pending("a", 1) with { YieldedUntil = Now.AddHours(1) })]));
    }

    private static IReadOnlyList<SlurmAction> Plan(
        QueuedRun[] runs, SlurmTask[]? tasks = null, SlurmOptions? options = null, string[]? unended = null,
        SubmittedRun[]? submitted = null) =>
        SlurmDispatch.Plan(
            Now,
            View([.. runs.Select(r => new SlurmRun(r))], tasks ?? []) with
            {
                Unended = runs.Select(r => r.Run).Concat((unended ?? []).Select(r => new RunId(r))).ToHashSet(),
                Submitted = submitted ?? [],
            },
            options ?? Options);

    private static SlurmView View(IReadOnlyList<SlurmRun> runs, params SlurmTask[] tasks) =>
        new(runs, [], runs.Select(r => r.Queued.Run).ToHashSet(), tasks);

    private static IEnumerable<string> Batches(IEnumerable<SlurmAction> plan) =>
        plan.Cast<SlurmAction.Submit>().Select(s => string.Join(' ', s.Runs.Select(r => r.Run)));

    private static SlurmTask Task(string run, string state, string? name = null) =>
        new(new SlurmJob("1", null, state, "None", name ?? $"lab-{run}-1", "/state/slurm"), new RunId(run));

    private static QueuedRun Pending(string run, double flops, string sweep = "sweep") => new()
    {
        Run = new RunId(run), Position = 0, Model = "m", Flops = flops, State = RunState.Pending, Sweep = sweep,
    };

    private static QueuedRun Noted(string run, double age = 0) =>
        Pending(run, 1) with { Submission = new Submission($"lab-{run}-1", Now.AddSeconds(-age)) };

    [Theory]
    [InlineData("3", true)]
    [InlineData("2", false)]
    [InlineData("0", true)] // no bound
    [InlineData("2:59", false)]
    [InlineData("0:03:00", true)]
    [InlineData("2:00:00", true)]
    [InlineData("1-0", true)]
    [InlineData("0-0:2", false)]
    [InlineData("1-12:30:00", true)]
    [InlineData("UNLIMITED", true)]
    [InlineData("two hours", false)]
    [InlineData("1:2:3:4", false)]
    [InlineData("1-2-3", false)]
    [InlineData("-5", false)]
    [InlineData("", false)]
    public void A_time_in_which_no_job_gets_anywhere_or_that_is_none_is_refused(string time, bool taken) =>
        Assert.Equal(taken, SlurmRequest.TimeProblem(time) is null);
}
