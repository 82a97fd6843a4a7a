using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>
/// What an optimizer does with the flat float32 buffers, in one pass over memory; LAMB, which needs norms first, in
/// two.
/// </summary>
internal static unsafe class FlatBuffer
{
    private const long Grain = 1 << 15;
    private const long Chunk = 1 << 13; // norms are summed chunk by chunk: in one order on any number of threads

    /// <inheritdoc cref="Kernels.adamw_"/>
    public static void AdamW(
        Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, double lr, double beta1, double beta2,
        double eps, double weightDecay, long step,
        double gradScale) =>
        Run(parameter.numel(), new AdamWUpdate(
            Data(parameter), new(Data(grad), Data(expAvg), Data(expAvgSq), beta1, beta2, eps, step, gradScale),
            (float)lr, (float)(1 - (lr * weightDecay))));

    /// <inheritdoc cref="Kernels.lion_"/>
    public static void Lion(
        Tensor parameter, Tensor grad, Tensor expAvg, double lr, double beta1, double beta2, double weightDecay,
        double gradScale) =>
        Run(parameter.numel(), new LionUpdate(
            Data(parameter), Data(grad), Data(expAvg), beta1, beta2, (float)lr, (float)(1 - (lr * weightDecay)),
            (float)gradScale));

    /// <inheritdoc cref="Kernels.sgd_"/>
    public static void Sgd(Tensor parameter, Tensor grad, Tensor velocity, double lr, double momentum,
        double weightDecay, double gradScale) =>
        Run(parameter.numel(), new SgdUpdate(
            Data(parameter), Data(grad), Data(velocity), (float)momentum, (float)lr, (float)(1 - (lr * weightDecay)),
            (float)gradScale));

    /// <inheritdoc cref="Kernels.nesterov_"/>
    public static void Nesterov(Tensor grad, Tensor momentum, Tensor direction, double mu, double gradScale) =>
        Run(grad.numel(), new NesterovUpdate(Data(grad), Data(momentum), Data(direction), (float)mu,
            (float)gradScale));

    /// <inheritdoc cref="Kernels.lamb_"/>
    public static void Lamb(
        Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq, IReadOnlyList<(long Length, double Decay)> parts,
            double lr, double beta1,
        double beta2, double eps, long step, double gradScale)
    {
        if (parts.Sum(p => p.Length) != parameter.numel())
            throw new ArgumentException($"lamb_: the parts are {parts.Sum(p => p.Length)} long together, the parameter "
                + $"{parameter.numel()}", nameof(parts));
        var adam = new Adam(Data(grad), Data(expAvg), Data(expAvgSq), beta1, beta2, eps, step, gradScale);
        var w = Data(parameter);
        long first = 0;
        foreach (var (length, decay) in parts)
        {
            var (weight, update) = LambNorms(w, adam, first, first + length, (float)decay);
            var rate = weight > 0 && update > 0 ? lr * Math.Sqrt(weight / update) : lr;
            Run(length, new LambUpdate(w + first, adam.From(first), (float)rate, (float)decay));
            first += length;
        }
    }

    /// <inheritdoc cref="Kernels.squared_norm"/>
    public static double SquaredNorm(Tensor x)
    {
        var data = Data(x);
        var count = x.numel();
        var (even, odd) = (Vector512<double>.Zero, Vector512<double>.Zero);
        for (long i = 0; i < count; i += Vector16.Count)
            AddSquares(Vector16.Load(data + i, Remaining(i, count)), ref even, ref odd);
        return Vector512.Sum(even + odd);
    }

    /// <summary>
    /// Moments of a part of the buffers, and the sums of the squares of its weights and of their updates.
    /// </summary>
    private static (double Weight, double Update) LambNorms(float* w, Adam adam, long first, long end, float decay)
    {
        var chunks = (end - first + Chunk - 1) / Chunk;
        var sums = new (double Weight, double Update)[chunks];
        Host.ParallelFor(chunks, Host.ThreadCount(chunks, Grain / Chunk), (_, begin, last) =>
        {
            for (var chunk = begin; chunk < last; chunk++)
            {
                Vector512<double> weightEven = default, weightOdd = default, updateEven = default, updateOdd = default;
                var (i, until) = (first + (chunk * Chunk), Math.Min(end, first + ((chunk + 1) * Chunk)));
                for (; i < until; i += Vector16.Count)
                {
                    var count = Remaining(i, until);
                    var weight = Vector16.Load(w + i, count);
                    adam.Step(i, count);
                    AddSquares(weight, ref weightEven, ref weightOdd);
                    AddSquares(adam.Direction(i, count) + (weight * decay), ref updateEven, ref updateOdd);
                }

                sums[chunk] = (Vector512.Sum(weightEven + weightOdd), Vector512.Sum(updateEven + updateOdd));
            }
        });
        return (sums.Sum(s => s.Weight), sums.Sum(s => s.Update));
    }

    private static void Run<TUpdate>(long numbers, TUpdate update)
        where TUpdate : struct, IFlatUpdate =>
            Host.ParallelFor(numbers, Host.ThreadCount(numbers, Grain), (_, begin, end) =>
        {
            var own = update;
            for (var i = begin; i < end; i += Vector16.Count) own.At(i, Remaining(i, end));
        });

    private static float* Data(Tensor x) => Host.Data<float>(x);

    private static int Remaining(long i, long end) => (int)Math.Min(Vector16.Count, end - i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSquares(Vector512<float> values, ref Vector512<double> even, ref Vector512<double> odd)
    {
        var (low, high) = Vector512.Widen(values);
        even += low * low;
        odd += high * high;
    }
}
