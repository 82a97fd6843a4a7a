using ScalingLab.Torch;

namespace ScalingLab.Worker.TorchSharp.Tests;

/// <summary>
/// What is fused in C# around matrix products against its composite in float64, outputs and gradients, in each type and
/// at odd shapes.
/// </summary>
public sealed class CpuProductTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public CpuProductTests() => manual_seed(1);

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32, 1, 1, 1, 1, 1)]
    [InlineData(ScalarType.Float32, 16, 1, 1, 64, 24)]
    [InlineData(ScalarType.Float32, 2, 6, 2, 17, 7)]
    [InlineData(ScalarType.Float32, 1, 2, 2, 100, 64)]
    [InlineData(ScalarType.BFloat16, 1, 1, 1, 1, 2)]
    [InlineData(ScalarType.BFloat16, 16, 1, 1, 64, 24)]
    [InlineData(ScalarType.BFloat16, 2, 4, 1, 33, 48)]
    [InlineData(ScalarType.BFloat16, 3, 2, 2, 31, 33)]
    public void Attention_equals_its_composite(ScalarType type, long batch, long heads, long pairs, long tokens,
        long width)
    {
        // A token's heads side by side, as projections leave them; scores large enough that the softmax is no mean.
        Tensor[] inputs = [.. new[] { heads, pairs, pairs }.Select(h =>
            (randn([batch, tokens, h, width]) * 2).to(type))];
        foreach (var slopes in new[] { null, rand(heads) })
        {
            Assert.True(Attention.Supports(inputs[0].transpose(1, 2), inputs[1].transpose(1, 2),
                inputs[2].transpose(1, 2)));
            Agreement.Check(
                inputs,
                t => Kernels.causal_attention(t[0].transpose(1, 2), t[1].transpose(1, 2), t[2].transpose(1, 2), slopes),
                t => Composites.causal_attention(t[0].transpose(1, 2), t[1].transpose(1, 2), t[2].transpose(1, 2),
                    slopes));
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Attention_over_heads_that_lie_one_after_another_equals_its_composite(ScalarType type)
    {
        Tensor[] inputs = [.. Enumerable.Range(0, 3).Select(_ => randn([2, 3, 21, 16]).to(type))];
        Agreement.Check(
            inputs,
            t => Kernels.causal_attention(t[0], t[1], t[2]),
            t => Composites.causal_attention(t[0], t[1], t[2]));
    }

    [Fact]
    public void Attention_gives_later_tokens_no_part_whatever_they_are()
    {
        var (q, k, v) = (randn([1, 2, 40, 8]), randn([1, 2, 40, 8]), randn([1, 2, 40, 8]));
        var before = Kernels.causal_attention(q, k, v).narrow(2, 0, 21).contiguous();
        foreach (var x in new[] { q, k, v }) x.narrow(2, 21, 19).fill_(1e30);
        Assert.Equal(before.bytes.ToArray(),
            Kernels.causal_attention(q, k, v).narrow(2, 0, 21).contiguous().bytes.ToArray());
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1024, 24, 72)]
    [InlineData(37, 96, 33)]
    [InlineData(1000, 100, 1030)] // several blocks of rows
    [InlineData(3, 700, 500)]
    public void Linear_in_bfloat16_equals_its_composite(long rows, long width, long outputs)
    {
        Tensor[] inputs = [randn([rows, width]).to(ScalarType.BFloat16),
            randn([outputs, width]).to(ScalarType.BFloat16)];
        Agreement.Check(inputs, t => LinearInFloat.apply(t[0], t[1]), t => F.linear(t[0], t[1]));
    }

    [Fact]
    public void Linear_takes_more_dimensions_a_bias_and_rows_that_lie_apart()
    {
        Tensor[] inputs = [randn([2, 48, 9]).to(ScalarType.BFloat16), randn([5, 48]).to(ScalarType.BFloat16),
            randn(5).to(ScalarType.BFloat16)];
        Agreement.Check(
            inputs,
            t => Kernels.linear(t[0].transpose(1, 2), t[1], t[2]),
            t => F.linear(t[0].transpose(1, 2), t[1], t[2]));
    }

    [Fact]
    public void Results_are_the_same_bit_for_bit_each_time_with_one_thread_and_with_two()
    {
        var before = get_num_threads();
        var (x, weight, qkv) = (randn([1024, 96]).to(ScalarType.BFloat16), randn([384, 96]).to(ScalarType.BFloat16),
            randn([8, 6, 64, 16]));
        try
        {
            foreach (var threads in (int[])[1, 2])
            {
                set_num_threads(threads);
                Assert.Equal(Once(), Once());
            }
        }
        finally
        {
            set_num_threads(before);
        }

        byte[][] Once()
        {
            Tensor[] leaves = [.. new[] { x, weight, qkv }.Select(t => t.detach().clone().requires_grad_(true))];
            LinearInFloat.apply(leaves[0], leaves[1]).square().mean().backward();
            var thirds = leaves[2].chunk(3, 1);
            Kernels.causal_attention(thirds[0], thirds[1], thirds[2]).square().mean().backward();
            return [.. leaves.Select(l => l.grad!.bytes.ToArray())];
        }
    }
}
