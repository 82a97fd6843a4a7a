using System.Text.Json;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Tests;

/// <summary>Runs on a mixture of two sources, and on a subset of a text.</summary>
public sealed class MixtureTrainingTests(TinyData data) : IClassFixture<TinyData>
{
    /// <summary>Three parts of the tiny text to one part of digits, which are harder.</summary>
    private PreparedData Mixture()
    {
        var digits = Path.Combine(data.Folder, "digits.jsonl");
        var random = new Random(2);
        File.WriteAllLines(digits, Enumerable.Range(0, 900).Select(_ =>
            JsonSerializer.Serialize(
                new { text = string.Concat(Enumerable.Range(0, 120).Select(_ => random.Next(10))) })));
        return DataPreparation.Prepare(
            new DataRequest(
                [new("words", new TextFiles([Path.Combine(data.Folder, "text")]), 0.75),
                    new("digits", new JsonLines([digits], "text"), 0.25)],
                new TokenizerRequest("bytes", 257)),
            Path.Combine(data.Folder, "state"), null, CancellationToken.None);
    }

    private RunSpec Spec(PreparedData prepared, long steps) => data.Spec(steps: steps) with
    {
        Data = new DataIdentity("mixture", prepared.CorpusHash, prepared.TokenizerHash)
            { Sources = [new("words", 0.75), new("digits", 0.25)] },
    };

    private WorkOrder Order(PreparedData prepared, RunSpec spec, string name, long? checkpointSteps = null) =>
        data.Order(
        spec, name,
        s => s with { DataFolder = prepared.Folder, CheckpointSteps = checkpointSteps ?? s.CheckpointSteps });

    private static (RunResult Result, List<MetricPoint> Points) Train(WorkOrder order, PreparedData prepared,
        long stopAt = long.MaxValue)
    {
        using var stop = new CancellationTokenSource();
        var points = new List<MetricPoint>();
        using var loop = new TrainingLoop(order, prepared, message =>
        {
            if (message is WorkerMessage.Measured measured) points.Add(measured.Point);
            if (message is WorkerMessage.CheckpointSaved saved && saved.Step >= stopAt) stop.Cancel();
        });
        return (loop.Train(stop.Token), points);
    }

    [Fact]
    public void A_mixture_is_measured_on_each_source_and_its_loss_is_their_mean_by_weight()
    {
        var prepared = Mixture();
        var spec = Spec(prepared, 200);
        var (result, points) = Train(Order(prepared, spec, "mixture"), prepared);
        var (words, digits) = (result.Sources![0], result.Sources[1]);
        Assert.Equal(("words", "digits"), (words.Name, digits.Name));
        Assert.Equal((0.75 * words.LossValidation) + (0.25 * digits.LossValidation), result.LossValidation, 12);
        Assert.Equal(points[^1].LossValidation, result.LossValidation);
        Assert.InRange(digits.LossValidation, 2.2, 3); // digits by chance: ln 10 = 2.30
        Assert.InRange(words.LossValidation, 0.2, 2.1);
        Assert.Equal(words.LossValidation / Math.Log(2), words.BitsPerByte, 0.02);
        Assert.InRange(result.BitsPerByte!.Value, Math.Min(words.BitsPerByte, digits.BitsPerByte),
            Math.Max(words.BitsPerByte, digits.BitsPerByte));

        var (ofWords, ofDigits) = (prepared.Sources[0].TrainTokens, prepared.Sources[1].TrainTokens);
        Assert.Equal(spec.Tokens, (words.Epochs * ofWords) + (digits.Epochs * ofDigits), 1e-6);
        Assert.Equal(0.75 * spec.Tokens / ofWords, words.Epochs, 0.01);
        Assert.Equal((double)spec.Tokens / (ofWords + ofDigits), result.Epochs, 12);
        // whole windows of each
        Assert.Equal(prepared.Sources.Sum(s => Math.Min(2048, (s.ValidationTokens - 1) / 32 * 32)),
            result.EvaluationTokens);
        Assert.Equal(result.LossValidation, RunJson.Deserialize<RunResult>(RunJson.Serialize(result)).LossValidation);
    }

    [Fact]
    public void A_mixture_that_was_stopped_goes_on_bit_for_bit_and_a_finished_one_says_its_sources_again()
    {
        var prepared = Mixture();
        var spec = Spec(prepared, 40);
        var whole = Train(Order(prepared, spec, "mixture-whole"), prepared);
        var order = Order(prepared, spec, "mixture-broken", checkpointSteps: 7);
        Assert.Throws<OperationCanceledException>(() => Train(order, prepared, stopAt: 14));
        var resumed = Train(order, prepared);
        Assert.Equal(whole.Points, resumed.Points);
        Assert.Equal(whole.Result.Sources, resumed.Result.Sources);
        Assert.Equal(whole.Result.Sources, Train(order, prepared).Result.Sources);
    }

    [Fact]
    public void A_run_that_may_see_little_of_the_text_repeats_it_and_learns_less()
    {
        var all = Train(data.Order(data.Spec(steps: 600), "all-tokens"), data.Prepared).Result;
        var spec = data.Spec(steps: 600);
        spec = spec with { Data = spec.Data with { UniqueTokens = 500 } };
        var few = Train(data.Order(spec, "few-tokens"), data.Prepared).Result;
        Assert.Equal(spec.Tokens / 500.0, few.Epochs);
        Assert.Equal((double)spec.Tokens / data.Prepared.TrainTokens, all.Epochs);
        Assert.True(few.LossValidation > all.LossValidation + 0.1,
            $"{few.LossValidation} after 307 passes, {all.LossValidation} on fresh text");
        Assert.Null(few.Sources);
    }

    [Fact]
    public void A_worker_refuses_a_mixture_that_the_data_are_not()
    {
        var spec = data.Spec();
        spec = spec with { Data = spec.Data with { Sources = [new("sw", 0.5), new("en", 0.5)] } };
        using var worker = new WorkerProcess(RunJson.Serialize(data.Order(spec, "worker-no-mixture")));
        var failed = Assert.IsType<WorkerMessage.Failed>(worker.Rest()[^1]);
        Assert.Equal(FailureKind.Data, failed.Kind);
        Assert.Contains("the run reads the sources sw, en", failed.Message, StringComparison.Ordinal);
    }
}
