using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>Attention with fewer heads of keys than of queries, slopes of distance, and keys from before.</summary>
public class GroupedAttentionTests
{
    [Theory]
    [InlineData(ScalarType.Float64, 2, 4, 2, 5, 6, false)]
    [InlineData(ScalarType.Float64, 1, 6, 1, 40, 8, true)]
    [InlineData(ScalarType.Float32, 2, 2, 2, 17, 33, true)]
    [InlineData(ScalarType.Float32, 3, 4, 2, 130, 16, true)]
    [InlineData(ScalarType.Float32, 1, 8, 4, 64, 32, false)]
    [InlineData(ScalarType.BFloat16, 2, 6, 3, 33, 24, true)]
    public void The_fused_form_equals_its_composite(ScalarType type, long batch, long heads, long pairs, long tokens,
        long headDim, bool sloped)
    {
        using var scope = NewDisposeScope();
        manual_seed(21);
        Tensor[] inputs = [.. new[] { heads, pairs, pairs }.Select(h => randn([batch, tokens, h, headDim]).to(type))];
        var slopes = sloped ? (arange(heads, dtype: ScalarType.Float64) * -0.7 - 0.5).exp() : null;
        Func<Tensor[], Tensor> HeadsFirst(Func<Tensor, Tensor, Tensor, Tensor?, Tensor> attend) =>
            t => attend(t[0].transpose(1, 2), t[1].transpose(1, 2), t[2].transpose(1, 2), slopes);
        Agreement.Check(type, inputs, HeadsFirst(Kernels.causal_attention), HeadsFirst(Composites.causal_attention));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(1, 11)]
    [InlineData(6, 4)]
    public void Queries_of_the_last_tokens_get_what_they_get_among_all(long queries, long before)
    {
        using var scope = NewDisposeScope();
        manual_seed(22);
        var tokens = queries + before;
        var (q, k, v) = (randn(2, 4, tokens, 8), randn(2, 2, tokens, 8), randn(2, 2, tokens, 8));
        foreach (var slopes in new[] { null, tensor([0.5f, 0.25f, 0.125f, 0.0625f]) })
        {
            var all = Kernels.causal_attention(q, k, v, slopes);
            var last = Kernels.causal_attention(q.narrow(2, before, queries), k, v, slopes);
            Assert.True(last.allclose(all.narrow(2, before, queries), 1e-5, 1e-6));
        }
    }

    [Fact]
    public void A_steep_slope_leaves_each_token_its_own_value()
    {
        using var scope = NewDisposeScope();
        manual_seed(23);
        var (q, k, v) = (randn(1, 2, 20, 8), randn(1, 2, 20, 8), randn(1, 2, 20, 8));
        var steep = Kernels.causal_attention(q, k, v, tensor([100f, 100f]));
        Assert.True(steep.allclose(v, 1e-5, 1e-5));
        Assert.False(Kernels.causal_attention(q, k, v, tensor([0f, 0f])).allclose(v, 1e-2, 1e-2));
    }

    [Fact]
    public void Heads_that_do_not_fall_into_groups_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<TorchException>(() =>
            Kernels.causal_attention(ones(1, 3, 4, 2), ones(1, 2, 4, 2), ones(1, 2, 4, 2)));
        Assert.Throws<TorchException>(() =>
            Kernels.causal_attention(ones(1, 4, 4, 2), ones(1, 2, 4, 2), ones(1, 1, 4, 2)));
        Assert.Throws<TorchException>(() =>
            Kernels.causal_attention(ones(1, 2, 4, 2), ones(1, 2, 4, 2), ones(1, 2, 4, 2), ones(3)));
    }
}
