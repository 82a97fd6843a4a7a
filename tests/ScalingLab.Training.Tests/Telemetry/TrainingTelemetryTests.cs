using ScalingLab.Data.Batches;
using ScalingLab.Data.Shards;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;
using ScalingLab.Training.Checkpoints;
using ScalingLab.Training.Steps;
using ScalingLab.Training.Telemetry;

namespace ScalingLab.Training.Tests.Telemetry;

public sealed class TrainingTelemetryTests(TinyData data) : IClassFixture<TinyData>
{
    [Fact]
    public void A_run_says_its_speed_utilisation_and_waits_by_interval_and_in_all()
    {
        var peaks = Path.Combine(data.Folder, "peaks.json");
        var kenya = new GridIntensity("Kenya 2023", 96);
        var spec = data.Spec(steps: 60);
        var (result, said) =
            data.Train(
                data.Order(spec, "telemetry",
                    s => s with { PeaksFile = peaks, GridIntensity = kenya, CurvePoints = 6 }));
        var intervals = said.OfType<WorkerMessage.Measured>().Select(m => m.Point.Telemetry!).ToList();
        Assert.Equal(6, intervals.Count);
        var perToken = spec.Flops / spec.Tokens;
        Assert.All(intervals, i =>
        {
            Assert.Equal(i.TokensPerSecond!.Value * perToken, i.FlopsPerSecond!.Value, 1);
            Assert.Equal(i.FlopsPerSecond!.Value / result.PeakFlopsPerSecond!.Value, i.Mfu!.Value, 1e-9);
            Assert.InRange(i.DataWaitShare!.Value, 1e-9, 1);
            Assert.InRange(i.DeviceUtilisation!.Value, 0, 1);
            Assert.True(i.PeakMemoryBytes > 1_000_000);
        });
        Assert.Equal(result.TokensPerSecond * perToken / result.PeakFlopsPerSecond!.Value, result.Mfu!.Value, 1e-9);
        Assert.Equal(60 / result.TokensPerSecond, intervals.Sum(i => 10 / i.TokensPerSecond!.Value), 1e-9);
        Assert.InRange(result.DataWaitShare!.Value, 1e-9, 1);
        Assert.InRange(result.DeviceUtilisation!.Value, 0.01, 1);
        Assert.Equal(0, result.LossSpikes);
        Assert.Null(result.FirstSpikeStep);
        Assert.Equal(kenya, result.GridIntensity);
        Assert.True(File.Exists(peaks));
    }

    [Fact]
    public void Watching_changes_no_number_of_training()
    {
        var (watched, said) =
            data.Train(
                data.Order(data.Spec(steps: 20), "watched",
                    s => s with { PeaksFile = Path.Combine(data.Folder, "others.json") }));
        var expected = Unwatched(data.Spec(steps: 20));
        Assert.Equal(expected,
            said.OfType<WorkerMessage.Measured>().Select(m => (m.Point.LossTrain!.Value, m.Point.GradientNorm!.Value)));
        // no place to keep a peak: none is measured
        Assert.Null(data.Train(data.Order(data.Spec(steps: 2), "no-peak")).Result.Mfu);
        Assert.NotNull(watched.Mfu);
    }

