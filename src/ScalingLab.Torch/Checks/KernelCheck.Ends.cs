using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch;

// What stands before the first block and after the last: embedding, the matrices of a factorised one, norms by
// themselves, the head with its loss.
public static partial class KernelCheck
{
    private const double Cap = 3;
    private const double ZLoss = 0.1;
    private const double Share = 0.75;

    private static List<KernelError> EmbeddingHeadAndLoss(Case c, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var errors = new List<KernelError>();
        long rows = c.Sequences * c.Tokens, width = c.Width;
        Tensor Random(double size, params long[] shape) => (randn(shape, device: device) * size).to(type);
        Tensor Matrix(long outputs, long inputs) => Random(1 / Math.Sqrt(inputs), outputs, inputs);
        var (x, small, gain) =
            (Random(2, c.Sequences, c.Tokens, width), Random(1, c.Sequences, c.Tokens, width),
                (Random(0.3, width) + 1).to(type));
        var shifted = (x + 1).to(type);
        var tokens = randint(0, c.Classes, [c.Sequences, c.Tokens], device: device);
        var all = new Targets(randint(0, c.Classes, [rows], device: device), ones([rows], ScalarType.Float64, device));
        var counts = Enumerable.Range(0, (int)rows).Select(row => row % 3 != 1).ToArray();
        var some = new Targets(
            tensor(counts.Select((yes, row) => yes ? row * 7919L % c.Classes : -100).ToArray(), [rows], device: device),
            tensor(counts.Select(yes => yes ? 1.0 : 0).ToArray(), [rows], device: device));

        NormWeights Rms(Weight w) => new(w, null, IsLayer: false, Eps);
        NormWeights Layer(Weight w, Weight? bias = null) => new(w, bias, IsLayer: true, Eps);
        Tensor PlainLayer(Tensor t, Tensor w, Tensor? bias = null) =>
            nn.functional.layer_norm(t, [width], w, bias, Eps);
        Tensor Product(Tensor t, Tensor head) => nn.functional.linear(t, head).view(rows, c.Classes);
        void Compare(string name, Tensor[] inputs, Tensor[] weights, Func<Tensor[], Weight[], Tensor> fused,
            Func<Tensor[], Tensor[], Tensor> plain,
            bool isLoss = false, bool in8Bits = false) =>
            errors.AddRange(
                Compared(name, c, type, inputs, weights, (t, w) => [fused(t, w)], (t, w) => [plain(t, w)], isLoss,
                    in8Bits));

        Compare(
            "embedding", [], [Random(1, c.Classes, width)],
            (t, w) => CudaBlocks.embedding(w[0], tokens),
            (t, w) => Kernels.embedding(w[0], tokens));
        Compare(
            "linear", [x], [Matrix(c.Hidden, width)],
            (t, w) => CudaBlocks.linear(t[0], default, new(w[0])),
            (t, w) => nn.functional.linear(t[0], w[0]));
        Compare(
            "linear, RMSNorm, bias", [x], [gain, Random(1, c.Hidden), Matrix(c.Hidden, width)],
            (t, w) => CudaBlocks.linear(t[0], Rms(w[0]), new(w[2], w[1])),
            (t, w) => nn.functional.linear(Composites.rms_norm(t[0], w[0], Eps), w[2], w[1]));
        Compare(
            "normed", [x], [gain],
            (t, w) => CudaBlocks.normed(t[0], Rms(w[0])),
            (t, w) => Composites.rms_norm(t[0], w[0], Eps));
        Compare(
            "head_loss", [x], [gain, Matrix(c.Classes, width)],
            (t, w) => CudaBlocks.head_loss(t[0], Rms(w[0]), w[1], all.Ids, Share),
            (t, w) => Reported(Product(Composites.rms_norm(t[0], w[0], Eps), w[1]), all) * Share,
            isLoss: true);
        Compare(
            "head_loss, no norm", [small], [Matrix(c.Classes, width)],
            (t, w) => CudaBlocks.head_loss(t[0], default, w[0], all.Ids, Share),
            (t, w) => Reported(Product(t[0], w[0]), all) * Share,
            isLoss: true);
        Compare(
            "head_loss, z-loss", [x], [gain, Matrix(c.Classes, width)],
            (t, w) => CudaBlocks.head_loss(t[0], Rms(w[0]), w[1], some.Ids, Share, zLoss: ZLoss),
            (t, w) => Reported(Product(Composites.rms_norm(t[0], w[0], Eps), w[1]), some, 0, ZLoss) * Share,
            isLoss: true);
        Compare(
            "head_loss, soft cap", [x], [gain, Matrix(c.Classes, width)],
            (t, w) => CudaBlocks.head_loss(t[0], Rms(w[0]), w[1], all.Ids, Share, softCap: Cap),
            (t, w) => Reported(Product(Composites.rms_norm(t[0], w[0], Eps), w[1]), all, Cap) * Share,
            isLoss: true);
        Compare(
            "head_loss, cap, z, no norm", [small], [Matrix(c.Classes, width)],
            (t, w) => CudaBlocks.head_loss(t[0], default, w[0], some.Ids, Share, Cap, ZLoss),
            (t, w) => Reported(Product(t[0], w[0]), some, Cap, ZLoss) * Share,
            isLoss: true);
        if (width > 2) // LayerNorm makes +1 and -1 of any two numbers: their gradient is nothing but rounding
        {
            Compare(
                "normed, LayerNorm, bias", [shifted], [Random(1, width), gain],
                (t, w) => CudaBlocks.normed(t[0], Layer(w[1], w[0])),
                (t, w) => PlainLayer(t[0], w[1], w[0]));
            Compare(
                "head_loss, LayerNorm, bias", [shifted], [gain, Random(1, width), Matrix(c.Classes, width)],
                (t, w) => CudaBlocks.head_loss(t[0], Layer(w[0], w[1]), w[2], all.Ids, Share),
                (t, w) => Reported(Product(PlainLayer(t[0], w[0], w[1]), w[2]), all) * Share,
                isLoss: true);
        }

        if (!c.In8Bits || !CudaBlocks.SupportFloat8(device)) return errors;
        Tensor Product8(Tensor t, Tensor w, Tensor head) =>
            As(type, Product(Composites.e4m3(As(type, Composites.rms_norm(t, w, Eps))), Composites.e4m3(head)));
        Compare(
            "head_loss, 8 bits", [x], [gain, Matrix(c.Classes, width)],
            (t, w) => CudaBlocks.head_loss(t[0], Rms(w[0]), w[1], all.Ids, Share, inFloat8: true),
            (t, w) => Composites.e5m2_gradient(Product8(t[0], w[0], w[1]), logits => Reported(logits, all)) * Share,
            isLoss: true, in8Bits: true);
        Compare(
            "head_loss, 8 bits, cap, z", [x], [gain, Matrix(c.Classes, width)],
            (t, w) => CudaBlocks.head_loss(t[0], Rms(w[0]), w[1], some.Ids, Share, Cap, ZLoss, inFloat8: true),
            (t, w) =>
            Composites.e5m2_gradient(Product8(t[0], w[0], w[1]), logits => Reported(logits, some, Cap, ZLoss)) * Share,
            isLoss: true, in8Bits: true);
        return errors;
    }

    /// <summary>A class for each row, or -100, and 1, or 0 there.</summary>
    private sealed record Targets(Tensor Ids, Tensor Counts);

    /// <summary>
    /// The mean cross-entropy, those that do not count as 0, with the gradient of what is trained on.
    /// </summary>
    private static Tensor Reported(Tensor product, Targets targets, double cap = 0, double zLoss = 0)
    {
        var logits = cap > 0 ? (product / cap).tanh() * cap : product;
        var loss = Composites.cross_entropy(logits, targets.Ids) * targets.Counts.mean();
        return Composites.InPlaceOf(loss + ((logits.logsumexp(-1).square() * targets.Counts).mean() * zLoss),
            loss.detach());
    }
}
