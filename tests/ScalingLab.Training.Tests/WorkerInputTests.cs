using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Tests;

/// <summary>Orders that are none, the end of the input, signals, a dead parent: no engine has a part in it.</summary>
public sealed class WorkerInputTests(TinyData data) : IClassFixture<TinyData>
{
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
