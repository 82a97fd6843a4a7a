using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>
/// x / sqrt(mean(x^2) + eps) * weight over the last dimension, of x [.., width] of two to four dimensions; the result
/// lies in order.
/// </summary>
internal sealed unsafe class RmsNorm : autograd.SingleTensorFunction<RmsNorm>
{
    private const long Grain = 1 << 14;

    public override string Name => nameof(RmsNorm);

    public static bool Supports(Tensor x, Tensor weight) =>
        Rows.Supports(x) && weight.dtype == x.dtype && weight.is_contiguous();

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight, eps) = ((Tensor)vars[0], (Tensor)vars[1], (float)(double)vars[2]);
        var y = empty(x.shape, x.dtype);
        var scale = empty(x.numel() / x.shape[^1], ScalarType.Float32);
        if (x.dtype == ScalarType.Float32) Forward<float, Float32Element>(x, weight, eps, y, scale);
        else Forward<ushort, BFloat16Element>(x, weight, eps, y, scale);
        ctx.save_for_backward([x, weight, scale]);
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
    {
        var saved = ctx.get_saved_variables();
        var (x, weight, scale) = (saved[0], saved[1], saved[2]);
        var dy = grad.stride(-1) == 1 ? grad : grad.contiguous();
        var (dx, dw) = (empty(x.shape, x.dtype), empty(weight.shape, weight.dtype));
        if (x.dtype == ScalarType.Float32) Backward<float, Float32Element>(x, weight, scale, dy, dx, dw);
        else Backward<ushort, BFloat16Element>(x, weight, scale, dy, dx, dw);
        return [dx, dw, null!];
    }

    private static void Forward<T, TElement>(Tensor x, Tensor weight, float eps, Tensor y, Tensor scale)
        where T : unmanaged
        where TElement : IElement<T>
    {
        T* from = Host.Data<T>(x), w = Host.Data<T>(weight), to = Host.Data<T>(y);
        var scales = Host.Data<float>(scale);
        var (places, width) = (Rows.From(x), (int)x.shape[^1]);
        var rest = width % Vector16.Count;
        Host.ParallelFor(scale.numel(), Host.ThreadCount(scale.numel(), Grain / width), (_, begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                T* a = from + places[row], b = to + (row * width);
                var sums = Vector512<float>.Zero;
                var i = 0;
                for (; i + Vector16.Count <= width; i += Vector16.Count)
                {
                    var value = TElement.Load(a + i);
                    sums += value * value;
                }

                var last = rest == 0 ? default : TElement.Load(a + i, rest);
                var r = scales[row] = 1 / MathF.Sqrt((Vector512.Sum(sums + (last * last)) / width) + eps);
                for (i = 0; i + Vector16.Count <= width; i += Vector16.Count)
                    TElement.Store(TElement.Load(a + i) * r * TElement.Load(w + i), b + i);
                if (rest != 0) TElement.Store(last * r * TElement.Load(w + i, rest), b + i, rest);
            }
        });
    }

    // With r = scale: dx = r (dy w) - x r^3 / width sum(dy w x), dw = sum over rows of dy x r.
    private static void Backward<T, TElement>(Tensor x, Tensor weight, Tensor scale, Tensor dy, Tensor dx, Tensor dw)
        where T : unmanaged
        where TElement : IElement<T>
    {
        T* from = Host.Data<T>(x), w = Host.Data<T>(weight), g = Host.Data<T>(dy), to = Host.Data<T>(dx),
            gain = Host.Data<T>(dw);
        var scales = Host.Data<float>(scale);
        var (places, given, width) = (Rows.From(x), Rows.From(dy), (int)x.shape[^1]);
        var sums = new float[Host.ThreadCount(scale.numel(), Grain / width)][];
        Host.ParallelFor(scale.numel(), sums.Length, (part, begin, end) =>
        {
            fixed (float* sum = sums[part] = new float[width + Vector16.Count])
            {
                for (var row = begin; row < end; row++)
                {
                    BackwardRow<T, TElement>(from + places[row], w, g + given[row], to + (row * width), sum,
                        scales[row], width);
                }
            }
        });
        // in one order, whoever was done first
        for (var i = 0; i < width; i++) TElement.One(sums.Sum(part => part[i]), gain + i);
    }

    private static void BackwardRow<T, TElement>(T* x, T* w, T* dy, T* dx, float* sum, float r, int width)
        where T : unmanaged
        where TElement : IElement<T>
    {
        var (dots, rest, i) = (Vector512<float>.Zero, width % Vector16.Count, 0);
        for (; i + Vector16.Count <= width; i += Vector16.Count)
            dots += TElement.Load(dy + i) * TElement.Load(w + i) * TElement.Load(x + i);
        if (rest != 0) dots += TElement.Load(dy + i, rest) * TElement.Load(w + i, rest) * TElement.Load(x + i, rest);
        var back = r * r * r * Vector512.Sum(dots) / width;
        for (i = 0; i + Vector16.Count <= width; i += Vector16.Count)
        {
            var (value, gradient) = (TElement.Load(x + i), TElement.Load(dy + i));
            (Vector512.Load(sum + i) + (gradient * value * r)).Store(sum + i);
            TElement.Store((gradient * TElement.Load(w + i) * r) - (value * back), dx + i);
        }

        if (rest == 0) return;
        var (last, slope) = (TElement.Load(x + i, rest), TElement.Load(dy + i, rest));
        (Vector512.Load(sum + i) + (slope * last * r)).Store(sum + i); // there is room for whole sixteens
        TElement.Store((slope * TElement.Load(w + i, rest) * r) - (last * back), dx + i, rest);
    }
}
