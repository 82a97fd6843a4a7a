using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Memory;

/// <summary>
/// What a pass over the model keeps and needs, in bytes, counted by hand from Transformer.cs, ForwardBackwardPass.cs
/// and native/: in the spirit of Korthikanti et al. 2022 (arXiv 2205.05198), section 4, for the operations used here. d
/// is the stream's width, k that of all keys, h the MLP's hidden width.
/// </summary>
/// <param name="Shape">The model.</param>
/// <param name="Size">Bytes of a weight or activation.</param>
/// <param name="Gpu">Whether plain operations are libtorch's own (GPU), not the host's fused ones.</param>
/// <param name="Fused">Whether the GPU's fused blocks train.</param>
/// <param name="Float8Head">Whether the head's factors are rounded to 8 bits.</param>
internal sealed record ActivationMemory(ModelShape Shape, long Size, bool Gpu, bool Fused, bool Float8Head = false)
{
    /// <summary>Workspace of matrix products on a GPU, and what the allocator's rounding adds.</summary>
    public const long LibraryBytes = 40L << 20;

    /// <summary>
    /// Resident before any tensor of size: .NET, libtorch, OpenBLAS, prepared text; the smallest runs of the quickstart
    /// need as much.
    /// </summary>
    public const long CpuRuntimeBytes = 245_000_000;

    private const long FusedChunkBytes = 832L << 20; // CHUNK_BYTES of native/cuda/head.cpp

    private long D => Shape.Width;

    private long E => Shape.TokenWidth;

    private bool NormsAfter => Shape.NormPlacement == NormPlacement.Post;

    private long K => Shape.KeyValueWidth;

    private long Ups => Shape.Mlp == MlpKind.Swiglu ? 2 : 1;

    private long H => Shape.HiddenWidth;

    /// <summary>
    /// Kept for the backward pass by a forward pass over so many tokens, the stream after the last block included.
    /// </summary>
    public long SavedForBackward(long tokens, RecomputeMode recompute)
    {
        var block = recompute switch
        {
            RecomputeMode.None => AttentionHalf + MlpHalf,
            RecomputeMode.Attention => (D * Size) + MlpHalf,
            _ => D * Size,
        };
        var ends = (2 * D * Size) + (Shape.IsFactorised ? E * Size : 0) + 16; // ids and targets, int64
        return tokens * ((Shape.Layers * block) + ends);
    }

    /// <summary>
    /// Needed beside that where the backward pass begins: by the head, and by the blocks one after the other. A GPU's
    /// allocator counts what is given out, so the larger of the two counts; a process keeps what was freed for the next
    /// time, so both do.
    /// </summary>
    public long BackwardWorkspace(long tokens, RecomputeMode recompute)
    {
        var (head, blocks) = (Head(tokens), Blocks(tokens, recompute));
        return Gpu ? Math.Max(head, blocks) : head + blocks;
    }

    /// <summary>
    /// Of a token: input, what the norm makes of it, queries, keys and values as one product and, where they are turned
    /// or normed, queries and keys beside it; what attention mixed, and a logarithm a head. Fused blocks make norms
    /// again and turn in place.
    /// </summary>
    private long AttentionHalf
    {
        get
        {
            var logs = (4L * Shape.Heads) + 8;
            var normed = Shape.QkNorm ? D + K : 0;
            if (Fused) return (((3 * D) + (2 * K) + AttentionCopies + SumBeforeNorm) * Size) + logs;
            var product = D + (2 * K);
            var turned = Shape.Positions == PositionKind.Rotary || Shape.QkNorm ? D + K : 0;
            return (((2 * D) + product + turned + normed + D) * Size) + logs + UnfusedNorm;
        }
    }

    /// <summary>
    /// Of fused blocks: queries and keys as attention reads them, beside what was projected, where they are normed or
    /// ALiBi widens each head by six numbers, to a multiple of eight.
    /// </summary>
    private long AttentionCopies => Shape.Positions == PositionKind.Alibi
        ? (long)(Shape.Heads + Shape.KeyValueHeads) * ((Shape.HeadWidth + 13) / 8 * 8)
        : Shape.QkNorm ? D + K : 0;

    /// <summary>
    /// Of a token: input, what the norm makes of it, the hidden layer before and after its activation. A gate's two
    /// halves are copied out of one product.
    /// </summary>
    private long MlpHalf => Fused ? ((D + (Ups * H) + SumBeforeNorm) * Size) + 4
        : (((2 * D) + ((Ups + 1 + TanhSteps) * H)) * Size) + 8 + UnfusedNorm;

    /// <summary>
    /// What GELU by tanh keeps beside input and output, each as large as the hidden layer: x x, x / 2, the tanh, and
    /// 1 + that.
    /// </summary>
    private long TanhSteps => Shape.Mlp == MlpKind.GeluTanh ? 4 : 0;

    /// <summary>Of fused blocks, whose norm is of the stream with what was added.</summary>
    private long SumBeforeNorm => NormsAfter ? D : 0;

    /// <summary>A norm by libtorch's own operations keeps its input and the scaled input in fp32.</summary>
    private long UnfusedNorm => !Gpu ? 0 : (Size == 4 ? 4 : 8) * D;

    /// <summary>A chunk's logits and their gradient, the gradient of the head's matrix, that of the stream.</summary>
    private long Head(long tokens)
    {
        long classes = Shape.Vocabulary, width = E;
        if (Fused)
        {
            var bytes = Size + (Float8Head ? 2 : 0); // the gradient in 8 bits, as it lies and turned
            var fit = Math.Max(1, FusedChunkBytes / (classes * bytes));
            var rows = Math.Min(tokens, fit >= 256 ? fit / 256 * 256 : fit);
            var factors = Float8Head ? 2 * (rows + classes) * width : 0;
            // what the matrix is applied to, made for it, and its gradient
            var stream = (NormsAfter && !Shape.IsFactorised ? 1 : 2) * tokens * width * Size;
            // products are tried on a copy of the gradient
            var whole = (rows * classes * bytes) + factors + stream + (4 * classes * width);
            // back through the matrix before it
            return Shape.IsFactorised ? Math.Max(whole, tokens * (E + (2 * D)) * Size) : whole;
        }

        var chunk = Math.Min(tokens, MemoryEstimate.ChunkRows(classes, Size));
        var (logits, matrix) = (chunk * classes, classes * width * Size);
        var made = Gpu ? logits * (Size == 2 ? 14 : 16) : (2 * logits * Size) + matrix;
        if (!Gpu && Size == 2) made += (logits * Size) + matrix; // oneDNN puts bf16 factors into an order of its own
        if (Shape.LogitSoftCap > 0) made += 2 * logits * Size;
        if (Float8Head) made += 5 * 8 * Math.Max(logits, classes * width); // rounded by plain operations, in fp64
        return Math.Max(made, (logits * Size) + matrix) + (tokens * D * Size) + (2 * chunk * D * Size);
    }

    /// <summary>The last block's gradients in the MLP's hidden layer; what is computed again comes on top.</summary>
    private long Blocks(long tokens, RecomputeMode recompute)
    {
        var gradients = tokens * Size * ((2 * D) + (Math.Max(Ups, Fused ? 2 : 1) * H))
            + (Ups * H * D * (Fused ? 4 : Size));
        var again = recompute switch
        {
            RecomputeMode.None => 0,
            RecomputeMode.Attention => AttentionHalf - (D * Size),
            _ => AttentionHalf + MlpHalf - (D * Size),
        };
        return gradients + (tokens * again);
    }
}
