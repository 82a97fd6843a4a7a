using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>Fused forms against their composite twins, outputs and gradients, in every type and at odd shapes.</summary>
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
    [MemberData(nameof(RowShapes))]
    public void Rms_norm_equals_its_composite(ScalarType type, long rows, long width)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var x = randn(rows, width).to(type);
        var weight = (randn(width) + 1).to(type);
        Agreement.Check(type, [x, weight], t => Kernels.rms_norm(t[0], t[1], 1e-5), t => Composites.rms_norm(t[0], t[1], 1e-5));
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
        Agreement.Check(type, [x], t => Kernels.rotary(t[0].transpose(1, 2), cos, sin), t => Composites.rotary(t[0].transpose(1, 2), cos, sin));
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
        Tensor[] fused = [start.clone(), zeros(length), zeros(length)], plain = [start.clone(), zeros(length), zeros(length)];
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
        Assert.Throws<TorchException>(() => Kernels.adamw_(zeros(3), zeros(3), zeros(2), zeros(3), 1, 0.9, 0.9, 1, 0, 1));
        Assert.Throws<TorchException>(() => Kernels.adamw_(zeros(3), zeros(3), zeros(3), zeros(3), 1, 0.9, 0.9, 1, 0, 0));
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
}