    [Fact]
    public void Sums_go_on_over_a_break_and_what_one_part_lacks_the_whole_lacks()
    {
        using var library = new ManagementLibrary();
        var order = data.Order(data.Spec(steps: 100), "sums");
        var batch = order.Spec.BatchTokens;
        TrainingTelemetry Begun(bool metered) =>
            new(order, torch.CPU, () => metered ? new DeviceMeter(library.Open(), TimeProvider.System) : null);

        library.Set(millijoules: 7_000, milliwatts: null, percent: 50, processes: 1);
        string checkpoint;
        using (var first = Begun(metered: true))
        {
            library.Set(millijoules: 17_000, milliwatts: null, percent: 50, processes: 1);
            Assert.Equal(10, first.Interval(20 * batch, 2.0).EnergyJoules!.Value, 1e-9);
            library.Set(millijoules: 20_000, milliwatts: null, percent: 50, processes: 1);
            checkpoint = RunJson.Serialize(first.Progress(30 * batch, 3.0));
        }

        var kept = RunJson.Deserialize<TelemetryProgress>(checkpoint);
        // drawn between the attempts, by others
        library.Set(millijoules: 900_000, milliwatts: null, percent: 50, processes: 1);
        using (var second = Begun(metered: true))
        {
            second.Resume(kept, 30 * batch, 3.0);
            library.Set(millijoules: 904_000, milliwatts: null, percent: 50, processes: 1);
            var interval = second.Interval(40 * batch, 4.0);
            Assert.Equal(3 + 4, interval.EnergyJoules!.Value, 1e-9); // before the break and after it
            Assert.Equal(20 * batch / 2.0, interval.TokensPerSecond!.Value, 1e-6);
            var result = second.AddTo(TestResult, 10);
            Assert.Equal((17, EnergySource.NvmlCounter), (result.EnergyJoules!.Value, result.EnergySource));
            Assert.Equal(0.5, result.DeviceUtilisation!.Value, 1e-9);
            Assert.Equal(0, result.LossSpikes);
        }

        using (var elsewhere = Begun(metered: false))
        {
            elsewhere.Resume(kept, 30 * batch, 3.0);
            var result = elsewhere.AddTo(TestResult, 10);
            Assert.Null(result.EnergyJoules);
            Assert.Null(result.EnergySource);
            Assert.NotNull(result.DataWaitShare);
        }

        using (var branch = Begun(metered: true))
        {
            branch.Resume(kept.ForBranch(), 30 * batch, 0);
            library.Set(millijoules: 905_000, milliwatts: null, percent: 50, processes: 1);
            Assert.Equal(10 * batch / 0.5, branch.Interval(40 * batch, 0.5).TokensPerSecond!.Value, 1e-6);
            Assert.Equal(1, branch.AddTo(TestResult, 1).EnergyJoules!.Value, 1e-9); // the trunk's is the trunk's
        }

        using var old = Begun(metered: true);
        old.Resume(null, 30 * batch, 3.0); // a checkpoint from before there was telemetry
        Assert.NotNull(old.Interval(40 * batch, 4.0).TokensPerSecond);
        var rest = old.AddTo(TestResult, 10);
        Assert.Equal((null, null, null, null),
            (rest.EnergyJoules, rest.DataWaitShare, rest.DeviceUtilisation, rest.LossSpikes));
    }

    [Fact]
    public void A_run_stopped_and_resumed_keeps_its_waits_and_its_spikes()
    {
        var order = data.Order(data.Spec(steps: 40), "kept", s => s with { CheckpointSteps = 7 });
        using (var stop = new CancellationTokenSource())
        {
            using var first = new TrainingLoop(order, data.Prepared, m =>
            {
                if (m is WorkerMessage.CheckpointSaved { Step: >= 14 }) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => first.Train(stop.Token));
        }

        using var state = new TrainingStep(order.Spec, order.Settings);
        var saved = new CheckpointFolder(order.Settings.CheckpointFolder).Load(order.Spec.Id.Value, state.State)!;
        Assert.Equal(14 * order.Spec.BatchTokens, saved.Telemetry!.Now.Tokens);
        Assert.Equal(14, saved.Telemetry.Spikes!.Recent.Count);
        var (result, said) = data.Train(order);
        var repeated = said.OfType<WorkerMessage.Measured>().First(m => m.Point.Step == 14).Point.Telemetry;
        Assert.Equal(saved.Points[^1].Telemetry, repeated); // measured before the break, said again after it
        Assert.True(result.DataWaitShare * 40 * order.Spec.BatchTokens / result.TokensPerSecond
            > saved.Telemetry.Now.WaitSeconds);
        Assert.Equal(0, result.LossSpikes);
    }

    private static RunResult TestResult => new()
    {
        LossValidation = 3,
        BitsPerByte = 2,
        EvaluationTokens = 1,
        Epochs = 1,
        WallSeconds = 1,
        TokensPerSecond = 1,
        Device = "",
        Threads = 1,
    };

    /// <summary>The steps alone, without a loop round them.</summary>
    private IEnumerable<(double Loss, double GradientNorm)> Unwatched(RunSpec spec)
    {
        using var text = data.Prepared.OpenTrain(checkTokens: false);
        var batches = new BatchReader(text, spec.Shape.Context, unchecked((ulong)spec.Seed));
        using var training = new TrainingStep(spec, data.Order(spec, "unwatched").Settings);
        return [.. Enumerable.Range(0, (int)spec.Steps).Select(step => training.Run(step, batches.Read))];
    }
}
