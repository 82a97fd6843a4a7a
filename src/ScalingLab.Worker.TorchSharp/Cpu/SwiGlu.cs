using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>
/// silu(gate) * up, element by element, of one shape of two to four dimensions; the result lies in order.
/// </summary>
internal sealed unsafe class SwiGlu : autograd.SingleTensorFunction<SwiGlu>
{
    private const long Grain = 1 << 13;

    public override string Name => nameof(SwiGlu);

    public static bool Supports(Tensor gate, Tensor up) =>
        Rows.Supports(gate) && Rows.Supports(up) && gate.dtype == up.dtype;

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (gate, up) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([gate, up]);
        var y = empty(gate.shape, gate.dtype);
        if (gate.dtype == ScalarType.Float32) Forward<float, Float32Element>(gate, up, y);
        else Forward<ushort, BFloat16Element>(gate, up, y);
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
    {
        var saved = ctx.get_saved_variables();
        var (gate, up) = (saved[0], saved[1]);
        var dy = grad.stride(-1) == 1 ? grad : grad.contiguous();
        var (dgate, dup) = (empty(gate.shape, gate.dtype), empty(up.shape, up.dtype));
        if (gate.dtype == ScalarType.Float32) Backward<float, Float32Element>(gate, up, dy, dgate, dup);
        else Backward<ushort, BFloat16Element>(gate, up, dy, dgate, dup);
        return [dgate, dup];
    }

    private static void Forward<T, TElement>(Tensor gate, Tensor up, Tensor y)
        where T : unmanaged
        where TElement : IElement<T>
    {
        T* g = Host.Data<T>(gate), u = Host.Data<T>(up), to = Host.Data<T>(y);
        var (gates, ups, width) = (Rows.From(gate), Rows.From(up), (int)gate.shape[^1]);
        var rows = gate.numel() / width;
        Host.ParallelFor(rows, Host.ThreadCount(rows, Grain / width), (_, begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                T* a = g + gates[row], b = u + ups[row], c = to + (row * width);
                var i = 0;
                for (; i + Vector16.Count <= width; i += Vector16.Count)
                {
                    var value = TElement.Load(a + i);
                    TElement.Store(value * Sigmoid(value) * TElement.Load(b + i), c + i);
                }

                if (i == width) continue;
                var last = TElement.Load(a + i, width - i);
                TElement.Store(last * Sigmoid(last) * TElement.Load(b + i, width - i), c + i, width - i);
            }
        });
    }

    // With s = sigmoid(g): d gate = dy u s (1 + g (1 - s)), d up = dy g s.
    private static void Backward<T, TElement>(Tensor gate, Tensor up, Tensor dy, Tensor dgate, Tensor dup)
        where T : unmanaged
        where TElement : IElement<T>
    {
        T* g = Host.Data<T>(gate), u = Host.Data<T>(up), d = Host.Data<T>(dy), dg = Host.Data<T>(dgate),
            du = Host.Data<T>(dup);
        var (gates, ups, given, width) = (Rows.From(gate), Rows.From(up), Rows.From(dy), (int)gate.shape[^1]);
        var rows = gate.numel() / width;
        Host.ParallelFor(rows, Host.ThreadCount(rows, Grain / width), (_, begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                T* a = g + gates[row], b = u + ups[row], c = d + given[row], da = dg + (row * width), db = du
                    + (row * width);
                var i = 0;
                for (; i + Vector16.Count <= width; i += Vector16.Count)
                {
                    var (dgates, dups) =
                        BackwardOfVector(TElement.Load(a + i), TElement.Load(b + i), TElement.Load(c + i));
                    TElement.Store(dgates, da + i);
                    TElement.Store(dups, db + i);
                }

                if (i == width) continue;
                var rest = width - i;
                var (lastGates, lastUps) =
                    BackwardOfVector(TElement.Load(a + i, rest), TElement.Load(b + i, rest),
                        TElement.Load(c + i, rest));
                TElement.Store(lastGates, da + i, rest);
                TElement.Store(lastUps, db + i, rest);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + Vector16.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Gate, Vector512<float> Up) BackwardOfVector(Vector512<float> gate,
        Vector512<float> up, Vector512<float> dy)
    {
        var s = Sigmoid(gate);
        return (dy * up * s * (Vector512<float>.One + (gate * (Vector512<float>.One - s))), dy * gate * s);
    }
}
