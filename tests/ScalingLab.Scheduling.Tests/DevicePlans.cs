using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;
using static ScalingLab.Scheduling.Tests.PlanViews;

namespace ScalingLab.Scheduling.Tests;

/// <summary>Which device a run gets: class, slots, memory.</summary>
public sealed class DevicePlans
{
    private const long Gibibyte = 1L << 30;

    [Fact]
    public void A_sweep_gets_devices_of_the_class_that_it_wants_and_a_gpu_before_the_processor_where_it_wants_none()
    {
        RunView[] runs = [Wanting("a", "cpu"), Wanting("b", "cuda"), Wanting("c", null)];
        Assert.Equal(
            [("a", "cpu"), ("b", "cuda:0"), ("c", "cuda:1")],
            Placed(On(runs, new("cpu", 4), new("cuda:0", 1), new("cuda:1", 1))));
        Assert.Equal([("a", "cpu"), ("c", "cpu")], Placed(On(runs, new NodeDevice("cpu", 4))));
        Assert.Equal([WaitReason.NoDevice], Waiting(On([runs[1]], new NodeDevice("cpu", 4))));
    }

    [Fact]
    public void Runs_go_to_the_emptiest_device()
    {
        RunView[] runs = [Here("x", "cuda:0"), Wanting("a", "cuda"), Wanting("b", "cuda"), Wanting("c", "cuda")];
        Assert.Equal([("a", "cuda:1"), ("b", "cuda:0"), ("c", "cuda:1")],
            Placed(On(runs, new("cuda:0", 2), new("cuda:1", 2))));
    }

    [Fact]
    public void Several_runs_share_a_gpu_while_their_memory_fits_into_nine_tenths_and_slots_are_free()
    {
        RunView[] runs = [.. "abcd".Select(c => Wanting(c.ToString(), "cuda").Needing(3))];
        Assert.Equal(["a", "b", "c"], Started(On(runs, Gpu(slots: 8, gibibytes: 10))));
        Assert.Equal(["a", "b"], Started(On(runs, Gpu(slots: 8, gibibytes: 9.9))));
        Assert.Equal(["a", "b"], Started(On(runs, Gpu(slots: 2, gibibytes: 80))));
        // a memory that nobody told bounds nothing
        Assert.Equal(["a", "b", "c", "d"], Started(On(runs, new NodeDevice("cuda:0", 8))));
    }

    [Theory]
    [InlineData(4, "1111", "abcd")]
    [InlineData(4, "2211", "ab")] // c waits: the threads are all given
    [InlineData(4, "3111", "ab")]
    [InlineData(4, "9111", "a")] // more than there are: alone
    [InlineData(4, "1911", "a")] // and what is smaller does not pass it for ever
    [InlineData(0, "2222", "abcd")] // not counted
    public void Workers_on_a_processor_use_no_more_threads_together_than_it_has(int has, string wants, string started)
    {
        RunView[] runs =
            [.. wants.Select((w, i) => Pending($"{(char)('a' + i)}", i, 9 - i) with { Threads = w - '0' })];
        var plan = On(runs, new NodeDevice("cpu", 8) { Threads = has > 0 ? has : null });
        Assert.Equal(started, string.Concat(Started(plan)));
    }

    [Fact]
    public void Threads_of_what_runs_here_beside_here_or_without_its_host_are_taken_already()
    {
        var cpu = new NodeDevice("cpu", 8) { Threads = 4 };
        var wanting = Pending("a", 0, 1) with { Threads = 2 };
        var here = Here("x") with { Threads = 3 };
        Assert.Empty(Started(On([here, wanting], cpu)));
        Assert.Empty(Started(On([here with { DeviceHere = null }, wanting], cpu)));
        Assert.Empty(Started(On([here with { DeviceHere = null, HostIsGone = true }, wanting], cpu)));
        Assert.Equal(["a"], Started(On([here with { Threads = 2 }, wanting], cpu)));
        Assert.Equal(["a"], Started(On([here with { DeviceHere = null, WorkerIsAlive = false }, wanting], cpu)));
    }

