using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>
/// Rotary positions: of x [batch, heads, tokens, 2 half] with cos and sin float32 [tokens, half] in order, first half a
/// cos - b sin, second half b cos + a sin. The result lies in memory as x does: a token's heads side by side, or head
/// by head.
/// </summary>
internal sealed unsafe class Rotary : autograd.SingleTensorFunction<Rotary>
{
    private const long Grain = 1 << 13;

    public override string Name => nameof(Rotary);

    public static bool Supports(Tensor x, Tensor cos, Tensor sin) =>
        Host.Supports(x) && x.dim() == 4 && Host.AreFlat(cos, sin) && x.size(2) == cos.size(0)
        && x.size(3) == 2 * cos.size(1);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, cos, sin) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        ctx.save_for_backward([cos, sin]);
        return Rotated(x, cos, sin, 1);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
    {
        var saved = ctx.get_saved_variables();
        return [Rotated(grad.stride(-1) == 1 ? grad : grad.contiguous(), saved[0], saved[1], -1), null!, null!];
    }

    private static Tensor Rotated(Tensor x, Tensor cos, Tensor sin, float sign)
    {
        var y = Host.EmptyWithLayoutOf(x);
        if (x.dtype == ScalarType.Float32) Rotate<float, Float32Element>(x, cos, sin, y, sign);
        else Rotate<ushort, BFloat16Element>(x, cos, sin, y, sign);
        return y;
    }

    private static void Rotate<T, TElement>(Tensor x, Tensor cos, Tensor sin, Tensor y, float sign)
        where T : unmanaged
        where TElement : IElement<T>
    {
        T* from = Host.Data<T>(x), to = Host.Data<T>(y);
        float* c = Host.Data<float>(cos), s = Host.Data<float>(sin);
        var (tokens, half, count) = (x.size(2), (int)cos.size(1), x.size(0) * x.size(1) * x.size(2));
        var (places, there) = (Rows.From(x), Rows.From(y));
        Host.ParallelFor(count, Host.ThreadCount(count, Grain / half), (_, begin, end) =>
        {
            for (var row = begin; row < end; row++)
                Row<T, TElement>(from + places[row], c + (row % tokens * half), s + (row % tokens * half), to
                    + there[row], half, sign);
        });
    }

    private static void Row<T, TElement>(T* x, float* c, float* s, T* y, int half, float sign)
        where T : unmanaged
        where TElement : IElement<T>
    {
        var i = 0;
        for (; i + Vector16.Count <= half; i += Vector16.Count)
        {
            var (a, b, cos, sin) =
                (TElement.Load(x + i), TElement.Load(x + half + i), Vector512.Load(c + i),
                    Vector512.Load(s + i) * sign);
            TElement.Store((a * cos) - (b * sin), y + i);
            TElement.Store((b * cos) + (a * sin), y + half + i);
        }

        if (i == half) return;
        var rest = half - i;
        var (first, second) = (TElement.Load(x + i, rest), TElement.Load(x + half + i, rest));
        var (lastCos, lastSin) = (Float32Element.Load(c + i, rest), Float32Element.Load(s + i, rest) * sign);
        TElement.Store((first * lastCos) - (second * lastSin), y + i, rest);
        TElement.Store((second * lastCos) + (first * lastSin), y + half + i, rest);
    }
}
