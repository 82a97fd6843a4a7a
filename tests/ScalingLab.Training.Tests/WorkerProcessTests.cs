using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Tests;

public sealed class WorkerProcessTests(TinyData data) : IClassFixture<TinyData>
{
    [Fact]
    public void It_trains_what_it_is_handed_and_its_last_word_is_the_result()
    {
        using var worker = new WorkerProcess(RunJson.Serialize(data.Order(data.Spec(steps: 20), "worker-trains")));
        var said = worker.Rest();
        Assert.IsType<WorkerMessage.Started>(said[0]);
        var result = Assert.IsType<WorkerMessage.Completed>(said[^1]).Result;
        Assert.Equal(said.OfType<WorkerMessage.Measured>().Last().Point.LossValidation, result.LossValidation);
        Assert.True(result.PeakMemoryBytes > 1_000_000);
        Assert.Equal(0, worker.End().Code);
    }

    [Fact]
    public void Killed_in_mid_run_and_started_again_it_ends_with_the_same_curve()
    {
        var spec = data.Spec(steps: 400);
        WorkOrder Order(string name) => data.Order(spec, name, s => s with { CheckpointSteps = 20 });
        using var undisturbed = new WorkerProcess(RunJson.Serialize(Order("worker-undisturbed")));
        var expected = undisturbed.Rest();

        using (var killed = new WorkerProcess(RunJson.Serialize(Order("worker-killed"))))
        {
            killed.NextOf<WorkerMessage.CheckpointSaved>(m => m.Step >= 60);
            killed.Kill();
        }

        using var resumed = new WorkerProcess(RunJson.Serialize(Order("worker-killed")));
        var said = resumed.Rest();
        Assert.InRange(((WorkerMessage.Started)said[0]).Step, 60, 399);
        Assert.Equal(expected.OfType<WorkerMessage.Measured>(), said.OfType<WorkerMessage.Measured>());
        Assert.Equal(
            ((WorkerMessage.Completed)expected[^1]).Result.LossValidation,
            ((WorkerMessage.Completed)said[^1]).Result.LossValidation);
    }

