using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Tests;

/// <summary>A run that several processes train together: on a processor, as on so many GPUs but for NCCL.</summary>
public sealed class SeveralProcessesTests(TinyData data) : IClassFixture<TinyData>
{
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(2, Precision.Fp32, 8, 1 << 20)]
    [InlineData(2, Precision.Bf16, 8, 1 << 20)]
    [InlineData(3, Precision.Fp32, 8, 64)] // unequal shares, in micro-batches of two sequences
    [InlineData(2, Precision.Fp32, 1, 1 << 20)] // one rank has nothing to do
    public void Losses_are_those_of_one_process_within_rounding(int processes, Precision precision, int sequences,
        int microBatchTokens)
    {
        var spec =
            data.Spec(steps: 40, recipe: TinyData.Recipe with { Precision = precision, BatchSequences = sequences });
        var name = $"together-{processes}-{precision}-{sequences}-{microBatchTokens}";
        var alone = Trained(data.Order(spec, name + "-alone", s => s with { MicroBatchTokens = microBatchTokens }));
        var together =
            Trained(data.Order(spec, name, s => s with { MicroBatchTokens = microBatchTokens, Gpus = processes }));
        AssertClose(alone, together, precision == Precision.Fp32 ? 1e-4 : 0.02);
        Assert.Null(Result(alone).Gpus);
        Assert.Equal(processes, Result(together).Gpus);
        Assert.Equal(Math.Min(microBatchTokens / 32, (sequences + processes - 1) / processes) * 32,
            Result(together).MicroBatchTokens);
    }

    [Theory]
    [InlineData(OptimizerKind.Muon)]
    [InlineData(OptimizerKind.Lion)]
    public void A_batch_that_grows_and_other_optimizers_are_shared_out_alike(OptimizerKind optimizer)
    {
        var spec = data.Spec(steps: 30, recipe: TinyData.Recipe with
        {
            BatchWarmupFraction = 0.5, BatchWarmupStart = 0.1, Optimizer = optimizer, LearningRateMax = 0.002,
        });
        var alone = Trained(data.Order(spec, $"grows-{optimizer}-alone"));
        AssertClose(alone, Trained(data.Order(spec, $"grows-{optimizer}", s => s with { Gpus = 2 })), 0.01);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    public void Killed_in_mid_run_it_goes_on_with_as_many_processes_or_with_others(int before, int after)
    {
        var spec = data.Spec(steps: 300);
        WorkOrder Order(string name, int processes) =>
            data.Order(spec, name, s => s with { CheckpointSteps = 20, Gpus = processes });
        var expected = Trained(Order($"undisturbed-{before}-{after}", after));
        using (var killed = new WorkerProcess(RunJson.Serialize(Order($"goes-on-{before}-{after}", before))))
        {
            killed.NextOf<WorkerMessage.CheckpointSaved>(m => m.Step >= 60);
            killed.Kill();
        }

        var said = Trained(Order($"goes-on-{before}-{after}", after));
        Assert.InRange(((WorkerMessage.Started)said[0]).Step, 60, 299);
        if (before == after)
            Assert.Equal(expected.OfType<WorkerMessage.Measured>(), said.OfType<WorkerMessage.Measured>());
        else AssertClose(expected, said, 1e-2);
    }

    [Fact]
    public void A_rank_that_dies_ends_the_attempt_with_a_word_and_nobody_is_left()
    {
        using var worker =
            new WorkerProcess(
                RunJson.Serialize(data.Order(data.Spec(steps: 1_000_000), "rank-dies", s => s with { Gpus = 3 })));
        worker.NextOf<WorkerMessage.Measured>();
        var ranks = worker.Children();
        Assert.Equal(2, ranks.Count);
        WorkerProcess.Signal("KILL", ranks[1]);
        var failed = Assert.IsType<WorkerMessage.Failed>(worker.Rest()[^1]);
        Assert.Equal(FailureKind.Crashed, failed.Kind);
        Assert.Matches("^rank [12] of 3: it ended with exit code 137", failed.Message);
        worker.End();
        AssertGone(ranks);
    }

    [Fact]
    public void A_worker_that_is_killed_leaves_no_rank_behind()
    {
        using var worker =
            new WorkerProcess(
                RunJson.Serialize(data.Order(data.Spec(steps: 1_000_000), "rank-orphan", s => s with { Gpus = 2 })));
        worker.NextOf<WorkerMessage.Measured>();
        var ranks = worker.Children();
        worker.Kill();
        AssertGone(ranks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Asked_to_stop_it_saves_and_ends_with_all_its_ranks(bool bySignal)
    {
        var order = data.Order(data.Spec(steps: 1_000_000), $"ranks-stop-{bySignal}", s => s with { Gpus = 2 });
        using var worker = new WorkerProcess(RunJson.Serialize(order));
        worker.NextOf<WorkerMessage.Measured>();
        var ranks = worker.Children();
        if (bySignal)
        {
            // As a terminal or a cluster does it: to all of them.
            foreach (var rank in ranks) WorkerProcess.Signal("INT", rank);
            foreach (var rank in ranks) WorkerProcess.Signal("TERM", rank);
            worker.Signal("TERM");
        }
        else
        {
            worker.CloseInput();
        }

        var rest = worker.Rest();
        Assert.Equal(FailureKind.Interrupted, Assert.IsType<WorkerMessage.Failed>(rest[^1]).Kind);
        Assert.Single(rest.OfType<WorkerMessage.CheckpointSaved>());
        Assert.Equal(3, worker.End().Code);
        AssertGone(ranks);
    }

    [Fact]
    public void No_number_of_processes_is_refused()
    {
        using var worker =
            new WorkerProcess(RunJson.Serialize(data.Order(data.Spec(), "no-processes", s => s with { Gpus = 0 })));
        var failed = Assert.IsType<WorkerMessage.Failed>(worker.Rest()[^1]);
        Assert.Equal(FailureKind.Configuration, failed.Kind);
        Assert.Contains("settings.gpus", failed.Message, StringComparison.Ordinal);
    }

    private static List<WorkerMessage> Trained(WorkOrder order)
    {
        using var worker = new WorkerProcess(RunJson.Serialize(order));
        var said = worker.Rest();
        Assert.IsType<WorkerMessage.Completed>(said[^1]);
        Assert.Equal(0, worker.End().Code);
        return said;
    }

    private static RunResult Result(List<WorkerMessage> said) => ((WorkerMessage.Completed)said[^1]).Result;

    private static void AssertClose(List<WorkerMessage> expected, List<WorkerMessage> said, double distance)
    {
        Assert.InRange(Math.Abs(Result(expected).LossValidation - Result(said).LossValidation), 0, distance);
        var (one, other) =
            (expected.OfType<WorkerMessage.Measured>().ToList(), said.OfType<WorkerMessage.Measured>().ToList());
        Assert.Equal(one.Count, other.Count);
        foreach (var (first, second) in one.Zip(other))
            Assert.InRange(Math.Abs(first.Point.LossTrain!.Value - second.Point.LossTrain!.Value), 0, distance);
        Assert.InRange(one[0].Point.GradientNorm!.Value / other[0].Point.GradientNorm!.Value, 1 - distance, 1
            + distance);
    }

    private static void AssertGone(IReadOnlyList<int> processes) => Assert.True(
        SpinWait.SpinUntil(() => processes.All(p => !Lives(p)), EndWithin),
        string.Create(CultureInfo.InvariantCulture, $"of {string.Join(", ", processes)} none is left"));

    private static bool Lives(int process)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            // one that only waits to be collected has ended
            return stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
