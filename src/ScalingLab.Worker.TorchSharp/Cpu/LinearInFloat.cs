namespace ScalingLab.Torch;

/// <summary>
/// x [.., in] weight [out, in]^T in bfloat16, by products of float32 whose sums are rounded once; block by block of
/// rows, so that what is wide stays in cache.
/// </summary>
internal sealed unsafe class LinearInFloat : autograd.SingleTensorFunction<LinearInFloat>
{
    private const long Block = 1 << 17; // float32 numbers of one block's rows, before and after
    // Multiplications below which libtorch's way costs more to prepare than it saves.
    private const long Small = 1 << 24;
    private const int Shallow = 64;

    public override string Name => nameof(LinearInFloat);

    public static bool Supports(Tensor x, Tensor weight)
    {
        if (x.dtype != ScalarType.BFloat16 || !Blas.IsAvailable || !Host.Supports(x) || !weight.is_contiguous()
            || x.numel() == 0) return false;
        if (!Blas.IsFasterInBFloat16) return true;
        var (width, outputs) = (weight.size(1), weight.size(0));
        return width < Shallow || outputs < Shallow || x.numel() * outputs < Small;
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight) = (((Tensor)vars[0]).contiguous(), (Tensor)vars[1]);
        ctx.save_for_backward([x, weight]);
        var (width, outputs) = ((int)weight.size(1), (int)weight.size(0));
        var shape = x.shape;
        shape[^1] = outputs;
        var y = empty(shape, ScalarType.BFloat16);
        var (rows, size) = (x.numel() / width, (long)width * outputs);
        var block = RowsOf(rows, width + outputs);
        ushort* from = Host.Data<ushort>(x), to = Host.Data<ushort>(y);
        var w = Scratch.Rent(size + (block * (width + outputs)));
        float* wide = w + size, product = wide + (block * width);
        BFloat16Element.Widen(Host.Data<ushort>(weight), w, size);
        for (long row = 0; row < rows; row += block)
        {
            var count = (int)Math.Min(block, rows - row);
            BFloat16Element.Widen(from + (row * width), wide, (long)count * width);
            Blas.TimesTransposed(count, outputs, width, wide, w, product);
            BFloat16Element.Narrow(product, to + (row * outputs), (long)count * outputs);
        }

        return y;
    }

    // dx = dy weight, dweight = dy^T x.
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
    {
        var saved = ctx.get_saved_variables();
        var (x, weight, dy) = (saved[0], saved[1], grad.contiguous());
        var (width, outputs) = ((int)weight.size(1), (int)weight.size(0));
        var (dx, dw) = (empty(x.shape, ScalarType.BFloat16), empty(weight.shape, ScalarType.BFloat16));
        var (rows, size) = (x.numel() / width, (long)width * outputs);
        var block = RowsOf(rows, width + outputs);
        ushort* from = Host.Data<ushort>(x), given = Host.Data<ushort>(dy), to = Host.Data<ushort>(dx);
        var w = Scratch.Rent((2 * size) + (block * ((2 * width) + outputs)));
        float* gain = w + size, wide = gain + size, product = wide + (block * width), deep = product + (block * width);
        BFloat16Element.Widen(Host.Data<ushort>(weight), w, size);
        for (long row = 0; row < rows; row += block)
        {
            var count = (int)Math.Min(block, rows - row);
            BFloat16Element.Widen(from + (row * width), wide, (long)count * width);
            BFloat16Element.Widen(given + (row * outputs), deep, (long)count * outputs);
            Blas.Times(count, width, outputs, deep, w, product);
            BFloat16Element.Narrow(product, to + (row * width), (long)count * width);
            Blas.TransposedTimes(outputs, width, count, deep, wide, row == 0 ? 0 : 1, gain);
        }

        BFloat16Element.Narrow(gain, Host.Data<ushort>(dw), size);
        return [dx, dw];
    }

    private static long RowsOf(long rows, int widths) => Math.Clamp(Block / widths, 1, rows);
}
