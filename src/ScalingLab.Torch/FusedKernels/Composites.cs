namespace ScalingLab.Torch;

/// <summary>
/// The fused operations of <see cref="Kernels"/> written out in plain ones: what runs on devices without a fused form,
/// and what the fused forms are tested against.
/// </summary>
public static partial class Composites
{
    /// <inheritdoc cref="Kernels.embedding"/>
    public static Tensor embedding(Tensor weight, Tensor indices)
    {
        using var scope = NewDisposeScope();
        return weight.index_select(0, indices.reshape(-1)).view([.. indices.shape, weight.shape[1]])
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Kernels.rms_norm"/>
    public static Tensor rms_norm(Tensor x, Tensor weight, double eps)
    {
        using var scope = NewDisposeScope();
        var wide = x.dtype == ScalarType.Float64 ? x : x.to(ScalarType.Float32);
        var scale = (wide.square().mean([-1], keepdim: true) + eps).rsqrt();
        return ((wide * scale) * weight).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Kernels.rotary"/>
    public static Tensor rotary(Tensor x, Tensor cos, Tensor sin)
    {
        using var scope = NewDisposeScope();
        var halves = x.chunk(2, -1);
        return cat([halves[0] * cos - halves[1] * sin, halves[1] * cos + halves[0] * sin], -1).to(x.dtype)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Kernels.swiglu"/>
    public static Tensor swiglu(Tensor gate, Tensor up)
    {
        using var scope = NewDisposeScope();
        return (gate.silu() * up).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Kernels.causal_attention"/>
    public static Tensor causal_attention(Tensor query, Tensor key, Tensor value, Tensor? slopes = null)
    {
        using var scope = NewDisposeScope();
        var (queries, keys, group) = (query.size(2), key.size(2), query.size(1) / key.size(1));
        if (group > 1) (key, value) = (Repeated(key, group), Repeated(value, group));
        var mask = slopes is null && queries == keys ? null : CausalMask(queries, keys, slopes, query);
        return nn.functional.scaled_dot_product_attention(query, key, value, mask, is_casual: mask is null)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Each head so many times in a row: [batch, heads x times, tokens, head_dim].</summary>
    private static Tensor Repeated(Tensor x, long times)
    {
        var (batch, heads, tokens, width) = (x.size(0), x.size(1), x.size(2), x.size(3));
        return x.unsqueeze(2).expand(batch, heads, times, tokens, width).reshape(batch, heads * times, tokens, width);
    }

    /// <summary>
    /// What is added to the scores of the last <paramref name="queries"/> of so many tokens: minus infinity for later
    /// keys, and minus slope x distance where there are slopes. [queries, keys] or [heads, queries, keys], of the type
    /// and on the device of <paramref name="like"/>.
    /// </summary>
    private static Tensor CausalMask(long queries, long keys, Tensor? slopes, Tensor like)
    {
        var wide = like.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var places = arange(keys, dtype: wide, device: like.device);
        var distances = places.narrow(0, keys - queries, queries).unsqueeze(1) - places; // negative for later keys
        var scores = slopes is null ? zeros_like(distances) : distances * slopes.to(wide).neg().view(-1, 1, 1);
        return scores.masked_fill(distances.lt(0), double.NegativeInfinity).to(like.dtype);
    }

    /// <inheritdoc cref="Kernels.cross_entropy"/>
    public static Tensor cross_entropy(Tensor logits, Tensor targets, long ignore_index = -100)
    {
        using var scope = NewDisposeScope();
        var wide = logits.dtype == ScalarType.Float64 ? logits : logits.to(ScalarType.Float32);
        return nn.functional.cross_entropy(wide, targets, ignore_index: ignore_index).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Kernels.adamw_"/>
    public static void adamw_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, double lr, double beta1,
        double beta2,
        double eps, double weightDecay, long step, double gradScale = 1, Tensor? decayMask = null)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var gradient = grad.to(ScalarType.Float32) * gradScale;
        if (decayMask is null)
            parameter.mul_(1 - lr * weightDecay);
        else
            parameter.sub_(parameter * decayMask * (lr * weightDecay));
        expAvg.mul_(beta1).add_(gradient, 1 - beta1);
        expAvgSq.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
        var denominator = expAvgSq.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, step))).add_(eps);
        parameter.addcdiv_(expAvg, denominator, -lr / (1 - Math.Pow(beta1, step)));
    }

    /// <inheritdoc cref="Kernels.squared_norm"/>
    public static double squared_norm(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.detach().to(ScalarType.Float64).square().sum().item<double>();
    }
}