    [Fact]
    public void Its_model_is_asked_what_the_order_asks_for_and_a_task_that_cannot_be_asked_costs_no_result()
    {
        var file = Path.Combine(data.Folder, "asked.jsonl");
        File.WriteAllText(file, """
            {"query": "the worker", "choices": ["%%~ #@", "repeats the next token"], "gold": 1}
            {"query": "every run learns many", "choices": ["words", "$$ ^w"], "gold": 0}
            """);
        var spec = data.Spec(steps: 150);
        WorkOrder Order(string name) => data.Order(spec, name, s => s with
        {
            Tasks =
            [
                new RunTask("asked", file), new RunTask("gone", Path.Combine(data.Folder, "gone.jsonl")),
                new RunTask("held-out", null) { Limit = 3, PromptTokens = 16, Tokens = 8 },
            ],
        });
        using var worker = new WorkerProcess(RunJson.Serialize(Order("worker-asked")));
        var result = Assert.IsType<WorkerMessage.Completed>(worker.Rest()[^1]).Result;
        Assert.Contains("gone cannot be scored: ", worker.End().Errors, StringComparison.Ordinal);
        Assert.Equal(["asked", "held-out"], result.Scores!.Select(s => s.Name));
        var acc = result.Scores![0].Metrics.First(m => m.Name == "acc");
        Assert.Equal((1, 0.5, 0.5), (acc.Value, acc.Guess, acc.Majority));
        Assert.Contains(result.Scores[1].Metrics, m => m.Name == "chrf");

        // A worker that goes on at the end asks the same model again.
        using var again = new WorkerProcess(RunJson.Serialize(Order("worker-asked")));
        var said = again.Rest();
        Assert.Equal(150, ((WorkerMessage.Started)said[0]).Step);
        Assert.Equal(RunJson.Serialize(result.Scores),
            RunJson.Serialize(((WorkerMessage.Completed)said[^1]).Result.Scores));
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void A_run_after_others_in_one_worker_is_bit_for_bit_that_of_a_new_worker_and_takes_no_more_memory(
        Precision precision)
    {
        var recipe = TinyData.Recipe with { Precision = precision };
        var spec = data.Spec(steps: 30, recipe: recipe);
        var larger = data.Spec(steps: 3, recipe: recipe with { BatchSequences = 512, Optimizer = OptimizerKind.Muon });
        string Order(RunSpec run, string name) =>
            RunJson.Serialize(data.Order(run, $"{name}-{precision}", s => s with { MicroBatchTokens = 1 << 20 }));
        using var cold = new WorkerProcess(Order(spec, "cold"));
        var expected = cold.Rest();

        using var warm = new WorkerProcess(Order(larger, "warm-first"));
        var first = warm.UntilReady();
        warm.Send(Order(spec, "warm-second"));
        var said = warm.UntilReady();
        warm.Send(Order(spec with { Seed = 7 }, "warm-third"));
        var third = warm.UntilReady();
        warm.CloseInput();

        static IEnumerable<(long, double?, double?, double?)> Curve(List<WorkerMessage> all) =>
            all.OfType<WorkerMessage.Measured>()
            .Select(m => (m.Point.Step, m.Point.LossTrain, m.Point.LossValidation, m.Point.GradientNorm));
        static RunResult Result(List<WorkerMessage> all) => Assert.IsType<WorkerMessage.Completed>(all[^1]).Result;
        Assert.Equal(Curve(expected), Curve(said));
        Assert.Equal(Result(expected).LossValidation, Result(said).LossValidation);
        Assert.NotEqual(Result(said).LossValidation, Result(third).LossValidation);
        Assert.True(Result(said).PeakMemoryBytes < Result(first).PeakMemoryBytes, "the larger run's peak is its own");
        Assert.InRange(Result(said).PeakMemoryBytes!.Value, 0, (long)(1.15 * Result(expected).PeakMemoryBytes!.Value));
        Assert.Equal(0, warm.End().Code);
    }

    [Fact]
    public void A_worker_that_failed_takes_no_other_order()
    {
        using var worker =
            new WorkerProcess(RunJson.Serialize(data.Order(data.Spec() with { NumericsVersion = -1 }, "warm-failed")));
        worker.NextOf<WorkerMessage.Failed>();
        Assert.Null(worker.Next());
        Assert.Equal(2, worker.End().Code);
    }

    [Fact]
    public void The_end_of_its_input_makes_it_write_a_checkpoint_and_stop()
    {
        var order = data.Order(data.Spec(steps: 1_000_000), "worker-stops");
        using var worker = new WorkerProcess(RunJson.Serialize(order));
        worker.NextOf<WorkerMessage.Measured>();
        worker.CloseInput();
        var rest = worker.Rest();
        Assert.Equal(FailureKind.Interrupted, Assert.IsType<WorkerMessage.Failed>(rest[^1]).Kind);
        Assert.Single(rest.OfType<WorkerMessage.CheckpointSaved>());
        Assert.Equal(3, worker.End().Code);
        Assert.Single(Directory.GetFiles(order.Settings.CheckpointFolder, "*.ckpt"));
    }

    [Fact]
    public void An_interrupt_from_the_terminal_is_left_to_the_host_and_a_termination_writes_a_checkpoint()
    {
        using var worker =
            new WorkerProcess(RunJson.Serialize(data.Order(data.Spec(steps: 1_000_000), "worker-signals")));
        worker.NextOf<WorkerMessage.Measured>();
        worker.Signal("INT");
        worker.NextOf<WorkerMessage.Progress>();
        worker.NextOf<WorkerMessage.Progress>(); // it trains on
        worker.Signal("TERM");
        var rest = worker.Rest();
        Assert.Single(rest.OfType<WorkerMessage.CheckpointSaved>());
        Assert.Equal(FailureKind.Interrupted, Assert.IsType<WorkerMessage.Failed>(rest[^1]).Kind);
    }

    [Fact]
    public void A_worker_whose_parent_is_dead_does_not_wait_for_the_end_of_a_step_of_minutes()
    {
        var spec = data.Spec(steps: 2, recipe: TinyData.Recipe with { BatchSequences = 1_000_000 });
        using var worker =
            new WorkerProcess(
                RunJson.Serialize(data.Order(spec, "worker-orphan", s => s with { MicroBatchTokens = 1024 })),
                shell: true);
        worker.NextOf<WorkerMessage.Started>();
        worker.Kill();
        worker.CloseInput();
        // the end of its output is its own: no step has ended, and nothing was there to be said
        Assert.Empty(worker.Rest());
    }

    [Theory]
    [InlineData("this is no JSON", "invalid")]
    [InlineData("{}", "spec")]
    public void An_order_that_is_none_is_a_configuration_failure(string line, string says)
    {
        using var worker = new WorkerProcess(line);
        var failed = Assert.IsType<WorkerMessage.Failed>(Assert.Single(worker.Rest()));
        Assert.Equal(FailureKind.Configuration, failed.Kind);
        Assert.Contains(says, failed.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, worker.End().Code);
    }

    [Fact]
    public void Every_fault_of_a_spec_is_named()
    {
        var spec = data.Spec(TinyData.Shape with { Heads = 3 }, steps: 0);
        using var worker = new WorkerProcess(RunJson.Serialize(data.Order(spec, "worker-bad-spec")));
        var failed = Assert.IsType<WorkerMessage.Failed>(Assert.Single(worker.Rest()));
        Assert.Equal(FailureKind.Configuration, failed.Kind);
        Assert.Contains("shape.heads", failed.Message, StringComparison.Ordinal);
        Assert.Contains("steps", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_are_not_the_specs_are_refused()
    {
        var spec = data.Spec() with { Data = new DataIdentity("tiny", "0000", data.Prepared.TokenizerHash) };
        using var worker = new WorkerProcess(RunJson.Serialize(data.Order(spec, "worker-other-data")));
        var failed = Assert.IsType<WorkerMessage.Failed>(worker.Rest()[^1]);
        Assert.Equal(FailureKind.Data, failed.Kind);
        Assert.Contains("0000", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_data_are_said_to_be_missing()
    {
        var order =
            data.Order(data.Spec(), "worker-no-data",
                s => s with { DataFolder = Path.Combine(data.Folder, "nothing") });
        using var worker = new WorkerProcess(RunJson.Serialize(order));
        Assert.Contains("nothing", Assert.IsType<WorkerMessage.Failed>(worker.Rest()[^1]).Message,
            StringComparison.Ordinal);
        Assert.Equal(2, worker.End().Code);
    }
}
