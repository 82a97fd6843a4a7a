using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Scheduling.Tests;

public sealed class Failures
{
    [Fact]
    public async Task A_sweep_of_good_runs_completes_each_with_one_attempt_its_result_and_its_curve()
    {
        using var sweep = new DummySweep(runs: 5);
        var outcome = await sweep.RunAsync(sweep.Options());

        Assert.True(outcome.IsComplete);
        Assert.Equal(5, outcome.AttemptsStarted);
        foreach (var record in sweep.Ledger.Records(DummySweep.Name))
        {
            Assert.Equal((RunState.Completed, 1), (record.State, record.Attempts));
            Assert.Equal([1L, 2, 3, 4], record.Points.Select(p => p.Step));
            Assert.Equal(record.Points[^1].LossValidation, record.Result!.LossValidation);
        }
    }

    [Fact]
    public async Task A_crashed_run_is_tried_again_from_its_checkpoint_and_completes()
    {
        using var sweep = new DummySweep(runs: 3);
        var outcome = await sweep.RunAsync(sweep.Options("2=crash,complete"));

        Assert.True(outcome.IsComplete);
        Assert.Equal([1, 2, 1], sweep.Ledger.Records(DummySweep.Name).Select(r => r.Attempts));
        var lost = Assert.Single(sweep.Heard.OfType<SweepProgress.Lost>());
        Assert.Equal((RunState.Pending, FailureKind.Crashed), (lost.State, lost.Kind));
        Assert.Contains("exit code 70", lost.Message, StringComparison.Ordinal);
        Assert.Contains("about to crash", lost.Message, StringComparison.Ordinal); // the end of its stderr
        Assert.Equal(1, sweep.Heard.OfType<SweepProgress.Started>().Last(s => s.Run == lost.Run).Step);
    }

    [Fact]
    public async Task A_run_that_dies_while_its_model_is_asked_is_not_asked_again_and_keeps_its_result()
    {
        using var sweep = new DummySweep(runs: 2);
        var options = sweep.Options("1=dies when asked");
        var outcome = await sweep.RunAsync(options with
        {
            Settings = async (run, stop) =>
                (await options.Settings(run, stop)) with { Tasks = [new RunTask("asked", "asked.jsonl")] },
        });

        Assert.True(outcome.IsComplete);
        Assert.Equal([2, 1], sweep.Ledger.Records(DummySweep.Name).Select(r => r.Attempts));
        Assert.Equal(sweep.Record(1).Points[^1].LossValidation, sweep.Record(1).Result!.LossValidation);
    }

    [Fact]
    public async Task A_run_that_crashes_three_times_is_quarantined_while_the_others_complete()
    {
        using var sweep = new DummySweep(runs: 4);
        var outcome = await sweep.RunAsync(sweep.Options("1=crash"));

        Assert.False(outcome.IsComplete);
        Assert.True(outcome.IsEnded);
        var poisoned = sweep.Record(1);
        Assert.Equal((RunState.Quarantined, 3, FailureKind.Crashed),
            (poisoned.State, poisoned.Attempts, poisoned.Failure!.Value));
        Assert.Equal(3, outcome.Summary.In(RunState.Completed));
    }

