using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>
/// Mean of -log softmax(logits)[target], with the gradient made in the same pass while a row is in cache; logits [rows,
/// classes] in order, targets int64 [rows].
/// </summary>
internal sealed unsafe class CrossEntropy : autograd.SingleTensorFunction<CrossEntropy>
{
    private const long Grain = 1 << 14;

    public override string Name => nameof(CrossEntropy);

    public static bool Supports(Tensor logits) =>
        Host.Supports(logits) && logits.dim() == 2 && logits.is_contiguous() && logits.size(1) > 0;

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (logits, targets, ignored, followed) = ((Tensor)vars[0], (Tensor)vars[1], (long)vars[2], (bool)vars[3]);
        var gradient = followed ? empty_like(logits) : null;
        if (gradient is not null) ctx.save_for_backward([gradient]);
        var loss = logits.dtype == ScalarType.Float32
            ? Rows<float, Float32Element>(logits, targets, ignored, gradient)
            : Rows<ushort, BFloat16Element>(logits, targets, ignored, gradient);
        return tensor((float)loss);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
    {
        var gradient = ctx.get_saved_variables()[0];
        var outer = *Host.Data<float>(grad);
        return [outer == 1 ? gradient : gradient.mul(outer), null!, null!, null!];
    }

    private static double Rows<T, TElement>(Tensor logits, Tensor targets, long ignored, Tensor? gradient)
        where T : unmanaged
        where TElement : IElement<T>
    {
        var (rows, classes) = (logits.size(0), (int)logits.size(1));
        var x = Host.Data<T>(logits);
        var t = Host.Data<long>(targets);
        var d = gradient is null ? null : Host.Data<T>(gradient);
        var counted = Counted(t, rows, classes, ignored);
        var losses = new double[rows];
        Host.ParallelFor(rows, Host.ThreadCount(rows, Grain / classes), (_, begin, end) =>
        {
            var scratch = new float[classes + Vector16.Count];
            fixed (float* e = scratch)
            {
                for (var row = begin; row < end; row++)
                {
                    if (t[row] == ignored)
                    {
                        if (d != null) new Span<T>(d + (row * classes), classes).Clear();
                        continue;
                    }

                    losses[row] =
                        Row<T, TElement>(x + (row * classes), e, (int)t[row], classes, d == null ? null : d
                            + (row * classes), 1f / counted);
                }
            }
        });
        return losses.Sum() / counted;
    }

    private static long Counted(long* targets, long rows, int classes, long ignored)
    {
        long counted = 0;
        for (long row = 0; row < rows; row++)
        {
            if (targets[row] == ignored) continue;
            if (targets[row] < 0 || targets[row] >= classes)
                throw new ArgumentException($"cross_entropy: target {targets[row]} of row {row} is out of bounds of "
                    + $"{classes} classes");
            counted++;
        }

        return counted;
    }

    /// <summary>One row's loss and, where d is not null, (softmax - one at the target) * scale.</summary>
    private static double Row<T, TElement>(T* x, float* e, int target, int classes, T* d, float scale)
        where T : unmanaged
        where TElement : IElement<T>
    {
        var tops = Vector512.Create(float.NegativeInfinity);
        var i = 0;
        for (; i + Vector16.Count <= classes; i += Vector16.Count)
        {
            var values = TElement.Load(x + i);
            values.Store(e + i);
            tops = Vector512.Max(tops, values);
        }

        for (; i < classes; i++) e[i] = TElement.One(x + i);
        // e has room for whole sixteens, and e^-inf adds nothing
        for (; i % Vector16.Count != 0; i++) e[i] = float.NegativeInfinity;
        if (i > classes) tops = Vector512.Max(tops, Vector512.Load(e + i - Vector16.Count));
        var (whole, top, own) = (i, Vector16.MaxOf(tops), e[target]);
        var sums = Vector512<float>.Zero;
        for (i = 0; i < whole; i += Vector16.Count)
        {
            var powers = Vector16.Exp(Vector512.Load(e + i) - Vector512.Create(top));
            powers.Store(e + i);
            sums += powers;
        }

        var sum = Vector512.Sum(sums);
        if (d == null) return Math.Log(sum) + top - own;
        var share = scale / sum;
        for (i = 0; i < whole; i += Vector16.Count) (Vector512.Load(e + i) * share).Store(e + i);
        e[target] -= scale;
        for (i = 0; i + Vector16.Count <= classes; i += Vector16.Count) TElement.Store(Vector512.Load(e + i), d + i);
        for (; i < classes; i++) TElement.One(e[i], d + i);
        return Math.Log(sum) + top - own;
    }
}
