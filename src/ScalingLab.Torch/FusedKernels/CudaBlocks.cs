using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch;

/// <summary>
/// The transformer's parts as fused forward and backward passes on a CUDA device, in bfloat16 or float; x is
/// [sequences, tokens, width]. Gradients of weights do not pass through autograd: each is added to its
/// <see cref="Weight.Gradient"/> in fp32, by the matrix product that makes it where there is one. A backward pass
/// reuses memory and can be run once. Each does what the model's plain form does with <see cref="Kernels"/>.
/// </summary>
public static partial class CudaBlocks
{
    /// <summary>
    /// Whether they can run on a device: the shim was built with CUDA and the device computes in bfloat16 (compute
    /// capability 8 or more).
    /// </summary>
    public static bool AreSupported(Device device) => Capability(device) >= 80;

    /// <summary>
    /// Whether <see cref="head_loss"/> can multiply 8-bit numbers there, if all sizes are multiples of 16: compute
    /// capability 8.9 or more.
    /// </summary>
    public static bool SupportFloat8(Device device) => Capability(device) >= 89;

    /// <summary>
    /// Rows of the table at tokens [..]; the table requires a gradient, which makes the result part of autograd's
    /// graph.
    /// </summary>
    public static Tensor embedding(Weight table, Tensor tokens) =>
        Native.NewTensor(Native.sl_cuda_embedding(table.Value.Raw, table.Gradient.Raw, tokens.Raw, out var y), y);

    /// <summary>
    /// Queries, keys and values of norm(x) for <see cref="attention"/>, and x itself, which must go into
    /// <see cref="attention_out"/>: the gradient of the residual is added where that of the norm is made. Queries are
    /// [sequences, heads, tokens, head width], keys and values have heads of their own number; where scores fall with
    /// the distance, queries and keys are at least six columns wider, whose product is that. Kept for the backward pass
    /// are x, what was projected (width + 2 keys' width a token) and, with slopes or a norm, the queries and keys that
    /// attention reads beside it.
    /// </summary>
    /// <param name="x">[sequences, tokens, width].</param>
    /// <param name="norm">The norm before.</param>
    /// <param name="qkv">[width + 2 keys' width, width]: all queries, all keys, all values.</param>
    /// <param name="heads">Their number and what is done to them.</param>
    public static (Tensor Query, Tensor Key, Tensor Value, Tensor X) attention_in(Tensor x, NormWeights norm,
        LinearWeights qkv, AttentionHeads heads)
    {
        Span<nint> made = stackalloc nint[4];
        Native.Check(
            Native.sl_cuda_attention_in(x.Raw, Value(norm.Gain), Gradient(norm.Gain), Value(norm.Bias),
                Gradient(norm.Bias),
            norm.IsLayer ? 1 : 0, norm.Epsilon, qkv.Matrix.Value.Raw, qkv.Matrix.Gradient.Raw, Value(qkv.Bias),
            Gradient(qkv.Bias), heads.Queries, heads.Keys,
            Or(heads.Cos), Or(heads.Sin), Or(heads.Slopes), Value(heads.QueryGain), Gradient(heads.QueryGain),
            Value(heads.KeyGain), Gradient(heads.KeyGain),
            heads.Epsilon, made));
        return (new Tensor(made[0]), new Tensor(made[1]), new Tensor(made[2]), new Tensor(made[3]));
    }

    /// <summary>
    /// Causal softmax(query key^T / sqrt(width of values)) value by libtorch's fastest form, [sequences, heads, tokens,
    /// head width]; of what <see cref="attention_in"/> makes.
    /// </summary>
    public static Tensor attention(Tensor query, Tensor key, Tensor value) =>
        Native.NewTensor(Native.sl_cuda_attention(query.Raw, key.Raw, value.Raw, out var mixed), mixed);

    /// <summary>x + linear(mixed), mixed [sequences, heads, tokens, head width].</summary>
    public static Tensor attention_out(Tensor x, Tensor mixed, LinearWeights linear) =>
        Native.NewTensor(
            Native.sl_cuda_attention_out(x.Raw, mixed.Raw, linear.Matrix.Value.Raw, linear.Matrix.Gradient.Raw,
                Value(linear.Bias),
            Gradient(linear.Bias), out var y), y);

    /// <summary>x + down(activation(up(norm(x)))).</summary>
    public static Tensor mlp(Tensor x, NormWeights norm, LinearWeights up, LinearWeights down,
        MlpActivation activation) =>
        Native.NewTensor(
            Native.sl_cuda_mlp(x.Raw, Value(norm.Gain), Gradient(norm.Gain), Value(norm.Bias), Gradient(norm.Bias),
            norm.IsLayer ? 1 : 0, norm.Epsilon, up.Matrix.Value.Raw, up.Matrix.Gradient.Raw, Value(up.Bias),
            Gradient(up.Bias), down.Matrix.Value.Raw,
            down.Matrix.Gradient.Raw, Value(down.Bias), Gradient(down.Bias), (int)activation, out var y), y);

