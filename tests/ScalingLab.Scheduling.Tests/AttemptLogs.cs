using System.Text.RegularExpressions;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Attempts;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

/// <summary>What stands in an attempt's log.</summary>
public sealed partial class AttemptLogs
{
    [Fact]
    public async Task A_log_has_what_the_worker_said_on_stderr_and_what_a_person_looks_for_with_its_time()
    {
        using var sweep = new DummySweep(runs: 1);
        await sweep.RunAsync(sweep.Options("1=crash,complete"));
        var (first, second) = (await ReadAsync(1), await ReadAsync(2));

        Assert.Equal(["dummy worker, seed 1: crash", "about to crash"], first.Said);
        Assert.Equal(["dummy worker, seed 1: complete"], second.Said);
        Assert.Equal(
            [
                "dummies 1x8 seed 1, attempt 1, fence 1, on test-node cpu: 1 layers of width 8, 1 heads, "
                    + "vocabulary 16, context 8; 4 steps, 1024 tokens, fp32",
                $"begins: dummy, dummy, {Parameters(sweep)} parameters",
                "ended without a result: the worker ended without a last word, exit code 70",
            ],
            first.Noted);
        Assert.StartsWith("dummies 1x8 seed 1, attempt 2, fence 2, ", second.Noted[0], StringComparison.Ordinal);
        Assert.Equal("step 4 of 4: validation loss 4.0100, training loss 4.0100", second.Noted[^2]);
        Assert.StartsWith("completed: validation loss 4.0100 nats/token, ", second.Noted[^1], StringComparison.Ordinal);

        async Task<(string[] Said, string[] Noted)> ReadAsync(int attempt)
        {
            var run = sweep.Sweep.Cells[0].Spec.Id;
            var lines = await File.ReadAllLinesAsync(
                Path.Combine(sweep.Folder, "logs", NodeOptions.LogName(run, attempt)));
            return ([.. lines.Where(line => !Time().IsMatch(line))],
                [.. lines.Where(line => Time().IsMatch(line)).Select(line => Time().Replace(line, ""))]);
        }
    }

    [Fact]
    public void A_worker_that_goes_on_says_where_from_and_its_earlier_evaluations_are_not_told_again()
    {
        var notes = Notes(steps: 1000);
        Assert.Equal("goes on from step 500 of 1000: fused, EPYC (1 thread), 7 parameters",
            notes.Describe(new WorkerMessage.Started(500, "EPYC (1 thread)", 1, 7, "fused")));
        Assert.Null(notes.Describe(Evaluated(250)));
        Assert.Null(notes.Describe(Evaluated(500)));
        Assert.Null(notes.Describe(new WorkerMessage.Measured(new MetricPoint(600, 1, LossTrain: 3))));
        Assert.Null(notes.Describe(new WorkerMessage.CheckpointSaved(600)));
        Assert.Equal("step 750 of 1000: validation loss 2.5000", notes.Describe(Evaluated(750)));
        Assert.Equal("ended without a result at step 800 (diverged): the loss is NaN",
            notes.Describe(new WorkerMessage.Failed(FailureKind.Diverged, "the loss is NaN", 800)));
    }

    [Fact]
    public void Of_many_evaluations_a_hundred_are_told_and_always_the_last()
    {
        var notes = Notes(steps: 100_003);
        notes.Describe(new WorkerMessage.Started(0, "cpu", 1, 7, "fused"));
        var told = Enumerable.Range(1, 100_003).Select(step => notes.Describe(Evaluated(step))).OfType<string>()
            .ToList();
        Assert.InRange(told.Count, 90, 101);
        Assert.StartsWith("step 100003 of 100003: ", told[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Notes_are_bounded_are_not_the_workers_last_words_and_stand_below_what_was_cut()
    {
        using var folder = new TemporaryFolder();
        var file = folder["attempt-1.log"];
        using (var log = new AttemptLog(file))
        {
            for (var i = 0; i < 100_000; i++) log.Add($"line {i} of a worker that has much to say");
            log.Note("how it ended");
            Assert.DoesNotContain("how it ended", log.Tail, StringComparison.Ordinal);
            for (var i = 0; i < 100; i++) log.Note(new string('x', 10_000));
        }
        Assert.Contains("Z how it ended\n", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.InRange(new FileInfo(file).Length, 1_000_000, 1_200_000);
    }

    private static AttemptMessages Notes(long steps)
    {
        var cell = DummySweep.Cell(1, steps);
        var queued = new QueuedRun
        {
            Run = cell.Spec.Id, Sweep = "s", Position = 0, Model = "1x8", Flops = 1, State = RunState.Running,
        };
        return new AttemptMessages(new Attempt(cell.Spec.Id, 2, 3, 0, 0, 0, cell.Spec), queued, "box1", "cpu");
    }

    private static WorkerMessage.Measured Evaluated(long step) => new(new MetricPoint(step, step, LossValidation: 2.5));

    private static long Parameters(DummySweep sweep) => ParameterCount.For(sweep.Sweep.Cells[0].Spec.Shape).Total;

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ")]
    private static partial Regex Time();
}
