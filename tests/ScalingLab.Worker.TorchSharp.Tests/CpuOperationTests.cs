using System.Runtime.Intrinsics;
using ScalingLab.Torch;

namespace ScalingLab.Worker.TorchSharp.Tests;

/// <summary>
/// What is fused in C# against its composite in float64, outputs and gradients, in each type and at odd shapes.
/// </summary>
public sealed class CpuOperationTests : IDisposable
{
    private static readonly ScalarType[] Types = [ScalarType.Float32, ScalarType.BFloat16];

    private readonly DisposeScope _scope = NewDisposeScope();

    public CpuOperationTests() => manual_seed(1);

    public static TheoryData<ScalarType, long, long> RowShapes
    {
        get
        {
            var shapes = new TheoryData<ScalarType, long, long>();
            foreach (var type in Types)
            {
                foreach (var (rows, width)
                    in new[]
                    { (1L, 1L), (3L, 7L), (129L, 16L), (300L, 33L), (1024L, 64L) }) shapes.Add(type, rows, width);
            }

            return shapes;
        }
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Exponentials_are_right_to_two_units_in_the_last_place()
    {
        for (var x = -87f; x < 88; x += 0.00317f)
        {
            var expected = Math.Exp(x);
            Assert.InRange(Math.Abs((Vector16.Exp(Vector512.Create(x)).ToScalar() / expected) - 1), 0, 2.4e-7);
        }

        Assert.InRange(Vector16.Exp(float.NegativeInfinity), 0, 2e-38f);
    }

    [Theory]
    [MemberData(nameof(RowShapes))]
    public void Rms_norm_equals_its_composite(ScalarType type, long rows, long width)
    {
        Tensor[] inputs = [randn(rows, width).to(type), (randn(width) + 1).to(type)];
        Assert.True(RmsNorm.Supports(inputs[0], inputs[1]));
        Agreement.Check(inputs, t => Kernels.rms_norm(t[0], t[1], 1e-5), t => Composites.rms_norm(t[0], t[1], 1e-5));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Rms_norm_of_a_part_of_a_projection_equals_its_composite(ScalarType type)
    {
        Tensor[] inputs = [randn([2, 5, 9, 24]).to(type), (randn(24) + 1).to(type)];
        Agreement.Check(
            inputs, t => Kernels.rms_norm(t[0].narrow(2, 3, 4), t[1], 1e-5),
            t => Composites.rms_norm(t[0].narrow(2, 3, 4), t[1], 1e-5));
    }

    [Theory]
    [MemberData(nameof(RowShapes))]
    public void Swiglu_equals_its_composite(ScalarType type, long rows, long width)
    {
        Tensor[] inputs = [(randn(rows, 2 * width) * 4).to(type)]; // the halves of one projection
        Agreement.Check(
            inputs,
            t => Kernels.swiglu(t[0].chunk(2, -1)[0], t[0].chunk(2, -1)[1]),
            t => Composites.swiglu(t[0].chunk(2, -1)[0], t[0].chunk(2, -1)[1]));
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1, 1, 1, 2)]
    [InlineData(ScalarType.Float32, 4, 2, 64, 32)]
    [InlineData(ScalarType.BFloat16, 2, 3, 17, 10)]
    [InlineData(ScalarType.BFloat16, 2, 3, 17, 70)]
    public void Rotary_equals_its_composite(ScalarType type, long batch, long heads, long tokens, long headDim)
    {
        var angle = rand([tokens, headDim / 2]);
        // a token's heads side by side, as a projection leaves them
        Tensor[] inputs = [randn([batch, tokens, heads, headDim]).to(type)];
        Agreement.Check(
            inputs,
            t => Kernels.rotary(t[0].transpose(1, 2), angle.cos(), angle.sin()),
            t => Composites.rotary(t[0].transpose(1, 2), angle.cos(), angle.sin()));
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1, 1)]
    [InlineData(ScalarType.Float32, 257, 1000)]
    [InlineData(ScalarType.BFloat16, 65, 129)]
    public void Cross_entropy_equals_its_composite(ScalarType type, long rows, long classes)
    {
        var logits = (randn(rows, classes) * 3).to(type);
        var targets = randint(0, classes, [rows]);
        if (rows > 2) targets.narrow(0, 1, 1).fill_(-100);
        var (fused, plain) =
            (logits.clone().requires_grad_(true), logits.to(ScalarType.Float64).detach().requires_grad_(true));
        var (found, expected) = (Kernels.cross_entropy(fused, targets), Composites.cross_entropy(plain, targets));
        Assert.Equal(expected.item<double>(), found.item<float>(), 1e-5 * Math.Max(1, expected.item<double>()));
        (found * 2).backward();
        (expected * 2).backward();
        Agreement.Close("gradient", fused.grad!, plain.grad!, type);
        using (no_grad()) Assert.Equal(found.item<float>(), Kernels.cross_entropy(logits, targets).item<float>());
    }

    [Fact]
    public void Cross_entropy_names_the_target_that_is_out_of_bounds_and_a_number_that_is_none_gives_none()
    {
        var message =
            Assert.Throws<ArgumentException>(() =>
                Kernels.cross_entropy(zeros(2, 3), tensor(new long[] { 0, 3 }))).Message;
        Assert.Contains("target 3 of row 1 is out of bounds of 3 classes", message, StringComparison.Ordinal);
        Assert.True(
            float.IsNaN(
                Kernels.cross_entropy(tensor(new[] { 0f, float.NaN, 1f }, [1, 3]), tensor(new long[] { 0 }))
                .item<float>()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_003)]
    public void Squared_norm_equals_its_composite(long length)
    {
        var x = randn(length);
        Assert.Equal(Composites.squared_norm(x), Kernels.squared_norm(x), 1e-9 * length);
    }

    [Fact]
    public void Results_are_the_same_bit_for_bit_each_time_with_one_thread_and_with_two()
    {
        var before = get_num_threads();
        var (x, gain, logits, targets) = (randn(4096, 48), randn(48), randn(2000, 333), randint(0, 333, [2000]));
        try
        {
            foreach (var threads in (int[])[1, 2])
            {
                set_num_threads(threads);
                var (one, other) = (Once(), Once());
                Assert.Equal(one, other);
            }
        }
        finally
        {
            set_num_threads(before);
        }

        byte[][] Once()
        {
            Tensor[] leaves = [.. new[] { x, gain, logits }.Select(t => t.detach().clone().requires_grad_(true))];
            (Kernels.rms_norm(leaves[0], leaves[1], 1e-6).square().mean()
                + Kernels.cross_entropy(leaves[2], targets)).backward();
            return [.. leaves.Select(l => l.grad!.bytes.ToArray())];
        }
    }
}