    [Fact]
    public async Task A_worker_killed_in_mid_run_costs_an_attempt_and_no_run()
    {
        using var sweep = new DummySweep(runs: 3, steps: 40);
        var running = sweep.RunAsync(sweep.Options(stepMilliseconds: 20));
        var first = await sweep.HearAsync<SweepProgress.Training>(t => t.Step >= 5);
        var seed = sweep.Sweep.Cells.Single(c => c.Spec.Id == first.Run).Spec.Seed;
        using (var worker =
            Process.GetProcessById(int.Parse(sweep.Starts(seed)[0][0], CultureInfo.InvariantCulture))) worker.Kill();
        var outcome = await running;

        Assert.True(outcome.IsComplete);
        Assert.Equal(2, sweep.Record(seed).Attempts);
        var lost = Assert.Single(sweep.Heard.OfType<SweepProgress.Lost>());
        Assert.Contains("signal 9", lost.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, 40).Select(s => (long)s), sweep.Record(seed).Points.Select(p => p.Step));
    }

    [Fact]
    public async Task Of_a_worker_that_says_thousands_of_lines_and_leaves_every_line_is_heard()
    {
        using var sweep = new DummySweep(runs: 1, steps: 4000);
        var outcome = await sweep.RunAsync(sweep.Options());

        Assert.True(outcome.IsComplete);
        Assert.Equal(4000, sweep.Record(1).Points.Count);
        Assert.Equal(4000, sweep.Heard.OfType<SweepProgress.Training>().Count());
    }

    [Fact]
    public async Task A_diverged_run_and_a_badly_configured_one_are_kept_and_not_tried_again()
    {
        using var sweep = new DummySweep(runs: 4);
        var outcome = await sweep.RunAsync(sweep.Options("1=diverge;3=configuration"));

        Assert.Equal((2, 2), (outcome.Summary.In(RunState.Completed), outcome.Summary.In(RunState.Failed)));
        var diverged = sweep.Record(1);
        Assert.Equal((RunState.Failed, 1, FailureKind.Diverged),
            (diverged.State, diverged.Attempts, diverged.Failure!.Value));
        Assert.Equal("the loss became NaN", diverged.FailureMessage);
        Assert.Equal(1, diverged.Points[^1].Step); // its curve up to there stays
        Assert.Equal(FailureKind.Configuration, sweep.Record(3).Failure);
    }

    [Fact]
    public async Task A_run_without_memory_is_tried_again_with_half_the_micro_batch()
    {
        using var sweep = new DummySweep(runs: 2);
        var always = string.Join(',', Enumerable.Repeat("out-of-memory", 20));
        await sweep.RunAsync(
            sweep.Options(
                $"1=out-of-memory,out-of-memory,out-of-memory,out-of-memory,out-of-memory,complete;2={always}"));

        // Of 32 sequences of 8 tokens, each halving once and uncharged; then one sequence has as many attempts as any
        // run.
        Assert.Equal(RunState.Completed, sweep.Record(1).State);
        Assert.Equal(["16384", "128", "64", "32", "16", "8"], sweep.Starts(1).Select(s => s[2]));
        Assert.Equal((RunState.Quarantined, 8, FailureKind.OutOfMemory),
            (sweep.Record(2).State, sweep.Record(2).Attempts, sweep.Record(2).Failure));
    }

    [Fact]
    public async Task A_full_disk_is_named_and_the_run_tried_again_until_there_is_room()
    {
        using var sweep = new DummySweep(runs: 2);
        var outcome = await sweep.RunAsync(sweep.Options("1=disk-full,disk-full,complete"));

        Assert.True(outcome.IsComplete);
        var lost = sweep.Heard.OfType<SweepProgress.Lost>().ToList();
        Assert.Equal(2, lost.Count);
        Assert.All(lost, l => Assert.Equal((RunState.Pending, FailureKind.Environment), (l.State, l.Kind)));
        Assert.All(lost,
            l => Assert.StartsWith("disk full: No space left on device", l.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_the_system_tells_to_end_is_not_to_blame()
    {
        using var sweep = new DummySweep(runs: 1);
        var outcome = await sweep.RunAsync(sweep.Options("1=terminated,terminated,terminated,terminated,complete"));

        Assert.True(outcome.IsComplete);
        Assert.Equal(5, sweep.Record(1).Attempts);
        Assert.All(sweep.Heard.OfType<SweepProgress.Lost>(),
            l => Assert.Equal((RunState.Pending, FailureKind.Interrupted), (l.State, l.Kind)));
    }

    [Fact]
    public async Task Nonsense_and_overlong_lines_are_counted_and_said_and_the_result_still_counts()
    {
        using var sweep = new DummySweep(runs: 1);
        var outcome = await sweep.RunAsync(sweep.Options("1=nonsense"));

        Assert.True(outcome.IsComplete);
        var trouble = Assert.Single(sweep.Heard.OfType<SweepProgress.Trouble>());
        Assert.Contains("5 lines that are no messages, first: loss is 3.14 I think", trouble.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_whose_line_does_not_end_is_killed_and_said_so_and_little_of_it_is_kept()
    {
        using var sweep = new DummySweep(runs: 1);
        var outcome = await sweep.RunAsync(sweep.Options("1=endless,complete"));

        Assert.True(outcome.IsComplete);
        var lost = Assert.Single(sweep.Heard.OfType<SweepProgress.Lost>());
        Assert.StartsWith("the worker was killed: it said a line of more than 16 MiB", lost.Message,
            StringComparison.Ordinal);
        Assert.InRange(lost.Message.Length, 0, 2000);
    }

    [Fact]
    public async Task A_worker_that_babbles_without_end_is_killed_and_charged()
    {
        using var sweep = new DummySweep(runs: 2);
        var outcome = await sweep.RunAsync(sweep.Options("1=babble"));

        Assert.Equal((RunState.Quarantined, FailureKind.Crashed),
            (sweep.Record(1).State, sweep.Record(1).Failure!.Value));
        Assert.Contains("no messages, first: blah", sweep.Record(1).FailureMessage, StringComparison.Ordinal);
        Assert.Equal(RunState.Completed, sweep.Record(2).State);
        Assert.True(outcome.IsEnded);
    }

    [Fact]
    public async Task A_worker_that_falls_silent_is_killed_and_its_run_tried_again()
    {
        using var sweep = new DummySweep(runs: 2);
        var outcome =
            await sweep.RunAsync(sweep.Options("1=deaf,complete") with { SilenceLimit = TimeSpan.FromSeconds(6) });

        Assert.True(outcome.IsComplete);
        Assert.Contains("said nothing for 6 s", Assert.Single(sweep.Heard.OfType<SweepProgress.Lost>()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_does_not_leave_after_its_last_word_is_killed_and_its_result_counts()
    {
        using var sweep = new DummySweep(runs: 1);
        var outcome = await sweep.RunAsync(sweep.Options("1=linger") with { StopGrace = TimeSpan.FromSeconds(1) });

        Assert.True(outcome.IsComplete);
    }

    [Fact]
    public async Task A_run_whose_settings_cannot_be_made_is_quarantined_with_the_reason_while_the_others_complete()
    {
        using var sweep = new DummySweep(runs: 3);
        var options = sweep.Options();
        var outcome = await sweep.RunAsync(options with
        {
            Settings = (run, stop) => run.Spec.Seed == 2
                ? throw new InvalidDataException("no data folder for seed 2")
                : options.Settings(run, stop),
        });

        Assert.Equal(2, outcome.Summary.In(RunState.Completed));
        Assert.Equal((RunState.Quarantined, 3, FailureKind.Environment), Of(sweep.Record(2)));
        Assert.Contains("no data folder for seed 2", sweep.Record(2).FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_cannot_be_started_costs_the_run_its_attempts_with_the_reason_and_an_absent_one_is_refused_at_the_door()
    {
        using var sweep = new DummySweep(runs: 1);
        var absent =
            sweep.Options(slots: 0) with
            { Worker = new WorkerCommand("/nowhere/worker", [], new Dictionary<string, string>()) };
        var refused = await Assert.ThrowsAsync<InputException>(() => sweep.RunAsync(absent));
        Assert.Equal(["slots", "worker"], refused.Problems.Select(p => p.Place));

        var unknown =
            sweep.Options() with
            { Worker = new WorkerCommand("no-such-program-anywhere", [], new Dictionary<string, string>()) };
        await sweep.RunAsync(unknown);
        Assert.Equal((RunState.Quarantined, 3, FailureKind.Environment), Of(sweep.Record(1)));
        Assert.Contains("no-such-program-anywhere", sweep.Record(1).FailureMessage, StringComparison.Ordinal);
    }

    private static (RunState, int, FailureKind?) Of(RunRecord record) =>
        (record.State, record.Attempts, record.Failure);
}
