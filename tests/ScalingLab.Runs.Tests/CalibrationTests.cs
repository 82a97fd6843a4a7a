using ScalingLab.Runs.Devices;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Performance;

namespace ScalingLab.Runs.Tests;

/// <summary>The model of how long runs take on a GPU, and the table of devices that it reads.</summary>
public sealed class CalibrationTests
{
    private static readonly DeviceSheet H200 = DeviceTable.Find("h200")!;
    private static readonly StepShares Truth = new(1.4, 4, 1.5, 1, 1.8, 5, 60);

    [Fact]
    public void Devices_have_each_a_key_a_name_a_source_and_sensible_figures()
    {
        Assert.Equal(DeviceTable.All.Count, DeviceTable.All.Select(one => one.Key).Distinct().Count());
        Assert.All(DeviceTable.All, one =>
        {
            Assert.Same(one, DeviceTable.Find(one.Key.ToUpperInvariant()));
            Assert.Same(one, DeviceTable.Named($"NVIDIA {one.Name}"));
            Assert.NotEmpty(one.Source);
            Assert.InRange(one.TeraFlops16 / one.TeraFlops32, 1.9, 31); // tensor cores are faster than ordinary ones
            Assert.InRange(one.Memory, 8, 200);
            Assert.Equal(one.HasFusedKernels, one.Peak(Precision.Bf16) is not null);
        });
        Assert.Null(DeviceTable.Find("rtx9999"));
    }

    [Fact]
    public void Runs_made_by_known_shares_are_predicted_from_runs_of_other_shapes()
    {
        var calibration = Calibrator.Calibrate(
            [.. Runs((4, 256), (6, 384), (8, 512), (10, 640), (12, 768)).Where(Calibrator.IsUsable)]);
        Assert.Equal((15, 5), (calibration.Runs, calibration.Shapes));
        Assert.InRange(calibration.Time.Largest, 0, 0.04);
        Assert.InRange(calibration.PowerShare, 0.899, 0.901);
        var unseen = Spec(7, 448, 48);
        Assert.Equal(
            Truth.Seconds(StepWork.For(unseen, unseen.BatchTokens), H200, Precision.Bf16)!.Value,
            calibration.Cost(unseen, unseen.BatchTokens, H200)!.StepSeconds, 0.02 * Seconds(unseen));
    }

    [Fact]
    public void The_micro_batch_and_the_device_decide_the_time_of_a_step()
    {
        var (spec, model) = (Spec(12, 768, 64), Calibration.Committed);
        var whole = model.Cost(spec, spec.BatchTokens, H200)!;
        Assert.True(model.Cost(spec, spec.BatchTokens / 8, H200)!.StepSeconds > whole.StepSeconds);
        var slower = model.Cost(spec, spec.BatchTokens, DeviceTable.Find("rtx3060")!)!;
        Assert.InRange(slower.StepSeconds / whole.StepSeconds, 4800.0 / 360, 989.4 / 25.4);
        Assert.Equal(slower.Watts!.Value * slower.TrainingSeconds, slower.Joules!.Value, 1e-3);
    }

    [Fact]
    public void Nothing_is_said_of_number_formats_and_cards_that_no_run_was_measured_in()
    {
        var (spec, model) = (Spec(6, 384, 16), Calibration.Committed);
        Assert.Null(model.Cost(spec with { Recipe = spec.Recipe with { Precision = Precision.Fp32 } }, 16_384, H200));
        Assert.Null(model.Cost(spec, 16_384, DeviceTable.Find("t4")!));
        Assert.Null(model.Cost(spec, 16_384, DeviceTable.Find("gh200")!)!.Watts); // its sheet has the module's alone
    }

    [Fact]
    public void Runs_that_cannot_tell_are_left_out_and_too_few_shapes_are_refused()
    {
        var run = Runs((6, 384)).First();
        Assert.True(Calibrator.IsUsable(run));
        Assert.False(Calibrator.IsUsable(run with { HeldSeconds = null }));
        Assert.False(Calibrator.IsUsable(run with { Result = run.Result with { Device = "AMD EPYC (1 thread)" } }));
        Assert.False(Calibrator.IsUsable(run with { Result = run.Result with { Gpus = 2 } }));
        Assert.False(Calibrator.IsUsable(run with { Result = run.Result with { Engine = "torchsharp" } }));
        Assert.Throws<InputException>(() => Calibrator.Calibrate([.. Runs((6, 384), (8, 512))]));
        var elsewhere = run with { Result = run.Result with { Device = "NVIDIA L4" } };
        Assert.Throws<InputException>(() => Calibrator.Calibrate([.. Runs((4, 256), (8, 512), (9, 576)), elsewhere]));
    }

    [Fact]
    public void A_range_of_errors_gives_each_shape_its_weight()
    {
        var range = ErrorRange.Of([.. Enumerable.Range(0, 90).Select(_ => (1.1, 0.1)), (0.8, 9)])!;
        Assert.Equal((0.8, 1.1), (range.Low, range.High));
        Assert.Equal(0.2, range.Largest, 12);
        Assert.Null(ErrorRange.Of([]));
    }

    [Theory]
    [InlineData("distil-size", 66)]
    [InlineData("minilm-size", 33)]
    [InlineData("albert-size", 11)]
    [InlineData("gpt2-small", 124)]
    [InlineData("pythia-70m", 70)]
    [InlineData("pythia-160m", 162)]
    public void Known_models_have_the_parameters_that_they_are_known_by(string name, int millions) =>
        Assert.Equal(millions, Math.Round(ModelPresets.Find(name)!.OriginalParameters!.Value / 1e6));

    private static IEnumerable<MeasuredRun> Runs(params (int Layers, int Width)[] shapes) =>
        from shape in shapes
        from sequences in new[] { 8, 32, 128 }
        select Measured(Spec(shape.Layers, shape.Width, sequences));

    private static double Seconds(RunSpec spec) =>
        Truth.Seconds(StepWork.For(spec, spec.BatchTokens), H200, Precision.Bf16)!.Value;

    private static MeasuredRun Measured(RunSpec spec)
    {
        var training = spec.Steps * Seconds(spec);
        return new MeasuredRun(spec, new RunResult
        {
            LossValidation = 3, EvaluationTokens = 1, Epochs = 1, WallSeconds = training,
            TokensPerSecond = spec.Tokens / training,
            Device = "NVIDIA H200", Threads = 1, MicroBatchTokens = (int)spec.BatchTokens,
            EnergyJoules = 0.9 * 700 * training,
        }, training + 2 + (3e-8 * ParameterCount.For(spec.Shape).Total));
    }

    private static RunSpec Spec(int layers, int width, int sequences) => new()
    {
        Shape = new ModelShape
        {
            Layers = layers, Width = width, Heads = width / 64, Vocabulary = 32_768, Context = 1024, QkNorm = true,
        },
        Data = new DataIdentity("none", "00", "00"),
        Steps = 5000,
        Recipe = new TrainingRecipe
        {
            BatchSequences = sequences, LearningRateMax = 0.01, Precision = Precision.Bf16,
        },
        Seed = 1,
    };
}