    [Fact]
    public void What_another_process_of_the_machine_runs_there_takes_memory_but_no_slot()
    {
        var beside = Here("x", "cuda:0").Needing(8) with { DeviceHere = null };
        Assert.Empty(Started(On([beside, Wanting("a", "cuda").Needing(3)], Gpu(slots: 1, gibibytes: 10))));
        Assert.Equal(["a"], Started(On([beside, Wanting("a", "cuda").Needing(1)], Gpu(slots: 1, gibibytes: 10))));
    }

    [Fact]
    public void A_worker_that_outlived_its_host_holds_its_slot_and_memory_until_it_is_gone()
    {
        var orphan = Here("x", "cuda:0").Needing(1) with { DeviceHere = null, HostIsGone = true };
        Assert.Empty(Started(On([orphan, Wanting("a", "cuda").Needing(1)], Gpu(slots: 1, gibibytes: 10))));
        Assert.Equal(["a"],
            Started(On([orphan with { WorkerIsAlive = false }, Wanting("a", "cuda").Needing(1)],
                Gpu(slots: 1, gibibytes: 10))));
    }

    [Fact]
    public void A_run_larger_than_the_device_is_tried_alone()
    {
        var large = Wanting("a", "cuda", flops: 9).Needing(20);
        Assert.Equal(["a"], Started(On([large, Wanting("b", "cuda").Needing(1)], Gpu(slots: 8, gibibytes: 10))));
        Assert.Empty(Started(On([large, Here("x", "cuda:0").Needing(1)], Gpu(slots: 8, gibibytes: 10))));
    }

    [Fact]
    public void Small_runs_do_not_pass_a_large_one_that_waits_for_memory_but_use_the_other_device()
    {
        RunView[] runs =
            [Here("x", "cuda:0").Needing(5), Wanting("a", "cuda", flops: 9).Needing(7),
                Wanting("b", "cuda").Needing(1)];
        Assert.Empty(Started(On(runs, Gpu(slots: 8, gibibytes: 10))));
        Assert.Equal(
            [("b", "cuda:1")],
            Placed(On([.. runs, Here("y", "cuda:1").Needing(6)], Gpu(8, 10), Gpu(8, 10) with { Name = "cuda:1" })));
    }

    [Fact]
    public void Speed_is_that_of_the_kin_on_this_node_else_anywhere_else_of_the_kin_nearest_in_size()
    {
        MeasuredSpeed[] speeds =
        [
            new("here", "cpu", 1, "small", 10, 1, 100), new("there", "cpu", 1, "small", 40, 1, 100),
                new("there", "cpu", 1, "large", 70, 2, 1000),
            new("there", "cuda", 1, "large", 900, 1, 1000),
        ];
        Assert.Equal(10, Speed("cpu", "small", 100, "here"));
        Assert.Equal(25, Speed("cpu", "small", 100, "elsewhere"));
        Assert.Equal(70, Speed("cpu", "large", 1000, "here"));
        Assert.Equal(25, Speed("cpu", "unseen", 300, "here")); // a third of a large one's, three times a small one's
        Assert.Equal(70, Speed("cpu", "unseen", 400, "here"));
        Assert.Null(RunEstimates.Speed(speeds[..3], "cuda", Run("large", 1000), "here"));

        double? Speed(string deviceClass, string kin, double flopsPerToken, string node) =>
            RunEstimates.Speed(speeds, deviceClass, Run(kin, flopsPerToken), node);

        static QueuedRun Run(string kin, double flopsPerToken) =>
            Pending("a", 0, 10 * flopsPerToken, q => q with { Workload = kin, Tokens = 10 }).Queued;
    }

    private static IReadOnlyList<DispatchAction> On(IReadOnlyList<RunView> runs, params NodeDevice[] devices) =>
        Plan(runs, n => n with { Devices = devices });

    private static NodeDevice Gpu(int slots, double gibibytes) =>
        new("cuda:0", slots) { MemoryBytes = (long)(gibibytes * Gibibyte) };

    private static RunView Wanting(string run, string? deviceClass, double flops = 1) =>
        Pending(run, run[0], flops, q => q with { DeviceClass = deviceClass });
}
