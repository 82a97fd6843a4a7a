using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Performance;

namespace ScalingLab.Runs.Tests;

/// <summary>The model of how long runs take on a processor, made from shapes that were timed.</summary>
public sealed class ProcessorModelTests
{
    private const long RuntimeBytes = 312_000_000;

    private static readonly StepShares Step = new(2, 6, 1.5, 2, 3, 80, 120, 1.2);
    private static readonly StepShares Pass = new(0.7, 2, 0.5, 0.6, 0, 30, 40, 0.4);
    private static readonly ProcessorRates Rates = new(60e9, 12e9);
    private static readonly WorkerSettings Settings = new() { DataFolder = "", CheckpointFolder = "" };

    [Fact]
    public void Runs_made_by_known_shares_are_predicted_from_other_shapes()
    {
        var model = Calibrate();
        Assert.InRange(model.Time.Largest, 0, 0.1);
        Assert.Equal(16, model.Shapes.Count);
        var unseen = Spec(5, 80, 5, 1536, 192, 12);
        var cost = model.Cost(unseen, Settings, freshShare: 0)!;
        Assert.Equal(StepSeconds(unseen), cost.StepSeconds, 0.05 * StepSeconds(unseen));
        Assert.Equal(cost.StepSeconds * unseen.Steps, cost.TrainingSeconds, 1e-6);
        Assert.Null(cost.Watts);
        Assert.Equal(RuntimeBytes, model.Memory!.Runtime, 1e-3 * RuntimeBytes);
        Assert.Equal(5, model.Memory.Parameter, 0.05);
    }

    [Fact]
    public void Beside_steps_a_run_takes_its_evaluations_its_checkpoints_and_its_share_of_a_process()
    {
        var (model, spec) = (Calibrate(), Spec(3, 96, 4, 1024, 128, 16));
        double Beside(WorkerSettings settings, double fresh = 0) => model.Cost(spec, settings, fresh)!.BesideSeconds;
        var five = Beside(Settings);
        Assert.Equal(1.5, Beside(Settings, fresh: 1) - five, 0.01);
        Assert.Equal(0.75, Beside(Settings, fresh: 0.5) - five, 0.01);
        var one = Seconds(Pass, StepWork.Evaluation(spec, Settings.MicroBatchTokens, 65_536));
        Assert.Equal(5 * one, Beside(Settings with { Evaluations = 10 }) - five, 0.25 * one);
        var parameters = ParameterCount.For(spec.Shape).Total;
        var once = Beside(Settings with { CheckpointSeconds = 1e9 });
        Assert.Equal(9 * (0.02 + (3e-8 * parameters)), Beside(Settings with { CheckpointSteps = 100 }) - once, 0.02);
    }

    [Fact]
    public void Nothing_is_said_of_what_was_not_timed()
    {
        var (model, spec) = (Calibrate(), Spec(3, 96, 4, 1024, 128, 16));
        Assert.Null(model.Cost(spec with { Recipe = spec.Recipe with { Precision = Precision.Bf16 } }, Settings, 1));
        Assert.Null(model.Cost(spec, Settings with { Recompute = RecomputeMode.Block }, 1));
        Assert.True(model.Covers(spec.Shape));
        Assert.False(model.Covers(Spec(2, 512, 8, 256, 64, 16).Shape));
        Assert.Throws<InputException>(() => ProcessorCalibrator.Calibrate([.. Runs().Take(3)], new(1, 2),
            DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void A_model_reads_back_as_it_was_written()
    {
        var model = Calibrate();
        var again = RunJson.Deserialize<ProcessorModel>(RunJson.Serialize(model));
        Assert.Equal(RunJson.Serialize(model), RunJson.Serialize(again));
        Assert.Equal((model.Step, model.Load, model.Rates), (again.Step, again.Load, again.Rates));
    }

    private static ProcessorModel Calibrate() =>
        ProcessorCalibrator.Calibrate([.. Runs()], new ProcessorLoad(1, 2), DateTimeOffset.UnixEpoch);

    private static double Seconds(StepShares shares, StepWork work) =>
        shares.Seconds(work, Rates.FlopsPerSecond, Rates.BytesPerSecond);

    private static double StepSeconds(RunSpec spec) =>
        Seconds(Step, StepWork.OnProcessor(spec, Settings.MicroBatchTokens));

    private static IEnumerable<TimedRun> Runs()
    {
        (int, int, int, int, int, int)[] shapes =
        [
            (2, 12, 1, 1024, 64, 16), (2, 24, 1, 512, 256, 16), (2, 32, 4, 2048, 64, 64), (3, 48, 3, 512, 512, 4),
            (3, 64, 2, 8192, 128, 16), (6, 64, 4, 256, 256, 8), (4, 128, 4, 2048, 128, 32), (2, 192, 4, 256, 512, 4),
            (3, 256, 8, 4096, 256, 4), (6, 256, 4, 512, 128, 16), (2, 16, 2, 4096, 128, 8), (4, 72, 9, 1024, 128, 16),
            (3, 112, 14, 512, 256, 4), (6, 176, 11, 1024, 64, 8), (2, 416, 13, 256, 64, 4), (4, 416, 13, 1024, 256, 1),
        ];
        var runs = shapes.Select(one => Spec(one.Item1, one.Item2, one.Item3, one.Item4, one.Item5, one.Item6))
            .ToList();
        // the process's first run, which is timed again at its end
        return runs.Append(runs[0]).Select((spec, at) => Timed(spec, isFirst: at == 0));
    }

    private static TimedRun Timed(RunSpec spec, bool isFirst)
    {
        var (step, parameters) = (StepSeconds(spec), ParameterCount.For(spec.Shape).Total);
        var setup = 0.1 + (4e-8 * parameters);
        var work = StepWork.Evaluation(spec, Settings.MicroBatchTokens, spec.BatchTokens);
        return new TimedRun(spec, Settings.MicroBatchTokens, new ShapeTiming(step, Seconds(Pass, work),
            spec.BatchTokens, setup + (isFirst ? 1.2 : 0), 0.02 + (3e-8 * parameters),
            isFirst ? 1.5 + setup + step : 100,
            MemoryEstimate.For(spec, Settings.MicroBatchTokens, "cpu").Counted + RuntimeBytes + (5 * parameters), Rates,
            "a processor (1 thread)", TensorEngine.Fused, "libtorch"));
    }

    private static RunSpec Spec(int layers, int width, int heads, int vocabulary, int context, int sequences) => new()
    {
        Shape = new ModelShape
        {
            Layers = layers, Width = width, Heads = heads, Vocabulary = vocabulary, Context = context,
        },
        Data = new DataIdentity("none", "00", "00"),
        Steps = 1000,
        Recipe = new TrainingRecipe { BatchSequences = sequences, LearningRateMax = 0.01 },
        Seed = 1,
    };
}
