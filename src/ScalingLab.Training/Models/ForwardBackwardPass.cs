using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Parameters;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Models;

/// <summary>
/// The model as a gradient pass walks it, x [B, T, d] throughout: plain operations (<see cref="Transformer"/>) or fused
/// ones.
/// </summary>
internal interface IModelSegments
{
    /// <summary>The stream before the first block, of token ids int64 [B, T].</summary>
    Tensor Embed(Tensor inputs);

    /// <summary>The attention half of a block.</summary>
    Tensor AttentionHalf(int layer, Tensor x);

    /// <summary>The MLP half of a block.</summary>
    Tensor MlpHalf(int layer, Tensor x);
}

/// <summary>
/// Forward and backward over one micro-batch. The model is walked in segments from one leaf to the next: a segment
/// keeps what its backward pass needs, or only its input, and is then computed again when its turn comes (Chen et al.
/// 2016, arXiv 1604.06174). The operations and their order are those of the plain pass, so on a CPU the gradients are
/// the same bit for bit.
/// </summary>
internal sealed class ForwardBackwardPass(RunSpec spec, Transformer model, ParameterBuffer parameters,
    RecomputeMode recompute, Teacher? teacher = null)
{
    private readonly RunSpec _spec = spec;
    private readonly int _layers = spec.Shape.Layers;

    // Weights that several places use: the plain pass sums their gradients first and adds the sum, so they are gathered
    // apart here too.
    private readonly IReadOnlyList<string> _sharedInBlocks = spec.Shape.StoredLayers < spec.Shape.Layers
        ? [.. parameters.Specs.Select(s => s.Name).Where(name => !ParameterBuffer.IsOutsideBlocks(name))]
        : [];

    private readonly IReadOnlyList<string> _sharedOutsideBlocks = spec.Shape.Head == HeadKind.Tied
        ? [.. parameters.Specs.Select(s => s.Name).Where(ParameterBuffer.IsOutsideBlocks)]
        : [];

    /// <summary>Adds the micro-batch's gradient by plain operations, and waits for it.</summary>
    /// <param name="inputs">Token ids, int64 [B, T].</param>
    /// <param name="targets">The tokens that follow, int64 [B, T].</param>
    /// <param name="share">The micro-batch's share of the batch.</param>
    /// <param name="scale">What the loss is scaled by (<see cref="LossScaler"/>).</param>
    /// <returns>Mean reported loss of the micro-batch, nats/token.</returns>
    public double Run(Tensor inputs, Tensor targets, double share, double scale = 1)
    {
        var element = parameters.ElementBytes;
        var (rows, factor) = (targets.numel(), share * scale);
        var chunk = ChunkedLoss.Rows(rows, _spec.Shape.Vocabulary, element);
        if (recompute == RecomputeMode.None && chunk == rows) return RunOneGraph(inputs, targets, factor);
        double loss = 0;
        using (parameters.AccumulateSeparately([.. _sharedInBlocks, .. chunk == rows ? _sharedOutsideBlocks : []]))
        {
            RunSegments(model, inputs, stream =>
            {
                (loss, var gradient) =
                    ChunkedLoss.Backward(model, stream, targets, factor, ObjectiveOf(inputs), chunk);
                return gradient;
            });
        }

        return loss;
    }

    /// <summary>
    /// Whether the backward pass through fused blocks is asked for as one, with nothing computed again.
    /// </summary>
    public bool IsOneGraph => recompute == RecomputeMode.None;

    /// <summary>
    /// Asks the device for the micro-batch's gradient by fused blocks, which add it to the parameters' themselves.
    /// </summary>
    /// <param name="fused">The model.</param>
    /// <param name="inputs">Token ids, int64 [B, T].</param>
    /// <param name="targets">The tokens that follow, int64 [B, T].</param>
    /// <param name="share">The micro-batch's share of the batch.</param>
    /// <param name="marks">Where <see cref="IsOneGraph"/>: marks how far the backward pass is.</param>
    /// <returns>The loss times its share, fp32 [], without history; the caller's to dispose.</returns>
    public Tensor RunFused(FusedTransformer fused, Tensor inputs, Tensor targets, double share,
        GradientAllReduce? marks = null)
    {
        if (IsOneGraph)
        {
            var whole = fused.Loss(inputs, targets, share, _spec.Recipe, marks);
            whole.backward();
            return whole.detach().DetachFromDisposeScope();
        }

        Tensor? loss = null;
        RunSegments(fused, inputs, stream =>
        {
            var leaf = stream.requires_grad_(true);
            var root = fused.HeadLoss(leaf, targets, share, _spec.Recipe);
            root.backward();
            loss = root.detach().DetachFromDisposeScope();
            return leaf.grad!;
        });
        return loss!;
    }

    /// <summary>One graph from tokens to loss. Handles go as soon as autograd alone needs what they name.</summary>
    private double RunOneGraph(Tensor inputs, Tensor targets, double factor)
    {
        using var scope = NewDisposeScope();
        var stream = model.Embed(inputs);
        for (var layer = 0; layer < _layers; layer++) stream = After(stream, x => model.Layer(layer, x));
        var (reported, trained) = ChunkedLoss.Forward(
            () => model.HeadProduct(stream, _spec.Recipe.Precision == Precision.Fp8Head), model.Capped,
            targets.reshape(-1), ObjectiveOf(inputs));
        stream.Dispose();
        (factor == 1 ? trained : trained * factor).backward();
        return reported.item<float>();
    }

    private Objective ObjectiveOf(Tensor inputs) => new(_spec.Recipe, teacher, teacher?.Stream(inputs));

    private void RunSegments(IModelSegments parts, Tensor inputs, Func<Tensor, Tensor> head)
    {
        using var scope = NewDisposeScope();
        var begin = parts.Embed(inputs);
        var passed = new Stack<ForwardedSegment>();
        var stream = begin.detach();
        foreach (var segment in Segments(parts))
        {
            var leaf = stream.requires_grad_(true);
            Tensor? kept = null;
            if (segment.Recomputed)
            {
                using (no_grad()) stream = InScope(() => segment.Forward(leaf));
            }
            else
            {
                kept = segment.Forward(leaf);
                stream = kept.detach();
            }

            passed.Push(new ForwardedSegment(segment, leaf, kept));
        }

        var gradient = InScope(() => head(stream));
        stream.Dispose();
        while (passed.TryPop(out var last))
        {
            using var turn = NewDisposeScope();
            var output = last.Output ?? last.Segment.Forward(last.Leaf);
            output.backward([gradient]);
            output.Dispose();
            gradient.Dispose();
            gradient = last.Leaf.grad!.MoveToOuterDisposeScope();
            last.Leaf.Dispose();
        }

        begin.backward([gradient]);
    }

    private IEnumerable<Segment> Segments(IModelSegments parts)
    {
        Tensor Block(int layer, Tensor x) =>
            After(InScope(() => parts.AttentionHalf(layer, x)), y => parts.MlpHalf(layer, y));
        if (recompute == RecomputeMode.None)
        {
            yield return new(Recomputed: false, x =>
            {
                var y = Block(0, x);
                for (var layer = 1; layer < _layers; layer++) y = After(y, z => Block(layer, z));
                return y;
            });
            yield break;
        }

        for (var layer = 0; layer < _layers; layer++)
        {
            var at = layer;
            if (recompute == RecomputeMode.Block) yield return new(Recomputed: true, x => Block(at, x));
            else
            {
                yield return new(Recomputed: true, x => InScope(() => parts.AttentionHalf(at, x)));
                yield return new(Recomputed: false, x => InScope(() => parts.MlpHalf(at, x)));
            }
        }
    }

    private static Tensor InScope(Func<Tensor> make)
    {
        using var scope = NewDisposeScope();
        return make().MoveToOuterDisposeScope();
    }

    /// <summary>What is made of x, which is let go.</summary>
    private static Tensor After(Tensor x, Func<Tensor, Tensor> make)
    {
        var made = InScope(() => make(x));
        x.Dispose();
        return made;
    }

    private sealed record Segment(bool Recomputed, Func<Tensor, Tensor> Forward);

    private sealed record ForwardedSegment(Segment Segment, Tensor Leaf, Tensor? Output);
}
