using ScalingLab.Data;
using ScalingLab.Data.Exchange;
using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Inference;
using ScalingLab.Training.Models;
using ScalingLab.Training.Parameters;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

/// <summary>Runs that learn from a finished model or begin with it.</summary>
public sealed class DistillationTests(TinyData data) : IClassFixture<TinyData>
{
    private const int Rows = 64;

    private static readonly ModelShape Large = TinyData.Shape with { Width = 32, Heads = 4, Mlp = MlpKind.Swiglu };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.5, 1)]
    [InlineData(0.3, 4)]
    public void The_gradient_is_the_texts_and_the_teachers_by_weight_and_temperature(double weight, double temperature)
    {
        using var scope = NewDisposeScope();
        var (spec, folder) = Distilled(weight, temperature);
        using var teacher = new Teacher(spec, folder, CPU);
        var (inputs, targets) = (randint(257, [2, 32]), randint(257, [Rows]));
        using var stream = teacher.Stream(inputs);
        var logits = randn([Rows, 257]).requires_grad_(true);

        var (reported, trained) = ChunkedLoss.Forward(() => logits * 1, x => x, targets,
            new Objective(spec.Recipe, teacher, stream));
        trained.backward();

        // d/ds of (1 - w) CE(s) + w T^2 KL(p || q) is ((1 - w) (softmax(s) - one) + w T (q - p)) / rows, with
        // p and q at temperature T (Hinton et al. 2015, eq. 2).
        var asked = new TrainedModel(new SavedModel
        {
            Imported = Large, CheckpointFolder = folder, DataFolder = folder,
        });
        using (asked)
        using (no_grad())
        {
            var its = Teachers(asked, inputs);
            var (p, q) = (F.softmax(its / temperature, -1), F.softmax(logits / temperature, -1));
            var wrong = F.softmax(logits, -1) - one_hot(targets);
            var expected = ((wrong * (1 - weight)) + ((q - p) * (weight * temperature))) / Rows;
            Assert.InRange((logits.grad! - expected).abs().max().item<float>(), 0, 1e-6);
        }

        Assert.Equal(Kernels.cross_entropy(logits.detach(), targets).item<float>(), reported.item<float>());
    }

    [Fact]
    public void A_model_that_is_its_own_teacher_has_nothing_to_learn()
    {
        var (spec, folder) = Distilled(1, 2, Large);
        using var itself = new TrainedModel(Finished());
        var (inputs, targets) = (randint(257, [3, 32]), randint(257, [3, 32]));
        foreach (var mode in (RecomputeMode[])[RecomputeMode.None, RecomputeMode.Block])
        {
            using var scope = NewDisposeScope();
            using var parameters = ParameterBuffer.Zeros(Large, Precision.Fp32, CPU);
            Training.Exchange.WeightReader.Fill(ModelFolder.Open(folder), name => parameters[name]);
            using var model = new Transformer(Large, parameters);
            using var teacher = new Teacher(spec, folder, CPU);
            var loss = new ForwardBackwardPass(spec, model, parameters, mode, teacher).Run(inputs, targets, share: 1);
            Assert.InRange(loss, 4, 20); // of random targets: reported is the text's
            Assert.InRange(parameters.Gradient.norm().item<float>(), 0, 1e-5);
        }
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void A_run_is_trained_from_a_folder_counts_the_teachers_work_and_comes_near_to_it(Precision precision)
    {
        var (spec, folder) = Distilled(0.9, 1);
        spec = spec with { Recipe = spec.Recipe with { Precision = precision }, Steps = 60 };
        var (result, _) = data.Train(data.Order(spec, $"distilled-{precision}",
            settings => settings with { DistillFolder = folder }));
        Assert.InRange(result.LossValidation, 0.5, 2.5); // a fresh model has ln 257 = 5.5

        var plain = spec with { DistilledFrom = null, Recipe = spec.Recipe with { DistillWeight = 0 } };
        var forward = FlopCount.For(Large).PerToken / 3;
        Assert.Equal(plain.Flops + (forward * spec.Tokens), spec.Flops, 1e-9 * spec.Flops);
        Assert.NotEqual(plain.Id, spec.Id);
        Assert.True(MemoryEstimate.For(spec, 1024, "cpu").Total > MemoryEstimate.For(plain, 1024, "cpu").Total);
        Assert.False(KernelPath.IsFused(spec.Shape, spec.Recipe, data.Order(spec, "x").Settings with
        {
            Device = "cuda:0",
        }));
    }

    [Fact]
    public void Another_model_in_the_folder_is_refused_and_so_is_none()
    {
        var (spec, folder) = Distilled(0.5, 1);
        var other = spec with { DistilledFrom = spec.DistilledFrom! with { Shape = Large with { Layers = 9 } } };
        Assert.Contains("another model", Assert.Throws<DataException>(() => new Teacher(other, folder, CPU)).Message,
            StringComparison.Ordinal);
        Assert.Throws<DataException>(() => data.Train(data.Order(spec, "no-folder")));
    }

    [Fact]
    public void A_kept_model_is_found_by_what_it_holds_and_only_then()
    {
        var (_, folder) = Distilled(1, 1);
        var state = Path.Combine(data.Folder, "kept");
        var hash = KeptModels.Keep(ModelFolder.Open(folder), state);
        Assert.Equal(hash, KeptModels.Keep(ModelFolder.Open(folder), state));
        var kept = KeptModels.Find(state, hash)!;
        Assert.Equal(Large, ModelFolder.Open(kept).Shape);
        Assert.Null(KeptModels.Find(state, new string('0', 64)));
        Assert.Single(Directory.GetDirectories(Path.GetDirectoryName(kept)!),
            place => File.Exists(Path.Combine(place, ModelFolder.ConfigName)));
    }

    [Fact]
    public void A_model_of_other_tokens_or_a_shorter_context_teaches_nobody_here()
    {
        var tokenizer = data.Prepared.LoadTokenizer();
        var (_, folder) = Distilled(1, 1);
        Assert.Empty(KeptModels.Obstacles(ModelFolder.Open(folder), tokenizer, 32));
        Assert.Contains("reads 32 tokens at most",
            Assert.Single(KeptModels.Obstacles(ModelFolder.Open(folder), tokenizer, 33)), StringComparison.Ordinal);
        var llama = Path.Combine(AppContext.BaseDirectory, "parity", "exchange", "llama");
        Assert.Contains(KeptModels.Obstacles(ModelFolder.Open(llama), tokenizer, 4),
            obstacle => obstacle.Contains("both must have the same tokens", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void A_run_begins_with_a_models_weights_and_goes_on_from_its_loss(Precision precision)
    {
        var (_, folder) = Distilled(1, 1);
        var spec = data.Spec(Large with { Context = 16 }, steps: 2,
            TinyData.Recipe with { Precision = precision, LearningRateMax = 1e-4 });
        var cold = data.Train(data.Order(spec, $"cold-{precision}")).Result.LossValidation;
        spec = spec with { StartedFrom = new string('a', 64) };
        var order = data.Order(spec, $"warm-{precision}", settings => settings with { StartFolder = folder });
        var warm = data.Train(order).Result.LossValidation;
        Assert.InRange(cold, 5, 6); // a fresh model has ln 257 = 5.5
        Assert.InRange(warm, 0.5, 2.5);

        using var step = new TrainingStep(spec, order.Settings);
        using var model = new TrainedModel(Finished());
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var inputs = randint(257, [1, 16]);
        var its = stack([.. model.Logits([.. inputs.data<long>().ToArray().Select(t => (int)t)])
            .Select(row => tensor(row, [257]))]);
        var logits = step.Model.Logits(step.Model.Stream(inputs)).view([16, 257]).to(ScalarType.Float32);
        Assert.InRange((logits - its).abs().max().item<float>(), 0, precision == Precision.Fp32 ? 1e-5 : 0.5);
    }

    [Fact]
    public void A_run_begins_with_a_model_of_its_own_shape_or_not_at_all()
    {
        var (_, folder) = Distilled(1, 1);
        var spec = data.Spec(Large with { Layers = 3 }) with { StartedFrom = new string('a', 64) };
        var order = data.Order(spec, "another", settings => settings with { StartFolder = folder });
        Assert.Contains("another model", Assert.Throws<DataException>(() => data.Train(order)).Message,
            StringComparison.Ordinal);
        Assert.Contains("was not named", Assert.Throws<DataException>(() => data.Train(data.Order(spec, "none")))
            .Message, StringComparison.Ordinal);
    }

    /// <summary>A run that is distilled from the large one, and the folder where that lies.</summary>
    private (RunSpec Spec, string Folder) Distilled(double weight, double temperature, ModelShape? shape = null)
    {
        var (run, folder) = (Finished(), Path.Combine(data.Folder, "teacher"));
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            var (layout, tokenizer) = (ModelSettings.RequireLayout(Large), TrainedModel.LoadTokenizer(run));
            using var model = new TrainedModel(run);
            model.Export(Path.Combine(folder, ModelSettings.WeightsName), layout, asBfloat16: false);
            var end = tokenizer.EndOfDocument;
            ModelSettings.Write(folder, layout, Large, new ModelText(tokenizer, end, end), isBfloat16: false);
        }

        var spec = data.Spec(shape ?? TinyData.Shape,
            recipe: TinyData.Recipe with { DistillWeight = weight, DistillTemperature = temperature });
        return (spec with { DistilledFrom = new(new string('a', 64), ModelFolder.Open(folder).Shape) }, folder);
    }

    private SavedModel Finished()
    {
        var spec = data.Spec(Large, steps: 60);
        var folder = Path.Combine(data.Folder, spec.Id.Value);
        if (!Directory.Exists(folder)) data.Train(data.Order(spec, spec.Id.Value));
        return new SavedModel { Spec = spec, CheckpointFolder = folder, DataFolder = data.Prepared.Folder };
    }

    private static Tensor Teachers(TrainedModel model, Tensor inputs) => stack([.. Enumerable.Range(0, 2)
        .SelectMany(i => model.Logits([.. inputs.select(0, i).data<long>().ToArray().Select(t => (int)t)]))
        .Select(row => tensor(row, [257]))]);

    private static Tensor one_hot(Tensor targets)
    {
        var rows = new float[Rows * 257];
        var ids = targets.data<long>().ToArray();
        for (var i = 0; i < Rows; i++) rows[(i * 257) + ids[i]] = 1;
        return tensor(rows, [Rows, 257]);
    }
}
