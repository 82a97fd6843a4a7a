using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>silu(gate) * up, element by element, of one shape of two to four dimensions; the result lies in order.</summary>
internal sealed unsafe class SwiGlu : autograd.SingleTensorFunction<SwiGlu>
{
    private const long Grain = 1 << 13;

    public override string Name => nameof(SwiGlu);

    public static bool Fits(Tensor gate, Tensor up) => Rows.Fit(gate) && Rows.Fit(up) && gate.dtype == up.dtype;

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (gate, up) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([gate, up]);
        var y = empty(gate.shape, gate.dtype);
        if (gate.dtype == ScalarType.Float32) Forward<float, Single32>(gate, up, y);
        else Forward<ushort, Brain16>(gate, up, y);
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
    {
        var saved = ctx.get_saved_variables();
        var (gate, up) = (saved[0], saved[1]);
        var dy = grad.stride(-1) == 1 ? grad : grad.contiguous();
        var (dgate, dup) = (empty(gate.shape, gate.dtype), empty(up.shape, up.dtype));
        if (gate.dtype == ScalarType.Float32) Backward<float, Single32>(gate, up, dy, dgate, dup);
        else Backward<ushort, Brain16>(gate, up, dy, dgate, dup);
        return [dgate, dup];
    }

    private static void Forward<T, TElement>(Tensor gate, Tensor up, Tensor y)
        where T : unmanaged
        where TElement : IElement<T>
    {
        T* g = Host.Data<T>(gate), u = Host.Data<T>(up), to = Host.Data<T>(y);
        var (gates, ups, width) = (Rows.Of(gate), Rows.Of(up), (int)gate.shape[^1]);
        var rows = gate.numel() / width;
        Host.Over(rows, Host.Parts(rows, Grain / width), (_, begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                T* a = g + gates[row], b = u + ups[row], c = to + (row * width);
                var i = 0;
                for (; i + Sixteen.Count <= width; i += Sixteen.Count)
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
        T* g = Host.Data<T>(gate), u = Host.Data<T>(up), d = Host.Data<T>(dy), dg = Host.Data<T>(dgate), du = Host.Data<T>(dup);
        var (gates, ups, given, width) = (Rows.Of(gate), Rows.Of(up), Rows.Of(dy), (int)gate.shape[^1]);
        var rows = gate.numel() / width;
        Host.Over(rows, Host.Parts(rows, Grain / width), (_, begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                T* a = g + gates[row], b = u + ups[row], c = d + given[row], da = dg + (row * width), db = du + (row * width);
                var i = 0;
                for (; i + Sixteen.Count <= width; i += Sixteen.Count)
                {
                    var (dgates, dups) = Back(TElement.Load(a + i), TElement.Load(b + i), TElement.Load(c + i));
                    TElement.Store(dgates, da + i);
                    TElement.Store(dups, db + i);
                }

                if (i == width) continue;
                var rest = width - i;
                var (lastGates, lastUps) = Back(TElement.Load(a + i, rest), TElement.Load(b + i, rest), TElement.Load(c + i, rest));
                TElement.Store(lastGates, da + i, rest);
                TElement.Store(lastUps, db + i, rest);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Sixteen.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Gate, Vector512<float> Up) Back(Vector512<float> gate, Vector512<float> up, Vector512<float> dy)
    {
        var s = Sigmoid(gate);
        return (dy * up * s * (Vector512<float>.One + (gate * (Vector512<float>.One - s))), dy * gate * s);
    }
}
