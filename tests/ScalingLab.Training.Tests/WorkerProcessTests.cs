using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Tests;

/// <summary>What a worker makes of its orders: the same by either engine, as its curves and its memory tell.</summary>
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
}
