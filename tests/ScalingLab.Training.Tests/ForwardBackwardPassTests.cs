using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;
using ScalingLab.Training.Models;
using ScalingLab.Training.Parameters;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

public sealed class ForwardBackwardPassTests(TinyData data) : IClassFixture<TinyData>
{
    internal static readonly ModelShape Small =
        new() { Layers = 3, Width = 32, Heads = 4, Vocabulary = 257, Context = 32 };

    public static TheoryData<RecomputeMode, Precision, string> Passes()
    {
        var passes = new TheoryData<RecomputeMode, Precision, string>();
        foreach (var mode in (RecomputeMode[])[RecomputeMode.Attention, RecomputeMode.Block])
        {
            foreach (var precision in (Precision[])[Precision.Fp32, Precision.Bf16])
            {
                foreach (var shape in (string[])["rotary", "learned, tied, swiglu", "tied", "shared blocks"])
                    passes.Add(mode, precision, shape);
            }
        }

        return passes;
    }

    [Theory]
    [MemberData(nameof(Passes))]
    public void What_is_computed_again_changes_no_bit_of_loss_or_weights_also_over_several_micro_batches(
        RecomputeMode mode, Precision precision, string shape)
    {
        var spec = data.Spec(ShapeOf(shape), steps: 5, TinyData.Recipe with { Precision = precision });
        foreach (var tokens in (int[])[1 << 20, 64])
        {
            var (losses, weights) = Train(spec, Settings(tokens, RecomputeMode.None));
            var (again, weightsAgain) = Train(spec, Settings(tokens, mode));
            Assert.Equal(losses, again);
            Assert.True(weights.AsSpan().SequenceEqual(weightsAgain), "every weight is the same, bit for bit");
        }
    }

    [Fact]
    public void Logits_too_large_to_be_whole_go_in_chunks_and_the_others_stay_as_they_are()
    {
        Assert.Equal(16_384, ChunkedLoss.Rows(16_384, 1024, 4)); // 64 MiB: every micro run
        Assert.Equal(512, ChunkedLoss.Rows(16_384, 32_768, 4));
        Assert.Equal(1, ChunkedLoss.Rows(7, 1 << 30, 4));
    }

