using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch;

/// <summary>
/// How far one result of a fused block is from the truth: |found - expected| / |expected|, and how far it may be.
/// </summary>
public sealed record KernelError(string Kernel, ScalarType Type, string Shape, string Result, double Error,
    double Allowed)
{
    /// <summary>Whether it is near enough; a result with a number that is none never is.</summary>
    public bool Passes => Error <= Allowed;
}

/// <summary>
/// Every fused block on a CUDA device against its plain form in float64 on the device: fresh random inputs, odd shapes,
/// new memory filled with what is no number, gradients that are added to something.
/// </summary>
public static partial class KernelCheck
{
    private const double Eps = 1e-6;

    private sealed record Case(long Sequences, long Tokens, long Heads, long HeadWidth, long Hidden, long Classes)
    {
        public long Width => Heads * HeadWidth;

        /// <summary>Rows, width and classes are multiples of 16.</summary>
        public bool In8Bits { get; init; }

        public override string ToString() =>
            $"{Sequences} x {Tokens}, {Heads} heads of {HeadWidth}, inner {Hidden}, {Classes} classes";
    }

    private static readonly Case[] Cases =
    [
        new(1, 1, 1, 2, 8, 2),
        new(3, 5, 1, 6, 24, 7),
        new(2, 17, 3, 32, 264, 515),
        new(1, 129, 5, 26, 520, 4001),
        new(3, 64, 12, 64, 3072, 50_304) { In8Bits = true },
        new(2, 33, 24, 64, 4096, 2003),
        new(2, 24, 3, 16, 96, 560) { In8Bits = true },
        new(1, 272, 5, 16, 160, 1040) { In8Bits = true },
    ];

    /// <summary>All of them; the seed decides the inputs.</summary>
    public static IEnumerable<KernelError> Run(Device device, long seed)
    {
        CudaBlocks.poison_new_memory(true);
        try
        {
            manual_seed(seed);
            foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
            {
                foreach (var one in Cases)
                {
                    foreach (var error in Blocks(one, type, device)) yield return error;
                    foreach (var error in Attention(one, type, device)) yield return error;
                }

                foreach (var length in (long[])[1, 3, 4099, 1_000_003])
                {
                    foreach (var error in Updates(length, type, device)) yield return error;
                }

                foreach (var size in (long[][])[[1, 1, 1], [2, 3, 7], [3, 40, 24], [2, 96, 256], [1, 257, 130]])
                {
                    foreach (var error in Orthogonal(size, type, device)) yield return error;
                }
            }
        }
        finally
        {
            CudaBlocks.poison_new_memory(false);
        }
    }

