using ScalingLab.Data.Batches;
using ScalingLab.Data.Shards;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;
using ScalingLab.Training.Checkpoints;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

public sealed class TrainingLoopTests(TinyData data) : IClassFixture<TinyData>
{
    [Fact]
    public void A_model_learns_the_text()
    {
        var (result, said) = data.Train(data.Order(data.Spec(steps: 300), "learns"));
        Assert.InRange(result.LossValidation, 0.2, 1.6); // ln 257 = 5.55 at the start; letters alone leave about 2.8
        Assert.InRange(result.LossUnigram!.Value, 2.6, 3.1);
        var losses = Points(said);
        Assert.Equal(Math.Log(257), losses[0].LossTrain!.Value, 1e-4);
        Assert.Equal(result.LossValidation, losses[^1].LossValidation);
        Assert.Equal(3, losses.Count(p => p.LossValidation is not null));
        // a token is a byte, but for the end-of-document tokens
        Assert.Equal(result.LossValidation / Math.Log(2), result.BitsPerByte!.Value, 0.02);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Fp8Head)]
    public void A_stopped_run_goes_on_bit_for_bit(Precision precision)
    {
        var spec = data.Spec(steps: 40, recipe: TinyData.Recipe with { Precision = precision });
        var (whole, saidWhole) = data.Train(data.Order(spec, $"whole-{precision}"));

        var order = data.Order(spec, $"broken-{precision}", s => s with { CheckpointSteps = 7 });
        using (var stop = new CancellationTokenSource())
        {
            using var first = new TrainingLoop(order, data.Prepared, m =>
            {
                if (m is WorkerMessage.CheckpointSaved { Step: >= 14 }) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => first.Train(stop.Token));
        }

        var (resumed, saidResumed) = data.Train(order);
        Assert.Equal(14, saidResumed.OfType<WorkerMessage.Started>().Single().Step);
        Assert.Equal(Points(saidWhole), Points(saidResumed));
        Assert.Equal(whole.LossValidation, resumed.LossValidation);
    }

    [Fact]
    public void A_result_says_every_engine_that_had_a_part_in_it()
    {
        var order = data.Order(data.Spec(steps: 10), "engines", s => s with { CheckpointSteps = 4 });
        var (here, other) = Kernels.name == "fused" ? ("fused", "torchsharp") : ("torchsharp", "fused");
        Assert.Equal(here, data.Train(order).Result.Engine);

        using var training = new TrainingStep(order.Spec, order.Settings);
        var folder = new CheckpointFolder(order.Settings.CheckpointFolder);
        var middle = folder.Load(order.Spec.Id.Value, training.State, most: 8)!;
        Assert.Equal((8, here), (middle.Step, middle.Engine));
        Directory.Delete(order.Settings.CheckpointFolder, recursive: true);
        folder.Save(middle with { Engine = other }, training.State);
        Assert.Equal($"{other}+{here}", data.Train(order).Result.Engine);
    }

    [Fact]
    public void Steps_asked_for_ahead_have_the_numbers_of_steps_one_by_one()
    {
        var order = data.Order(data.Spec(steps: 4), "ahead");
        using var text = data.Prepared.OpenTrain(checkTokens: false);
        var batches = new BatchReader(text, order.Spec.Shape.Context, 1);
        using var ahead = new TrainingStep(order.Spec, order.Settings);
        using var single = new TrainingStep(order.Spec, order.Settings);
        for (var step = 0; step < 4; step++) ahead.Enqueue(step, batches.Read);
        Assert.Equal(Enumerable.Range(0, 4).Select(step => single.Run(step, batches.Read)), ahead.Drain());
        Assert.Empty(ahead.Drain());
    }

    [Fact]
    public void The_same_seed_gives_the_same_curve_and_another_seed_another()
    {
        var one = Points(data.Train(data.Order(data.Spec(steps: 10), "same-1")).Said);
        Assert.Equal(one, Points(data.Train(data.Order(data.Spec(steps: 10), "same-2")).Said));
        Assert.NotEqual(one, Points(data.Train(data.Order(data.Spec(steps: 10, seed: 2), "other")).Said));
    }

    [Fact]
    public void Accumulated_micro_batches_follow_the_whole_batch()
    {
        var spec = data.Spec(steps: 20);
        var whole = Points(data.Train(data.Order(spec, "whole-batch")).Said);
        // 3 + 3 + 2 sequences
        var parts = Points(data.Train(data.Order(spec, "parts", s => s with { MicroBatchTokens = 3 * 32 })).Said);
        Assert.All(whole.Zip(parts),
            pair => Assert.Equal(pair.First.LossTrain!.Value, pair.Second.LossTrain!.Value, 2e-3));
        Assert.Equal(whole[0].GradientNorm!.Value, parts[0].GradientNorm!.Value, 1e-5);
    }

    [Theory]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Fp8Head)]
    public void Fewer_bits_follow_fp32_within_their_rounding(Precision precision)
    {
        var fp32 = data.Train(data.Order(data.Spec(steps: 150), $"fp32-{precision}")).Result.LossValidation;
        var fewer =
            data.Train(
                data.Order(data.Spec(steps: 150, recipe: TinyData.Recipe with { Precision = precision }),
                    $"{precision}")).Result.LossValidation;
        Assert.InRange(fewer, fp32 - 0.03, fp32 + 0.03);
        Assert.NotEqual(fp32, fewer);
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_the_run_at_its_step()
    {
        var spec =
            data.Spec(steps: 50,
                recipe: TinyData.Recipe with { LearningRateMax = 1e30, GradientClip = 0, WarmupFraction = 0 });
        using var loop = new TrainingLoop(data.Order(spec, "diverges"), data.Prepared, _ => { });
        Assert.InRange(Assert.Throws<DivergedException>(() => loop.Train(CancellationToken.None)).Step, 2, 10);
    }

    [Theory]
    [InlineData(29, 2, 500, false)]
    [InlineData(30, 2, 500, true)]
    [InlineData(31, 2, 2, true)]
    [InlineData(31, 2, 1.9, false)] // it would be whole after the end only, when the last checkpoint is written anyway
    [InlineData(31, 0, 0.1, true)] // none was written: nobody knows how long it takes
    [InlineData(31, 2, double.NaN, true)] // no step was taken: nobody knows the speed
    public void A_checkpoint_is_begun_when_the_last_is_old_and_it_can_be_whole_before_the_end(double age, double took,
        double left, bool isDue) =>
        Assert.Equal(isDue, TrainingLoop.IsDue(age, interval: 30, took, left));

    [Fact]
    public void A_finished_run_resumed_only_repeats_its_result()
    {
        var order = data.Order(data.Spec(steps: 5), "finished");
        var (first, _) = data.Train(order);
        var (again, said) = data.Train(order);
        Assert.Equal(5, said.OfType<WorkerMessage.Started>().Single().Step);
        Assert.Equal(first.LossValidation, again.LossValidation);
    }

    private static List<MetricPoint> Points(IEnumerable<WorkerMessage> said) =>
        [.. said.OfType<WorkerMessage.Measured>().Select(m => m.Point)];
}
