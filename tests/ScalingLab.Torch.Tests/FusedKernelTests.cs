using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>
/// Fused forms against their composite twins, outputs and gradients, in every type and at odd shapes.
/// </summary>
public class FusedKernelTests
{
    public static TheoryData<ScalarType, long, long> RowShapes
    {
        get
        {
            var shapes = new TheoryData<ScalarType, long, long>();
            foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16 })
            {
                foreach (var (rows, width) in new[] { (1L, 1L), (3L, 7L), (129L, 16L), (300L, 33L), (1024L, 64L) })
                    shapes.Add(type, rows, width);
            }
            return shapes;
        }
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    public void Embedding_equals_its_composite(ScalarType type)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var tokens = tensor([4L, 1L, 4L, 0L, 2L, 4L], [2, 3]);
        Agreement.Check(type, [randn(5, 7).to(type)], t => Kernels.embedding(t[0], tokens),
            t => Composites.embedding(t[0], tokens));
    }

    [Theory]
    [MemberData(nameof(RowShapes))]
    public void Rms_norm_equals_its_composite(ScalarType type, long rows, long width)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var x = randn(rows, width).to(type);
        var weight = (randn(width) + 1).to(type);
        Agreement.Check(type, [x, weight], t => Kernels.rms_norm(t[0], t[1], 1e-5),
            t => Composites.rms_norm(t[0], t[1], 1e-5));
    }

    [Theory]
    [MemberData(nameof(RowShapes))]
    public void Swiglu_equals_its_composite(ScalarType type, long rows, long width)
    {
        using var scope = NewDisposeScope();
        manual_seed(13);
        Tensor[] inputs = [(randn(rows, width) * 4).to(type), randn(rows, width).to(type)];
        Agreement.Check(type, inputs, t => Kernels.swiglu(t[0], t[1]), t => Composites.swiglu(t[0], t[1]));
    }

    [Theory]
    [InlineData(ScalarType.Float64, 2, 3, 5, 6)]
    [InlineData(ScalarType.Float32, 1, 1, 1, 2)]
    [InlineData(ScalarType.Float32, 4, 2, 64, 32)]
    [InlineData(ScalarType.BFloat16, 2, 3, 17, 10)]
    public void Rotary_equals_its_composite(ScalarType type, long batch, long heads, long tokens, long headDim)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        // Token-major in memory, as a projection leaves it.
        var x = randn([batch, tokens, heads, headDim]).to(type);
        var angle = rand(tokens, headDim / 2, type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32);
        var (cos, sin) = (angle.cos(), angle.sin());
        Agreement.Check(type, [x], t => Kernels.rotary(t[0].transpose(1, 2), cos, sin),
            t => Composites.rotary(t[0].transpose(1, 2), cos, sin));
    }

    [Fact]
    public void Rotary_leaves_lengths_as_they_were()
    {
        using var scope = NewDisposeScope();
        var x = randn(2, 2, 8, 4);
        var angle = rand(8, 2);
        var turned = Kernels.rotary(x, angle.cos(), angle.sin());
        Assert.True(turned.norm(-1).allclose(x.norm(-1), 1e-5, 1e-6));
    }

    [Theory]
    [InlineData(ScalarType.Float64, 2, 3, 5, 6)]
    [InlineData(ScalarType.Float64, 1, 2, 40, 8)]
    [InlineData(ScalarType.Float32, 1, 1, 1, 1)]
    [InlineData(ScalarType.Float32, 2, 2, 17, 33)]
    [InlineData(ScalarType.Float32, 4, 4, 64, 16)]
    [InlineData(ScalarType.Float32, 1, 2, 130, 64)]
    [InlineData(ScalarType.BFloat16, 2, 3, 33, 24)]
    public void Causal_attention_equals_its_composite(ScalarType type, long batch, long heads, long tokens,
        long headDim)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        Tensor[] inputs = [.. Enumerable.Range(0, 3).Select(_ => randn([batch, tokens, heads, headDim]).to(type))];
        static Func<Tensor[], Tensor> HeadsFirst(Func<Tensor, Tensor, Tensor, Tensor> attend) =>
            t => attend(t[0].transpose(1, 2).contiguous(), t[1].transpose(1, 2), t[2].transpose(1, 2));
        Agreement.Check(type, inputs, HeadsFirst((q, k, v) => Kernels.causal_attention(q, k, v)),
            HeadsFirst((q, k, v) => Composites.causal_attention(q, k, v)));
    }

    [Fact]
    public void Causal_attention_sees_no_later_token()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var (q, k, v) = (randn(1, 2, 20, 8), randn(1, 2, 20, 8), randn(1, 2, 20, 8));
        var before = Kernels.causal_attention(q, k, v);
        k.narrow(2, 12, 8).fill_(9);
        v.narrow(2, 12, 8).fill_(1e6);
        var after = Kernels.causal_attention(q, k, v);
        Assert.True(after.narrow(2, 0, 12).equal(before.narrow(2, 0, 12)));
    }

    [Theory]
    [InlineData(ScalarType.Float64, 3, 5)]
    [InlineData(ScalarType.Float32, 1, 1)]
    [InlineData(ScalarType.Float32, 257, 1000)]
    [InlineData(ScalarType.BFloat16, 65, 129)]
    public void Cross_entropy_equals_its_composite(ScalarType type, long rows, long classes)
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        var logits = (randn(rows, classes) * 3).to(type);
        var targets = randint(0, classes, [rows]);
        if (rows > 2)
            targets.select(0, 1).fill_(-100);
        using var still = enable_grad();
        var a = logits.clone().requires_grad_();
        var b = logits.to(type == ScalarType.BFloat16 ? ScalarType.Float32 : type, copy: true).requires_grad_();
        var fused = Kernels.cross_entropy(a, targets);
        var plain = Composites.cross_entropy(b, targets);
        var tolerance = type == ScalarType.Float64 ? 1e-12 : 1e-5;
        Assert.Equal(plain.ToDouble(), fused.ToDouble(), tolerance * Math.Max(1, plain.ToDouble()));
        (fused * 2).backward();
        (plain * 2).backward();
        var relative = type == ScalarType.BFloat16 ? 1e-2 : 1e-5;
        Assert.True(a.grad!.to(ScalarType.Float64).allclose(b.grad!.to(ScalarType.Float64), relative, 1e-7));
        using (no_grad())
            Assert.Equal(fused.ToDouble(), Kernels.cross_entropy(logits, targets).ToDouble());
    }

    [Fact]
    public void Cross_entropy_names_the_target_that_is_out_of_bounds()
    {
        using var scope = NewDisposeScope();
        var message = Assert.Throws<TorchException>(() => Kernels.cross_entropy(zeros(2, 3), tensor([0L, 3L]))).Message;
        Assert.Contains("target 3 of row 1 is out of bounds of 3 classes", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cross_entropy_of_a_number_that_is_none_is_none()
    {
        using var scope = NewDisposeScope();
        Assert.True(double.IsNaN(Kernels.cross_entropy(tensor([0f, float.NaN, 1f], [1, 3]), tensor([0L])).ToDouble()));
    }

    [Theory]
    [InlineData(1, 1, ScalarType.Float32)]
    [InlineData(1000, 3, ScalarType.Float32)]
    [InlineData(70001, 100, ScalarType.Float32)]
    [InlineData(70001, 2, ScalarType.BFloat16)]
    public void Adamw_equals_its_composite(long length, long steps, ScalarType gradientType)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var start = randn(length);
        var mask = rand(length).gt(0.5).to(ScalarType.Float32);
        Tensor[] fused = [start.clone(), zeros(length), zeros(length)],
            plain = [start.clone(), zeros(length), zeros(length)];
        for (var step = 1L; step <= steps; step++)
        {
            var gradient = randn(length).to(gradientType);
            var decayMask = step % 2 == 0 ? mask : null;
            Kernels.adamw_(fused[0], gradient, fused[1], fused[2], 1e-2, 0.9, 0.95, 1e-8, 0.1, step, 0.5, decayMask);
            Composites.adamw_(plain[0], gradient, plain[1], plain[2], 1e-2, 0.9, 0.95, 1e-8, 0.1, step, 0.5, decayMask);
        }
        for (var i = 0; i < 3; i++)
            Assert.True(fused[i].allclose(plain[i], 1e-5, 1e-6));
        Assert.False(fused[0].allclose(start));
    }

    [Fact]
    public void Adamw_refuses_buffers_of_different_lengths()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<TorchException>(() =>
            Kernels.adamw_(zeros(3), zeros(3), zeros(2), zeros(3), 1, 0.9, 0.9, 1, 0, 1));
        Assert.Throws<TorchException>(() =>
            Kernels.adamw_(zeros(3), zeros(3), zeros(3), zeros(3), 1, 0.9, 0.9, 1, 0, 0));
    }

    [Theory]
    [InlineData(1, ScalarType.Float32)]
    [InlineData(100_003, ScalarType.Float32)]
    [InlineData(9000, ScalarType.Float64)]
    [InlineData(9000, ScalarType.BFloat16)]
    public void Squared_norm_equals_its_composite(long length, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = randn(length).to(type);
        Assert.Equal(Composites.squared_norm(x), Kernels.squared_norm(x), 1e-9 * length);
    }

    [Fact]
    public void Fused_forms_give_the_same_bits_with_one_thread_and_with_two()
    {
        using var scope = NewDisposeScope();
        manual_seed(14);
        Tensor x = randn([9, 70, 3, 40]), weight = randn(40), angle = rand(70, 20), logits = randn(1001, 333);
        var targets = randint(0, 333, [1001]);
        var before = get_num_threads();
        try
        {
            var results = new List<Tensor[]>();
            foreach (var threads in new[] { 1, 2 })
            {
                set_num_threads(threads);
                Tensor[] leaves =
                    [x.detach().requires_grad_(), weight.detach().requires_grad_(), logits.detach().requires_grad_()];
                var heads =
                    Kernels.rotary(Kernels.rms_norm(leaves[0], leaves[1], 1e-5).transpose(1, 2), angle.cos(),
                        angle.sin());
                var output = Kernels.swiglu(Kernels.causal_attention(heads, heads, heads), heads);
                var loss = Kernels.cross_entropy(leaves[2], targets);
                (output.square().mean() + loss).backward();
                Tensor[] state =
                    [.. leaves.Select(l => l.grad!.clone()), output.detach(), loss.detach(), logits.flatten().clone(),
                    zeros_like(logits).flatten(), zeros_like(logits).flatten()];
                Kernels.adamw_(state[5], leaves[2].grad!.flatten(), state[6], state[7], 1e-2, 0.9, 0.95, 1e-8, 0.1, 1);
                results.Add([.. state, tensor(Kernels.squared_norm(state[5]))]);
            }
            for (var i = 0; i < results[0].Length; i++)
                Assert.True(results[0][i].equal(results[1][i]), $"result {i} differs");
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
