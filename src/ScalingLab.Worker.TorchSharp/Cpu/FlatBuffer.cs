using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>What an optimizer does with the flat float32 buffers, in one pass over memory.</summary>
internal static unsafe class FlatBuffer
{
    private const long Grain = 1 << 15;

    /// <inheritdoc cref="Kernels.adamw_"/>
    public static void AdamW(
        Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, double lr, double beta1, double beta2, double eps, double weightDecay, long step,
        double gradScale)
    {
        float* w = Host.Data<float>(parameter), g = Host.Data<float>(grad), m = Host.Data<float>(expAvg), v = Host.Data<float>(expAvgSq);
        var (pace, wide) = ((float)(lr / (1 - Math.Pow(beta1, step))), (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step))));
        var (kept, first, second) = ((float)(1 - (lr * weightDecay)), (float)beta1, (float)beta2);
        var (share, squareShare, scale, least) = ((float)(1 - beta1), (float)(1 - beta2), (float)gradScale, (float)eps);
        Host.Over(parameter.numel(), Host.Parts(parameter.numel(), Grain), (_, begin, end) =>
        {
            var i = begin;
            for (; i + Sixteen.Count <= end; i += Sixteen.Count)
            {
                var gradient = Vector512.Load(g + i) * scale;
                var mean = (Vector512.Load(m + i) * first) + (gradient * share);
                var square = (Vector512.Load(v + i) * second) + (gradient * gradient * squareShare);
                mean.Store(m + i);
                square.Store(v + i);
                ((Vector512.Load(w + i) * kept) - (mean * pace / ((Vector512.Sqrt(square) * wide) + Vector512.Create(least)))).Store(w + i);
            }

            for (; i < end; i++)
            {
                var gradient = g[i] * scale;
                m[i] = (m[i] * first) + (gradient * share);
                v[i] = (v[i] * second) + (gradient * gradient * squareShare);
                w[i] = (w[i] * kept) - (m[i] * pace / ((MathF.Sqrt(v[i]) * wide) + least));
            }
        });
    }

    /// <inheritdoc cref="Kernels.squared_norm"/>
    public static double SquaredNorm(Tensor x)
    {
        var data = Host.Data<float>(x);
        var count = x.numel();
        var (even, odd) = (Vector512<double>.Zero, Vector512<double>.Zero);
        long i = 0;
        for (; i + Sixteen.Count <= count; i += Sixteen.Count)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(data + i));
            even += low * low;
            odd += high * high;
        }

        var sum = Vector512.Sum(even + odd);
        for (; i < count; i++) sum += (double)data[i] * data[i];
        return sum;
    }
}
