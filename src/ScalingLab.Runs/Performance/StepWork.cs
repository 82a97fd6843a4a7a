using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Performance;

/// <summary>
/// What an optimizer step does on a GPU by the fused kernels or on a processor, by what bounds it: matrix products,
/// attention, bytes that move past the cores, and how often work is begun. Counted from the shape; what each takes is
/// <see cref="StepShares"/>' to say.
/// </summary>
/// <param name="MatrixFlops">FLOPs of matrix products, head and optimizer included, forward and backward.</param>
/// <param name="AttentionFlops">FLOPs of scores and weighted values that the causal mask leaves.</param>
/// <param name="ActivationBytes">Bytes that norms, rotation and activation read and write.</param>
/// <param name="LogitBytes">Bytes of logits and of their gradient, read and written.</param>
/// <param name="ParameterBytes">Bytes of weights, gradients and moments, read and written.</param>
/// <param name="LayerPasses">Layers times micro-batches.</param>
/// <param name="Passes">Micro-batches.</param>
/// <param name="ScoreBytes">Bytes of attention's scores, which a GPU never writes and a processor's exponentials take
/// one by one.</param>
public sealed record StepWork(double MatrixFlops, double AttentionFlops, double ActivationBytes, double LogitBytes,
    double ParameterBytes, double LayerPasses, double Passes, double ScoreBytes = 0)
{
    // 16-bit numbers that pass the cores for each number of the stream's width, of the keys' and of the MLP's hidden
    // layer, forward and backward, in native/cuda's kernels, roughly; a calibration corrects their sum.
    private const int StreamPasses = 20;
    private const int KeyPasses = 4;
    private const int HiddenPasses = 6;
    private const int NormedPasses = 4;
    private const int Size = 2;

    // fp32 gradient read, made zero and read for its norm, masters read and written, 16-bit weights written
    private const int ParameterBytesBesideMoments = 18;
    private const int MomentBytes = 8; // read and written

    /// <summary>The work of a step of that run, at its whole batch.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="microBatchTokens">Most tokens of a forward and backward pass.</param>
    public static StepWork For(RunSpec spec, long microBatchTokens)
    {
        var (shape, recipe) = (spec.Shape, spec.Recipe);
        double tokens = spec.BatchTokens, width = shape.Width, hidden = shape.HiddenWidth;
        var (flops, optimizer) = (FlopCount.For(shape), OptimizerDefaults.For(recipe.Optimizer));
        var ups = shape.Mlp == MlpKind.Swiglu ? 2 : 1;
        var perLayer = (StreamPasses * width) + (KeyPasses * (double)shape.KeyValueWidth)
            + (HiddenPasses * hidden * (ups + 1) / 2) + (shape.QkNorm ? NormedPasses * width : 0);
        var sequences = Math.Max(1, microBatchTokens / shape.Context);
        var passes = Math.Ceiling(recipe.BatchSequences / (double)sequences);
        return new StepWork(
            MatrixFlops: ((flops.Blocks + flops.Head) * tokens) + OptimizerFlops(shape, optimizer.NewtonSchulzSteps),
            AttentionFlops: FlopCount.For(shape, AttentionCount.Causal).Attention * tokens,
            ActivationBytes: Size * shape.Layers * tokens * perLayer,
            LogitBytes: 4 * Size * tokens * shape.Vocabulary,
            ParameterBytes: ParameterCount.For(shape).Total
                * (ParameterBytesBesideMoments + (MomentBytes * (double)optimizer.Moments)),
            LayerPasses: passes * shape.Layers,
            Passes: passes);
    }

    /// <summary>The same on a processor.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="microBatchTokens">Most tokens of a forward and backward pass.</param>
    public static StepWork OnProcessor(RunSpec spec, long microBatchTokens)
    {
        var (shape, work) = (spec.Shape, For(spec, microBatchTokens));
        var size = spec.Recipe.Precision == Precision.Fp32 ? 2 : 1; // times the 16 bits that are counted
        return work with
        {
            ActivationBytes = size * work.ActivationBytes, LogitBytes = size * work.LogitBytes,
            ScoreBytes = 2.0 * Size * shape.Layers * shape.Heads * spec.BatchTokens * (shape.Context + 1) / 2,
        };
    }

    /// <summary>What a processor does to evaluate so many tokens: no optimizer, and only forward.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="microBatchTokens">Most tokens of a pass.</param>
    /// <param name="tokens">Tokens of whole sequences.</param>
    public static StepWork Evaluation(RunSpec spec, long microBatchTokens, long tokens)
    {
        var sequences = (int)Math.Max(1, tokens / spec.Shape.Context);
        var work = OnProcessor(spec with { Recipe = spec.Recipe with { BatchSequences = sequences } },
            microBatchTokens);
        var update = OptimizerFlops(spec.Shape, OptimizerDefaults.For(spec.Recipe.Optimizer).NewtonSchulzSteps);
        return work with { MatrixFlops = work.MatrixFlops - update, ParameterBytes = 0 };
    }

    // Each step of Newton and Schulz: X X', its square and its product with X, on the shorter side of a matrix X.
    private static double OptimizerFlops(ModelShape shape, int steps)
    {
        if (steps == 0) return 0;
        double width = shape.Width, hidden = shape.HiddenWidth;
        var ups = shape.Mlp == MlpKind.Swiglu ? 2 : 1;
        return steps * shape.StoredLayers * (Orthogonal(width, width + (2 * shape.KeyValueWidth))
            + Orthogonal(width, width) + (ups * Orthogonal(width, hidden)) + Orthogonal(width, hidden));

        static double Orthogonal(double rows, double columns)
        {
            var (least, most) = (Math.Min(rows, columns), Math.Max(rows, columns));
            return (4 * least * least * most) + (2 * least * least * least);
        }
    }
}
