using ScalingLab.Lab.Planning;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Tests;

/// <summary>How long a sweep is said to take, before and after the fact.</summary>
public sealed class TimeEstimateTests
{
    private static readonly double Flops = ShortRun.Create(1).Spec.Flops;

    [Fact]
    public void Runs_take_their_steps_and_what_runs_of_their_kin_took_beside_and_share_the_slots()
    {
        var sweep = new Sweep("s", null, [.. Enumerable.Range(1, 4).Select(seed => ShortRun.Create(seed))]);
        var basis = new TimeBasis(new HashSet<RunId> { ShortRun.Create(1).Spec.Id },
            [Speed(flopsPerSecond: Flops / 8, beside: 2)]);
        var estimate = TimeEstimate.For(sweep, basis, slots: 2);
        Assert.Equal((20.0, 30.0, 8.0),
            (estimate.Wall!.Value.TotalSeconds, estimate.DeviceTime!.Value.TotalSeconds,
            estimate.Shortest!.Value.TotalSeconds));
        Assert.Equal((1, 1), (estimate.RunsFinished, estimate.BasisRuns));
        Assert.Null(TimeEstimate.For(sweep, basis with { Speeds = [] }, 2).Wall);
        var together = TimeEstimate.For(sweep, basis, slots: 2, gpus: 2); // one after the other, each in both slots
        Assert.Equal((30.0, 60.0), (together.Wall!.Value.TotalSeconds, together.DeviceTime!.Value.TotalSeconds));
        Assert.Equal(TimeSpan.Zero, TimeEstimate.For(new Sweep("s", null, [ShortRun.Create(1)]), basis, 2).Wall);
    }

    [Fact]
    public void What_is_predicted_of_a_run_is_what_those_had_shown_that_finished_before_it_began()
    {
        using var folder = new TemporaryFolder();
        var time = new SteppedTime();
        using var ledger = Ledger.OpenSqlite(folder["ledger.db"], time);
        ledger.PutSweep(new Sweep("s", null, [.. Enumerable.Range(1, 3).Select(seed => ShortRun.Create(seed))]));
        foreach (var (seed, seconds, inSteps) in new[] { (1, 10, 8), (2, 14, 8), (3, 30, 8) })
        {
            var attempt = ledger.Claim(ShortRun.Create(seed).Spec.Id, new Claimant("n", Device: "cpu"),
                TimeSpan.FromHours(1))!;
            time.Now += TimeSpan.FromSeconds(seconds);
            Assert.True(
                ledger.Accept(attempt,
                    Result(tokensPerSecond: ShortRun.Create(seed).Spec.Tokens / (double)inSteps)));
        }
        Assert.Equal([null, 10, 12], PredictedTimes.Read(ledger, "s")
            .Runs.Select(r => r.PredictedSeconds is { } s ? Math.Round(s, 6) : (double?)null));
        Assert.Equal(10,
            Math.Round(ledger.Speeds().Single().OverheadSeconds!.Value, 6)); // 2, 6 and 22 beside the steps
    }

    [Fact]
    public void An_engine_that_has_trained_such_runs_is_predicted_by_them_alone_and_one_that_has_not_by_all_of_them()
    {
        using var folder = new TemporaryFolder();
        using var ledger = Ledger.OpenSqlite(folder["ledger.db"]);
        ledger.PutSweep(new Sweep("s", null, [.. Enumerable.Range(1, 2).Select(seed => ShortRun.Create(seed))]));
        foreach (var (seed, seconds, engine) in new[] { (1, 8, "fused"), (2, 16, "torchsharp+fused") })
        {
            var attempt =
                ledger.Claim(ShortRun.Create(seed).Spec.Id, new Claimant("n", Device: "cpu"),
                    TimeSpan.FromHours(1))!;
            Assert.True(
                ledger.Accept(attempt,
                    Result(ShortRun.Create(seed).Spec.Tokens / (double)seconds) with { Engine = engine }));
        }

        var next = new Sweep("next", null, [ShortRun.Create(3)]);
        TimeEstimate By(TensorEngine? engine) => TimeEstimate.For(next, TimeBasis.Read(ledger, engine), slots: 1);
        Assert.Equal((8, 1, 0),
            (Math.Round(By(TensorEngine.Fused).Wall!.Value.TotalSeconds), By(TensorEngine.Fused).BasisRuns,
            By(TensorEngine.Fused).BasisOthers));
        Assert.Equal(By(null).Wall, By(TensorEngine.Torchsharp).Wall);
        Assert.Equal((2, 2), (By(TensorEngine.Torchsharp).BasisRuns, By(TensorEngine.Torchsharp).BasisOthers));
    }

    private static MeasuredSpeed Speed(double flopsPerSecond, double beside) =>
        new("n", "cpu", 1, WorkloadKey.For(ShortRun.Create(1).Spec), flopsPerSecond, 1,
            FlopCount.For(ShortRun.Create(1).Spec.Shape)
            .PerToken) { OverheadSeconds = beside };

    private static RunResult Result(double tokensPerSecond) => new()
    {
        LossValidation = 3, BitsPerByte = 1, EvaluationTokens = 1, Epochs = 1, WallSeconds = 1,
            TokensPerSecond = tokensPerSecond, Device = "cpu", Threads = 1,
    };

    private sealed class SteppedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
