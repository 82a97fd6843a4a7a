using ScalingLab.Data.Datasets;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Tests;

/// <summary>Runs on a source whose entropy is known.</summary>
public sealed class TeacherTrainingTests(TinyData data) : IClassFixture<TinyData>
{
    private static TeacherSpec Teacher => new()
    {
        Kind = TeacherKind.ZipfNgram, Vocabulary = 16, Seed = 1, Exponent = 1.5, Order = 1, Backoff = 0,
    };

    private RunSpec Spec(long steps, long? unique = null) => data.Spec(
        TinyData.Shape with { Vocabulary = 16 }, steps) with
    {
        Data = new DataIdentity("teacher", Teacher.Hash, Teacher.Hash) { Teacher = Teacher, UniqueTokens = unique },
    };

    private WorkOrder Order(RunSpec spec, string name, long checkpointSteps = 1_000_000) =>
        data.Order(spec, name, s => s with { DataFolder = "", CheckpointSteps = checkpointSteps });

    private static (RunResult Result, List<MetricPoint> Points) Train(WorkOrder order, long stopAt = long.MaxValue)
    {
        using var stop = new CancellationTokenSource();
        var points = new List<MetricPoint>();
        using var loop = new TrainingLoop(order, PreparedData.Load(order.Spec.Data, order.Settings.DataFolder),
            message =>
            {
                if (message is WorkerMessage.Measured measured) points.Add(measured.Point);
                if (message is WorkerMessage.CheckpointSaved saved && saved.Step >= stopAt) stop.Cancel();
            });
        return (loop.Train(stop.Token), points);
    }

    [Fact]
    public void A_small_model_comes_near_the_entropy_and_never_below_the_ideal_predictor()
    {
        var (result, points) = Train(Order(Spec(400), "teacher"));
        double[] weights = [.. Enumerable.Range(1, 16).Select(rank => Math.Pow(rank, -1.5))];
        var zipf = weights.Sum(w => -(w / weights.Sum()) * Math.Log(w / weights.Sum()));
        Assert.Equal(zipf, result.Entropy!.Rate, 1e-9);
        Assert.InRange(result.Entropy.LossIdeal!.Value, zipf - 0.15, zipf + 0.15);
        Assert.InRange(result.LossValidation - result.Entropy.LossIdeal.Value, 0.0001, 0.15);
        Assert.True(result.LossUnigram > result.LossValidation + 0.3);
        Assert.Null(result.BitsPerByte);
        Assert.Equal(1, result.Epochs);
        Assert.True(points[0].LossTrain > 2.5);
    }

    [Fact]
    public void A_stopped_run_reads_on_where_it_was_and_ends_the_same()
    {
        var (whole, points) = Train(Order(Spec(30), "undisturbed", checkpointSteps: 10));
        var order = Order(Spec(30), "stopped", checkpointSteps: 10);
        Assert.Throws<OperationCanceledException>(() => Train(order, stopAt: 10));
        var (resumed, again) = Train(order);
        Assert.Equal(whole.LossValidation, resumed.LossValidation);
        Assert.Equal(points, again);
    }

    [Fact]
    public void Few_unique_tokens_are_seen_again_and_again()
    {
        var spec = Spec(30, unique: 32 * 16);
        var (result, _) = Train(Order(spec, "repeated"));
        Assert.Equal(spec.Tokens / 512.0, result.Epochs);
    }
}
