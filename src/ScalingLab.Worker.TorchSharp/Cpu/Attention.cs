namespace ScalingLab.Torch;

/// <summary>
/// Causal softmax(query key^T / sqrt(head_dim)) value, one head at a time with all of a head in cache; the backward
/// pass makes the softmax again from each query's logarithm (as FlashAttention does, Dao et al. 2022, arXiv:2205.14135,
/// without its outer blocks). All three [batch, heads, tokens, head_dim]; keys and values may have fewer heads, and
/// slopes are as <see cref="Kernels.causal_attention"/> has them, none or one for each head of queries. The result lies
/// in memory as [batch, tokens, heads, head_dim].
/// </summary>
internal sealed unsafe class Attention : autograd.SingleTensorFunction<Attention>
{
    // queries whose scores are held at once; tokens are padded to whole blocks
    private const int Block = Vector16.Count;
    private const long Grain = 1 << 14;

    public override string Name => nameof(Attention);

    public static bool Supports(Tensor query, Tensor key, Tensor value) =>
        Host.Supports(query) && Host.Supports(key) && Host.Supports(value) && query.dtype == key.dtype
            && key.dtype == value.dtype && query.numel() > 0
        && query.size(2) == key.size(2);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (q, k, v, slopes) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (float[])vars[3]);
        var y = empty([q.size(0), q.size(2), q.size(1), q.size(3)], q.dtype).transpose(1, 2);
        var logs = empty([q.size(0), q.size(1), q.size(2)], ScalarType.Float32);
        if (q.dtype == ScalarType.Float32) Forward<float, Float32Element>(q, k, v, slopes, y, logs);
        else Forward<ushort, BFloat16Element>(q, k, v, slopes, y, logs);
        ctx.save_for_backward([q, k, v, y, logs, tensor(slopes)]);
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
    {
        var saved = ctx.get_saved_variables();
        var (q, k, v, y, logs) = (saved[0], saved[1], saved[2], saved[3], saved[4]);
        var slopes = saved[5].data<float>().ToArray();
        var dy = grad.stride(-1) == 1 ? grad : grad.contiguous();
        var (dq, dk, dv) = (Host.EmptyWithLayoutOf(q), Host.EmptyWithLayoutOf(k), Host.EmptyWithLayoutOf(v));
        if (q.dtype == ScalarType.Float32) Backward<float, Float32Element>(q, k, v, slopes, y, logs, dy, dq, dk, dv);
        else Backward<ushort, BFloat16Element>(q, k, v, slopes, y, logs, dy, dq, dk, dv);
        return [dq, dk, dv, null!];
    }

    private static void Forward<T, TElement>(
        Tensor query, Tensor key, Tensor value, float[] slopes, Tensor y, Tensor logs)
        where T : unmanaged
        where TElement : IElement<T>
    {
        var size = new HeadSize(query, key);
        var (q, k, v, o) = (new Heads<T>(query), new Heads<T>(key), new Heads<T>(value), new Heads<T>(y));
        var log = Host.Data<float>(logs);
        var count = size.Heads * query.size(0);
        Host.ParallelFor(count, size.ThreadCount(count, Grain), (_, begin, end) =>
        {
            var pq = Scratch.Rent((3 * size.PaddedLength) + size.TransposedLength + (Block * size.PaddedTokens));
            float* pv = pq + size.PaddedLength, po = pv + size.PaddedLength, kt = po + size.PaddedLength, scores = kt
                + size.TransposedLength;
            float* tops = stackalloc float[Block], sums = stackalloc float[Block];
            for (var item = begin; item < end; item++)
            {
                var (sequence, head, pair) = (item / size.Heads, item % size.Heads, item % size.Heads / size.Group);
                size.Load<T, TElement>(k.At(sequence, pair), k.Step, pq);
                size.Transpose(pq, kt);
                size.Load<T, TElement>(q.At(sequence, head), q.Step, pq);
                size.Load<T, TElement>(v.At(sequence, pair), v.Step, pv);
                var slope = slopes.Length == 0 ? 0 : slopes[head] / size.Scale; // scores are not scaled yet
                for (long first = 0; first < size.Tokens; first += Block)
                {
                    var seen = first + Block;
                    var mixed = po + (first * size.PaddedWidth);
                    Tile.Product(Block, seen, size.Width, pq + (first * size.PaddedWidth), size.PaddedWidth, 1, kt,
                        size.PaddedTokens, scores,
                        size.PaddedTokens, add: false);

                    // Pass by pass, not query by query: a query's passes wait for each other, different queries' do
                    // not.
                    for (var r = 0; r < Block && slope != 0; r++)
                        Scores.SubtractSlope(scores + (r * size.PaddedTokens), seen, first + r, slope);
                    for (var r = 0; r < Block; r++)
                        tops[r] = Scores.Max(scores + (r * size.PaddedTokens), first, r + 1);
                    for (var r = 0; r < Block; r++)
                        sums[r] =
                            Scores.Exponentiate(scores + (r * size.PaddedTokens), first, r + 1, tops[r], size.Scale);
                    for (var r = 0; r < Block && first + r < size.Tokens; r++)
                        log[(item * size.Tokens) + first + r] = (tops[r] * size.Scale) + MathF.Log(sums[r]);
                    Tile.Product(Block, size.PaddedWidth, seen, scores, size.PaddedTokens, 1, pv, size.PaddedWidth,
                        mixed, size.PaddedWidth,
                        add: false);
                    for (var r = 0; r < Block; r++)
                        Scores.Multiply(mixed + (r * size.PaddedWidth), size.PaddedWidth, 1 / sums[r]);
                }

                size.Store<T, TElement>(po, o.At(sequence, head), o.Step);
            }
        });
    }

    // With p the softmax: dv = p^T dy, ds = p (dy v^T - sum(y dy)) / sqrt(head_dim), dq = ds k, dk = ds^T q. One head
    // of keys and values at a time with all the heads of queries that it serves, so that their sums have one order.
    private static void Backward<T, TElement>(
        Tensor query, Tensor key, Tensor value, float[] slopes, Tensor y, Tensor logs, Tensor dy, Tensor dquery,
        Tensor dkey, Tensor dvalue)
        where T : unmanaged
        where TElement : IElement<T>
    {
        var size = new HeadSize(query, key);
        var (q, k, v, o, g) = (new Heads<T>(query), new Heads<T>(key), new Heads<T>(value), new Heads<T>(y),
            new Heads<T>(dy));
        var (dq, dk, dv) = (new Heads<T>(dquery), new Heads<T>(dkey), new Heads<T>(dvalue));
        var log = Host.Data<float>(logs);
        var (pairs, plane) = (key.size(1), size.PaddedLength);
        var count = pairs * query.size(0);
        Host.ParallelFor(count, size.ThreadCount(count, Grain / size.Group), (_, begin, end) =>
        {
            var pq = Scratch.Rent((7 * plane) + (2 * size.TransposedLength) + (2 * Block * size.PaddedTokens));
            float* pk = pq + plane, po = pk + plane, pg = po + plane, pdq = pg + plane, pdk = pdq + plane,
                pdv = pdk + plane;
            float* kt = pdv + plane, vt = kt + size.TransposedLength, p = vt + size.TransposedLength, ds = p
                + (Block * size.PaddedTokens);
            for (var item = begin; item < end; item++)
            {
                var (sequence, pair) = (item / pairs, item % pairs);
                size.Load<T, TElement>(v.At(sequence, pair), v.Step, pk);
                size.Transpose(pk, vt);
                size.Load<T, TElement>(k.At(sequence, pair), k.Step, pk);
                size.Transpose(pk, kt);
                new Span<float>(pdk, checked((int)(2 * plane))).Clear();
                for (var head = pair * size.Group; head < (pair + 1) * size.Group; head++)
                {
                    size.Load<T, TElement>(q.At(sequence, head), q.Step, pq);
                    size.Load<T, TElement>(o.At(sequence, head), o.Step, po);
                    size.Load<T, TElement>(g.At(sequence, head), g.Step, pg);
                    var slope = slopes.Length == 0 ? 0 : slopes[head] / size.Scale;
                    var own = log + (((sequence * size.Heads) + head) * size.Tokens);
                    for (long first = 0; first < size.Tokens; first += Block)
                    {
                        var (seen, place) = (first + Block, first * size.PaddedWidth);
                        Tile.Product(Block, seen, size.Width, pq + place, size.PaddedWidth, 1, kt, size.PaddedTokens,
                            p, size.PaddedTokens,
                            add: false);
                        Tile.Product(Block, seen, size.Width, pg + place, size.PaddedWidth, 1, vt, size.PaddedTokens,
                            ds, size.PaddedTokens,
                            add: false);
                        for (var r = 0; r < Block && slope != 0; r++)
                            Scores.SubtractSlope(p + (r * size.PaddedTokens), seen, first + r, slope);
                        for (var r = 0; r < Block; r++)
                        {
                            var at = first + r;
                            var delta =
                                Scores.Dot(po + (at * size.PaddedWidth), pg + (at * size.PaddedWidth),
                                    size.PaddedWidth);
                            var sum = at < size.Tokens ? own[at] : 0; // what is padded gets any
                            Scores.SoftmaxBackward(p + (r * size.PaddedTokens), ds + (r * size.PaddedTokens), first, r
                                + 1, sum, delta, size.Scale);
                        }

                        Tile.Product(Block, size.PaddedWidth, seen, ds, size.PaddedTokens, 1, pk, size.PaddedWidth, pdq
                            + place, size.PaddedWidth,
                            add: false);
                        Tile.Product(seen, size.PaddedWidth, Block, ds, 1, size.PaddedTokens, pq + place,
                            size.PaddedWidth, pdk, size.PaddedWidth,
                            add: true);
                        Tile.Product(seen, size.PaddedWidth, Block, p, 1, size.PaddedTokens, pg + place,
                            size.PaddedWidth, pdv, size.PaddedWidth,
                            add: true);
                    }

                    size.Store<T, TElement>(pdq, dq.At(sequence, head), dq.Step);
                }

                size.Store<T, TElement>(pdk, dk.At(sequence, pair), dk.Step);
                size.Store<T, TElement>(pdv, dv.At(sequence, pair), dv.Step);
            }
        });
    }
}