    private static List<KernelError> Blocks(Case c, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var errors = new List<KernelError>();
        var width = c.Width;
        Tensor Random(double size, params long[] shape) => (randn(shape, device: device) * size).to(type);
        var x = Random(2, c.Sequences, c.Tokens, width);
        Tensor Gain() => (Random(0.3, width) + 1).to(type);
        var (gain, shifted) = (Gain(), (x + 1).to(type));
        var angle = rand([c.Tokens + 3, c.HeadWidth / 2], device: device) * 6;
        var (cos, sin) = (angle.cos(), angle.sin());
        Tensor Matrix(long outputs, long inputs) => Random(1 / Math.Sqrt(inputs), outputs, inputs);

        NormWeights Rms(Weight w) => new(w, null, IsLayer: false, Eps);
        NormWeights Layer(Weight w, Weight? bias = null) => new(w, bias, IsLayer: true, Eps);
        Tensor PlainLayer(Tensor t, Tensor w, Tensor? bias = null) =>
            nn.functional.layer_norm(t, [width], w, bias, Eps);

        void Compare(string name, Tensor[] inputs, Tensor[] weights, Func<Tensor[], Weight[], Tensor[]> fused,
            Func<Tensor[], Tensor[], Tensor[]> plain) =>
            errors.AddRange(Compared(name, c, type, inputs, weights, fused, plain));

        Tensor[] Plain(Tensor normed, Tensor matrix, Tensor? bias, Tensor stream, bool turned)
        {
            var parts = nn.functional.linear(normed, matrix, bias).view(c.Sequences, c.Tokens, 3, c.Heads, c.HeadWidth)
                .permute(2, 0, 3, 1, 4);
            var (co, si) = (cos.narrow(0, 0, c.Tokens), sin.narrow(0, 0, c.Tokens));
            Tensor Turn(Tensor part) => turned ? Composites.rotary(part, co, si) : part;
            return [Turn(parts.select(0, 0)), Turn(parts.select(0, 1)), parts.select(0, 2), stream];
        }

        Tensor[] AttentionIn(Tensor t, NormWeights norm, LinearWeights qkv, bool turned)
        {
            var heads = new AttentionHeads(c.Heads, c.Heads) { Cos = turned ? cos : null, Sin = turned ? sin : null };
            var (q, k, v, stream) = CudaBlocks.attention_in(t, norm, qkv, heads);
            return [q, k, v, stream];
        }

        foreach (var turned in (bool[])[true, false])
        {
            Compare(
                turned ? "attention_in, rotary" : "attention_in", [x], [gain, Matrix(3 * width, width)],
                (t, w) => AttentionIn(t[0], Rms(w[0]), new(w[1]), turned),
                (t, w) => Plain(Composites.rms_norm(t[0], w[0], Eps), w[1], null, t[0], turned));
        }

        Compare(
            "attention_in, LayerNorm, biases", [shifted],
            [gain, Random(1, width), Random(1, 3 * width), Matrix(3 * width, width)],
            (t, w) => AttentionIn(t[0], Layer(w[0], w[1]), new(w[3], w[2]), turned: true),
            (t, w) => Plain(PlainLayer(t[0], w[0], w[1]), w[3], w[2], t[0], turned: true));
        Compare(
            "attention_in, no norm", [x], [Matrix(3 * width, width)],
            (t, w) => AttentionIn(t[0], default, new(w[0]), turned: true),
            (t, w) => Plain(t[0], w[0], null, t[0], turned: true));
        Tensor[] mixed = [x, Random(1, c.Sequences, c.Tokens, c.Heads, c.HeadWidth)];
        Compare(
            "attention_out", mixed, [Matrix(width, width)],
            (t, w) => [CudaBlocks.attention_out(t[0], t[1].transpose(1, 2), new(w[0]))],
            (t, w) => [t[0] + nn.functional.linear(t[1].reshape(c.Sequences, c.Tokens, width), w[0])]);
        Compare(
            "attention_out, bias", mixed, [Random(1, width), Matrix(width, width)],
            (t, w) => [CudaBlocks.attention_out(t[0], t[1].transpose(1, 2), new(w[1], w[0]))],
            (t, w) => [t[0] + nn.functional.linear(t[1].reshape(c.Sequences, c.Tokens, width), w[1], w[0])]);
        Compare(
            "mlp, GELU", [x], [gain, Matrix(c.Hidden, width), Matrix(width, c.Hidden)],
            (t, w) => [CudaBlocks.mlp(t[0], Rms(w[0]), new(w[1]), new(w[2]), MlpActivation.Gelu)],
            (t, w) =>
            [t[0] + nn.functional.linear(nn.functional.linear(Composites.rms_norm(t[0], w[0], Eps), w[1]).gelu(),
                w[2])]);
        Compare(
            "mlp, SwiGLU", [x], [gain, Matrix(2 * c.Hidden, width), Matrix(width, c.Hidden)],
            (t, w) => [CudaBlocks.mlp(t[0], Rms(w[0]), new(w[1]), new(w[2]), MlpActivation.Swiglu)],
            (t, w) =>
            {
                var halves = nn.functional.linear(Composites.rms_norm(t[0], w[0], Eps), w[1]).chunk(2, -1);
                return [t[0] + nn.functional.linear(Composites.swiglu(halves[0], halves[1]), w[2])];
            });
        Compare(
            "mlp, LayerNorm, ReLU2", [shifted], [gain, Matrix(c.Hidden, width), Matrix(width, c.Hidden)],
            (t, w) => [CudaBlocks.mlp(t[0], Layer(w[0]), new(w[1]), new(w[2]), MlpActivation.Relu2)],
            (t, w) =>
            [t[0] + nn.functional.linear(nn.functional.linear(PlainLayer(t[0], w[0]), w[1]).relu().square(), w[2])]);
        Compare(
            "mlp, LayerNorm, GELU, biases", [shifted],
            [gain, Random(1, width), Random(1, c.Hidden), Random(1, width), Matrix(c.Hidden, width),
                Matrix(width, c.Hidden)],
            (t, w) => [CudaBlocks.mlp(t[0], Layer(w[0], w[1]), new(w[4], w[2]), new(w[5], w[3]), MlpActivation.Gelu)],
            (t, w) =>
            [t[0] + nn.functional.linear(nn.functional.linear(PlainLayer(t[0], w[0], w[1]), w[4], w[2]).gelu(), w[5],
                w[3])]);
        Compare(
            "mlp, no norm, GELU", [x], [Matrix(c.Hidden, width), Matrix(width, c.Hidden)],
            (t, w) => [CudaBlocks.mlp(t[0], default, new(w[0]), new(w[1]), MlpActivation.Gelu)],
            (t, w) => [t[0] + nn.functional.linear(nn.functional.linear(t[0], w[0]).gelu(), w[1])]);
        errors.AddRange(EmbeddingHeadAndLoss(c, type, device));
        return errors;
    }