    /// <summary>norm(x), for blocks that normalise after what they add.</summary>
    public static Tensor normed(Tensor x, NormWeights norm) =>
        Native.NewTensor(
            Native.sl_cuda_normed(x.Raw, Value(norm.Gain), Gradient(norm.Gain), Value(norm.Bias), Gradient(norm.Bias),
                norm.IsLayer ? 1 : 0,
            norm.Epsilon, out var y), y);

    /// <summary>linear(norm(x)), x [.., in] to [.., out].</summary>
    public static Tensor linear(Tensor x, NormWeights norm, LinearWeights linear) =>
        Native.NewTensor(
            Native.sl_cuda_linear(x.Raw, Value(norm.Gain), Gradient(norm.Gain), Value(norm.Bias), Gradient(norm.Bias),
                norm.IsLayer ? 1 : 0,
            norm.Epsilon, linear.Matrix.Value.Raw, linear.Matrix.Gradient.Raw, Value(linear.Bias),
            Gradient(linear.Bias), out var y), y);

    /// <summary>
    /// share times the mean cross-entropy (fp32, nats) of norm(x) head^T at targets, int64, one a row of x; no number
    /// where a target is out of bounds, but -100: such a row counts in the mean as a loss of 0.
    /// The head's gradient is added at once, so the loss must be the root of the backward pass: with another upstream
    /// gradient than 1 all gradients become no numbers. Without autograd nothing is added.
    /// </summary>
    /// <param name="x">[.., width].</param>
    /// <param name="norm">The norm before the head.</param>
    /// <param name="head">[classes, width].</param>
    /// <param name="targets">A number below classes for each row.</param>
    /// <param name="share">Multiplies the mean.</param>
    /// <param name="softCap">Logits become cap x tanh(logits / cap); 0: they stay.</param>
    /// <param name="zLoss">Weight of log(sum(exp(logits)))^2 in the gradients; the loss is without it.</param>
    /// <param name="inFloat8">
    /// Whether, with autograd, the products of logits and gradients are of 8-bit factors
    /// (<see cref="Composites.e4m3"/>, <see cref="Composites.e5m2_gradient"/>), where <see cref="SupportFloat8"/>.
    /// </param>
    public static Tensor head_loss(Tensor x, NormWeights norm, Weight head, Tensor targets, double share,
        double softCap = 0, double zLoss = 0,
        bool inFloat8 = false) =>
        Native.NewTensor(
            Native.sl_cuda_head_loss(x.Raw, Value(norm.Gain), Gradient(norm.Gain), Value(norm.Bias),
                Gradient(norm.Bias),
            norm.IsLayer ? 1 : 0, norm.Epsilon, head.Value.Raw, head.Gradient.Raw, targets.Raw, share, softCap, zLoss,
            inFloat8 ? 1 : 0, out var loss), loss);

    /// <summary>
    /// A host tensor in pinned memory, from which that device copies without the host waiting; a gigabyte takes a
    /// second to make.
    /// </summary>
    public static Tensor pinned(ReadOnlySpan<long> size, ScalarType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Native.NewTensor(
            Native.sl_cuda_pinned(size, size.Length, new NativeOptions(dtype, null), Math.Max(device.index, 0),
                out var y), y);
    }

    /// <summary>Where a tensor's first value lies in the device's memory.</summary>
    public static nint address(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.data_ptr();
    }

    /// <summary>Which of libtorch's attentions may run, apart from the plain one.</summary>
    public static void use_attention(bool flash, bool memoryEfficient, bool cudnn) =>
        Native.Check(Native.sl_cuda_attention_forms((flash ? 1 : 0) | (memoryEfficient ? 2 : 0) | (cudnn ? 4 : 0)));

    /// <summary>Writes what the device does during <paramref name="work"/> to a trace file (Chrome's format).</summary>
    public static void profile(string path, Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Native.Check(Native.sl_cuda_profile_begin());
        work();
        cuda.synchronize();
        Native.Check(Native.sl_cuda_profile_end(path));
    }

    /// <summary>Whether new memory begins as no number, so that what a kernel forgets to write shows.</summary>
    public static void poison_new_memory(bool on) => Native.Check(Native.sl_poison_empty(on ? 1 : 0));

    /// <summary>Ten times the compute capability; 0 where there are no blocks.</summary>
    private static int Capability(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.type != DeviceType.CUDA) return 0;
        Native.Check(Native.sl_cuda_capability(Math.Max(device.index, 0), out var tenths));
        return tenths;
    }

    private static TensorHandle Or(Tensor? tensor) => tensor?.Raw ?? TensorHandle.None;

    private static TensorHandle Value(Weight? weight) => Or(weight?.Value);

    private static TensorHandle Gradient(Weight? weight) => Or(weight?.Gradient);
}
