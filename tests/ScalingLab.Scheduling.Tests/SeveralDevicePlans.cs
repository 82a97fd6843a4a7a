using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;
using static ScalingLab.Scheduling.Tests.PlanViews;

namespace ScalingLab.Scheduling.Tests;

/// <summary>
/// Runs that several devices of a node train together: which they get, what they hold, and what their workers are told.
/// </summary>
public sealed class SeveralDevicePlans
{
    private const long Gibibyte = 1L << 30;

    [Fact]
    public void A_run_gets_as_many_gpus_as_its_sweep_wants_and_waits_until_so_many_are_free()
    {
        RunView[] runs = [Wanting("a", 2), Wanting("b", 2)];
        Assert.Equal([("a", "cuda:0+cuda:1"), ("b", "cuda:2+cuda:3")], Placed(On(runs, Gpus(4))));
        Assert.Equal([("a", "cuda:0+cuda:1")], Placed(On(runs, Gpus(3))));
        Assert.Empty(Placed(On([Here("x", "cuda:1"), runs[0]], Gpus(2))));
    }

    [Fact]
    public void A_run_of_one_gpu_does_not_pass_one_that_waits_for_its_second()
    {
        RunView[] runs = [Here("x", "cuda:1"), Wanting("a", 2, flops: 9), Wanting("b", 1)];
        Assert.Empty(Placed(On(runs, Gpus(2))));
        Assert.Equal([("a", "cuda:0+cuda:2"), ("b", "cuda:3")], Placed(On(runs, Gpus(4))));
    }

    [Fact]
    public void Where_a_node_has_fewer_it_takes_those_and_a_processor_gives_as_many_slots()
    {
        Assert.Equal([("a", "cuda:0")], Placed(On([Wanting("a", 2)], Gpus(1))));
        Assert.Equal([("a", "cpu+cpu")], Placed(On([Wanting("a", 2), Wanting("b", 2)], [new NodeDevice("cpu", 3)])));
        Assert.Equal([("a", "cpu")], Placed(On([Wanting("a", 2)], [new NodeDevice("cpu", 1)])));
        Assert.Equal([("a", "cuda:0+cuda:1"), ("b", "cpu+cpu")],
            Placed(On([Wanting("a", 2), Wanting("b", 2)], [.. Gpus(2), new("cpu", 2)])));
    }

    [Fact]
    public void It_needs_its_memory_on_each_of_them()
    {
        NodeDevice[] devices = [.. Gpus(2, slots: 4, gibibytes: 10)];
        Assert.Empty(Placed(On([Here("x", "cuda:1").Needing(5), Wanting("a", 2).Needing(6)], devices)));
        Assert.Equal([("a", "cuda:0+cuda:1")],
            Placed(On([Here("x", "cuda:1").Needing(5), Wanting("a", 2).Needing(4)], devices)));
        var cpu = new NodeDevice("cpu", 4) { MemoryBytes = 10 * Gibibyte };
        Assert.Empty(Placed(On([Here("x").Needing(1, "cpu"), Wanting("a", 2).Needing(5, "cpu")], [cpu])));
        Assert.Equal([("a", "cpu+cpu")],
            Placed(On([Here("x").Needing(1, "cpu"), Wanting("a", 2).Needing(4, "cpu")], [cpu])));
    }

    [Fact]
    public void What_runs_on_several_holds_slot_memory_and_threads_on_each()
    {
        var both = Here("x", "cuda:0+cuda:1").Needing(5);
        Assert.Empty(Placed(On([both, Wanting("a", 1)], Gpus(2))));
        Assert.Equal([("a", "cuda:2")], Placed(On([both, Wanting("a", 1)], Gpus(3))));
        Assert.Empty(Placed(On([both, Wanting("a", 1).Needing(5)], Gpus(2, slots: 2, gibibytes: 10))));
        Assert.Equal(["a"], Started(On([both, Wanting("a", 1).Needing(4)], Gpus(2, slots: 2, gibibytes: 10))));

        var cpu = new NodeDevice("cpu", 8) { Threads = 5 };
        var pair = Here("x", "cpu+cpu") with { Threads = 2 };
        Assert.Equal(["a"], Started(On([pair, Wanting("a", 1), Wanting("b", 1)], [cpu])));
        Assert.Empty(Started(On([pair, Wanting("a", 2)], [cpu])));
    }

    [Fact]
    public void Workers_that_outlived_their_host_hold_all_their_devices()
    {
        var orphan = Here("x", "cuda:0+cuda:1") with { DeviceHere = null, HostIsGone = true };
        Assert.Empty(Placed(On([orphan, Wanting("a", 1)], Gpus(2))));
        Assert.Equal(["a"], Started(On([orphan with { WorkerIsAlive = false }, Wanting("a", 1)], Gpus(2))));
    }