    [Theory]
    [InlineData(RecomputeMode.None)]
    [InlineData(RecomputeMode.Block)]
    public void A_pass_with_large_logits_gives_the_loss_of_the_whole_and_its_gradients_within_rounding(
        RecomputeMode mode)
    {
        var shape =
            new ModelShape
            { Layers = 1, Width = 8, Heads = 1, Vocabulary = 120_000, Context = 40, Head = HeadKind.Tied };
        Assert.InRange(ChunkedLoss.Rows(200, shape.Vocabulary, 4), 100, 199); // two chunks, the last one not full
        using var scope = NewDisposeScope();
        using var chunked = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 3);
        using var whole = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 3);
        using var model = new Transformer(shape, chunked);
        using var twin = new Transformer(shape, whole);
        var (inputs, targets) = (randint(shape.Vocabulary, [5, 40]), randint(shape.Vocabulary, [5, 40]));

        var loss = new ForwardBackwardPass(data.Spec(shape), model, chunked, mode).Run(inputs, targets, share: 0.5);
        var expected = Kernels.cross_entropy(twin.Forward(inputs).view(200, -1), targets.reshape(-1));
        (expected * 0.5).backward();

        Assert.Equal(expected.item<float>(), loss, 1e-6 * loss);
        Assert.InRange(Distance(chunked.Gradient, whole.Gradient), 0, 1e-5);
        using (no_grad()) Assert.Equal(loss, model.Loss(inputs, targets).item<float>(), 1e-6 * loss);
    }

    [Fact]
    public void A_hundred_chunks_give_the_gradient_of_the_whole_and_in_bf16_are_within_its_unit_of_the_truth()
    {
        using var scope = NewDisposeScope();
        var stream = randn([10, 32, 32]).to(ScalarType.BFloat16);
        var targets = randint(257, [10, 32]);
        var (truth, truthOfStream) = Gradients(Precision.Fp32, 320);
        var (chunked, chunkedOfStream) = Gradients(Precision.Fp32, 3);
        Assert.InRange(Distance(chunked, truth), 0, 1e-6);
        Assert.InRange(Distance(chunkedOfStream, truthOfStream), 0, 1e-6);

        var (whole16, wholeOfStream16) = Gradients(Precision.Bf16, 320);
        var (chunked16, chunkedOfStream16) = Gradients(Precision.Bf16, 3);
        // Each chunk's part of the head's gradient is rounded by itself, and parts partly cancel; the logits' gradient
        // is rounded before it is scaled, too.
        const double Unit = 1.0 / 128;
        Assert.InRange(Distance(whole16, truth), 1e-4, Unit);
        Assert.InRange(Distance(chunked16, truth), 0, Unit);
        Assert.InRange(Distance(wholeOfStream16, truthOfStream), 1e-4, Unit);
        Assert.InRange(Distance(chunkedOfStream16, truthOfStream), 0, Unit);

        (Tensor OfHead, Tensor OfStream) Gradients(Precision precision, long chunk)
        {
            var shape = Small with { Head = HeadKind.Tied };
            using var parameters = new ParameterBuffer(ParameterSpec.For(shape), precision, CPU, 3);
            using var model = new Transformer(shape, parameters);
            var recipe = TinyData.Recipe with { Precision = precision, ZLoss = 0.01 };
            var (loss, gradient) = ChunkedLoss.Backward(
                model, stream.to(parameters["norm"].dtype), targets, factor: 1, new Objective(recipe), chunk);
            parameters.AccumulateGradient();
            Assert.InRange(loss, 4, 9);
            return (parameters.Gradient.clone(), gradient);
        }
    }

    [Fact]
    public void Z_loss_moves_the_gradient_and_not_the_reported_loss()
    {
        using var scope = NewDisposeScope();
        var logits = (randn(50, 11) * 3).detach().requires_grad_(true);
        var targets = randint(11, [50]);
        var (reported, trained) =
            ChunkedLoss.Forward(() => logits * 1, x => x, targets, new Objective(TinyData.Recipe with { ZLoss = 0.1 }));
        trained.backward();
        Assert.Equal(Kernels.cross_entropy(logits, targets).item<float>(), reported.item<float>());

        // d/dx of mean(ce) + z mean(log Z^2) is (softmax - one at the target + 2 z log Z softmax) / rows.
        var softmax = logits.detach().softmax(-1);
        var oneHot = zeros(50, 11);
        for (var row = 0; row < 50; row++) oneHot.narrow(0, row, 1).narrow(1, targets.narrow(0, row, 1).item<long>(), 1)
            .fill_(1);
        var expected = (softmax - oneHot + (logits.detach().logsumexp(-1, keepdim: true) * softmax * 0.2)) / 50;
        Assert.InRange((logits.grad! - expected).abs().max().item<float>(), 0, 1e-6);
    }

    [Fact]
    public void Half_precision_is_refused_on_a_CPU_with_what_to_do()
    {
        var spec = data.Spec(recipe: TinyData.Recipe with { Precision = Precision.Fp16 });
        var problem =
            Assert.Throws<InputException>(() => new TrainingStep(spec, Settings(64, RecomputeMode.None)).Dispose());
        Assert.Contains("fp16 needs a GPU", problem.Message, StringComparison.Ordinal);
        using var worker = new WorkerProcess(RunJson.Serialize(data.Order(spec, "half")));
        Assert.Equal(FailureKind.Configuration, Assert.IsType<WorkerMessage.Failed>(worker.Rest()[^1]).Kind);
        Assert.Equal(2, worker.End().Code);
    }

    private static double Distance(Tensor found, Tensor expected) =>
        (found.to(ScalarType.Float64) - expected.to(ScalarType.Float64)).norm()
        .item<double>() / expected.to(ScalarType.Float64).norm().item<double>();

    private static ModelShape ShapeOf(string name) => name switch
    {
        "rotary" => Small,
        "shared blocks" => Small with { DistinctLayers = 1 },
        "tied" => Small with { Head = HeadKind.Tied },
        _ => Small with { Head = HeadKind.Tied, Mlp = MlpKind.Swiglu, Positions = PositionKind.Learned },
    };

    internal static WorkerSettings Settings(int tokens, RecomputeMode mode) =>
        new() { DataFolder = "", CheckpointFolder = "", MicroBatchTokens = tokens, Recompute = mode };

    internal static (List<(double, double)> Losses, byte[] Weights) Train(RunSpec spec, WorkerSettings settings)
    {
        using var training = new TrainingStep(spec, settings);
        var losses = new List<(double, double)>();
        for (var step = 0; step < spec.Steps; step++) losses.Add(training.Run(step, Read));
        return (losses, training.State[0].bytes.ToArray());

        void Read(long first, int sequences, Span<long> inputs, Span<long> targets)
        {
            for (var s = 0; s < sequences; s++)
            {
                var random = new Random((int)(first + s));
                for (var t = 0; t < spec.Shape.Context; t++)
                {
                    inputs[(s * spec.Shape.Context) + t] = random.Next(spec.Shape.Vocabulary);
                    targets[(s * spec.Shape.Context) + t] = random.Next(spec.Shape.Vocabulary);
                }
            }
        }
    }
}