    private static List<KernelError> Compared(string name, Case c, ScalarType type, Tensor[] inputs, Tensor[] weights,
        Func<Tensor[], Weight[], Tensor[]> fused, Func<Tensor[], Tensor[], Tensor[]> plain, bool isLoss = false,
        bool in8Bits = false, double slack = 1)
    {
        // What was rounded to 8 bits is the same but where the number before it was not: there it is a sixteenth apart.
        var limit = type == ScalarType.BFloat16 || in8Bits ? 1e-2 : 1e-5;
        try
        {
            return Errors(name, c.ToString(), type, slack * limit, inputs, weights, fused, plain, isLoss);
        }
        catch (TorchException e)
        {
            return [DidNotRun(name, type, c.ToString(), e)];
        }
    }

    private static KernelError DidNotRun(string kernel, ScalarType type, string shape, TorchException why) =>
        new(kernel, type, shape, "did not run: " + why.Message.ReplaceLineEndings(" "), double.NaN, 0);

    private static List<KernelError> Errors(string name, string shape, ScalarType type, double limit, Tensor[] inputs,
        Tensor[] weights,
        Func<Tensor[], Weight[], Tensor[]> fused, Func<Tensor[], Tensor[], Tensor[]> plain, bool isLoss)
    {
        // Few numbers may cancel, so that rounding weighs more; the small cases are there for their indices.
        var small = (weights.Length > 0 ? weights[^1] : inputs[0]).numel() < 10_000 ? 10 : 1;
        var allowed = small * limit;
        var errors = new List<KernelError>();
        var leaves = inputs.Select(t => t.detach().clone().requires_grad_()).ToArray();
        // A sum that stands there already must be added to, not replaced; it is small, so that its own rounding is.
        var pairs =
            weights.Select(w =>
                new Weight(w.detach().clone().requires_grad_(), randn(w.shape, device: w.device) * 1e-4)).ToArray();
        var begun = pairs.Select(p => p.Gradient.to(ScalarType.Float64)).ToArray();
        var exact = inputs.Select(t => t.to(ScalarType.Float64).requires_grad_()).ToArray();
        var exactWeights = weights.Select(w => w.to(ScalarType.Float64).requires_grad_()).ToArray();

        var found = fused(leaves, pairs);
        var expected = plain(exact, exactWeights);
        var factors = found.Select(y => isLoss ? ones_like(y) : randn(y.shape, device: y.device).to(y.dtype)).ToArray();
        (isLoss ? found[0] : Total(found, factors)).backward();
        Total(expected, [.. factors.Select(f => f.to(ScalarType.Float64))]).backward();
        for (var i = 0; i < found.Length; i++) Add($"output {i}", found[i], expected[i]);
        for (var i = 0; i < leaves.Length; i++) Add($"gradient of input {i}", leaves[i].grad!, exact[i].grad!);
        for (var i = 0; i < pairs.Length; i++)
            Add($"gradient of weight {i}", pairs[i].Gradient.to(ScalarType.Float64) - begun[i], exactWeights[i].grad!);
        return errors;

        void Add(string result, Tensor one, Tensor truth) =>
            errors.Add(new KernelError(name, type, shape, result, Distance(one.detach(), truth.detach()), allowed));
    }

    /// <summary>x as a type holds it; the gradient passes as if nothing were rounded.</summary>
    private static Tensor As(ScalarType type, Tensor x) => Composites.InPlaceOf(x, x.detach().to(type).to(x.dtype));

    private static Tensor Total(Tensor[] outputs, Tensor[] factors) =>
        outputs.Zip(factors, (y, f) => (y.to(ScalarType.Float64) * f.to(ScalarType.Float64)).sum())
        .Aggregate((a, b) => a + b);

    private static double Distance(Tensor found, Tensor expected)
    {
        var (a, b) = (found.to(ScalarType.Float64), expected.to(ScalarType.Float64));
        var size = b.square().sum().sqrt().ToDouble();
        var difference = (a - b).square().sum().sqrt().ToDouble();
        return size == 0 ? difference : difference / size;
    }
}