    [Fact]
    public void A_simulation_gives_it_as_many()
    {
        var needs = new Dictionary<string, RunNeeds> { ["cuda"] = new(FlopsPerSecond: 10) };
        var node = new ForecastNode("n", new NodeView(Gpus(3)), run => new RunView(run) { Needs = needs });
        RunView[] runs = [Wanting("a", 2, flops: 40), Wanting("b", 2, flops: 30), Wanting("c", 1, flops: 10)];
        var foreseen = Simulation.Run(new QueueView(Now, [.. runs.Select(r => r.Queued)], [node]), Retries);
        Assert.Equal(
            [("a", 0.0, "cuda:0+cuda:1"), ("b", 4.0, "cuda:0+cuda:1"), ("c", 4.0, "cuda:2")],
            foreseen.Select(f => (f.Run.Value, (f.Begins!.Value - Now).TotalSeconds, f.Device!)));
    }

    [Fact]
    public void A_micro_batch_is_at_most_a_gpus_share_of_the_batch_and_that_is_what_is_halved()
    {
        var spec = new RunSpec
        {
            Shape = new ModelShape { Layers = 6, Width = 384, Heads = 6, Vocabulary = 32_768, Context = 1024 },
            Data = new DataIdentity("none", "00", "00"), Steps = 1,
                Recipe = new TrainingRecipe { BatchSequences = 64, LearningRateMax = 1e-3 }, Seed = 1,
        };
        var settings =
            new WorkerSettings { DataFolder = "", CheckpointFolder = "", MicroBatchTokens = 1 << 30, Gpus = 2 };
        var device = new NodeDevice("cuda:0", 1) { MemoryBytes = 200_000_000_000 };
        Assert.Equal(32 * 1024, RunEstimates.ResolveMicroBatch(settings, spec, device, 0).MicroBatchTokens);
        Assert.Equal(16 * 1024, RunEstimates.ResolveMicroBatch(settings, spec, device, 1).MicroBatchTokens);
        Assert.Equal(32 * 1024,
            RunEstimates.ResolveMicroBatch(settings with { AutoMicroBatch = true }, spec, device, 0).MicroBatchTokens);
        Assert.Equal(11 * 1024,
            RunEstimates.ResolveMicroBatch(settings with { Gpus = 6 }, spec, device, 0).MicroBatchTokens);
        var (one, two) =
            (MemoryEstimate.For(spec, settings with { Gpus = 1, Device = "cuda:0" }),
                MemoryEstimate.For(spec, settings with { Device = "cuda:0" }));
        Assert.InRange((double)two.Activations / one.Activations, 0.49, 0.51);
        Assert.Equal(one.Masters + one.Moments, two.Masters + two.Moments);
        Assert.Equal(MemoryEstimate.NcclBytes, two.Runtime - one.Runtime);
    }

    [Fact]
    public async Task A_worker_sees_the_gpus_that_it_was_given_in_their_order_and_is_told_how_many()
    {
        using var sweep = new DummySweep(runs: 3);
        sweep.Ledger.PutSweep(sweep.Sweep, new SweepSettings { Gpus = 2 });
        var outcome = await sweep.RunAsync(sweep.Options(stepMilliseconds: 100) with
        {
            Devices = [new NodeDevice("cuda:0", 1) { Uuid = "GPU-one" }, new NodeDevice("cuda:3", 1)],
        });
        Assert.True(outcome.IsComplete);
        Assert.All(Enumerable.Range(1, 3),
            seed => Assert.Equal(["cuda:0", "GPU-one,3", "2"], sweep.Starts(seed).Single()[4..]));
        Assert.All(sweep.Ledger.Attempts(DummySweep.Name), a => Assert.Equal("cuda:0+cuda:3", a.Device));
        Assert.Equal(2, sweep.Ledger.Settings(DummySweep.Name)!.Gpus);
    }

    private static IReadOnlyList<DispatchAction> On(IReadOnlyList<RunView> runs, IReadOnlyList<NodeDevice> devices) =>
        Plan(runs, n => n with { Devices = devices });

    private static IReadOnlyList<NodeDevice> Gpus(int count, int slots = 1, double? gibibytes = null) =>
        [.. Enumerable.Range(0, count)
        .Select(i =>
            new NodeDevice($"cuda:{i}", slots)
            { MemoryBytes = gibibytes is { } memory ? (long)(memory * Gibibyte) : null })];

    private static RunView Wanting(string run, int gpus, double flops = 1) =>
        Pending(run, run[0], flops, q => q with { Gpus = gpus, Steps = 10 });
}
