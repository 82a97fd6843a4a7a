using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Models;

/// <summary>
/// Head, loss and their gradient a chunk of rows at a time, so that the logits of a whole micro-batch never exist at
/// once (as Liger does: Hsu et al. 2024, arXiv 2410.10989, section 3.2). Rows do not know of each other, so the loss
/// and the stream's gradient are those of the whole; the head's gradient is summed in another order. Small logits stay
/// whole: their runs keep their numbers to the last bit.
/// </summary>
internal static class ChunkedLoss
{
    /// <summary>Rows of a chunk; all of them where their logits are small.</summary>
    /// <param name="rows">Tokens of the micro-batch.</param>
    /// <param name="vocabulary">Logits a row.</param>
    /// <param name="elementBytes">Bytes of one.</param>
    public static long Rows(long rows, long vocabulary, long elementBytes) =>
        Math.Min(rows, MemoryEstimate.ChunkRows(vocabulary, elementBytes));

    /// <summary>
    /// The two losses of some logits: what is reported and what is trained on, which has z-loss beside. The logits
    /// themselves go at once.
    /// </summary>
    /// <param name="product">Makes what the head's product gives, [.., vocabulary].</param>
    /// <param name="capped">Makes logits of it: the soft cap, where there is one.</param>
    /// <param name="targets">int64, one a row.</param>
    /// <param name="objective">
    /// What is trained on. Where a gradient is rounded to 8 bits it is the product's, with a cap's derivative in it.
    /// </param>
    /// <returns>Means over the rows, fp32 [], in the caller's scope.</returns>
    public static (Tensor Reported, Tensor Trained) Forward(
        Func<Tensor> product, Func<Tensor, Tensor> capped, Tensor targets, Objective objective)
    {
        using var scope = NewDisposeScope();
        var made = product();
        if (objective.Recipe.Precision == Precision.Fp8Head)
        {
            var uncapped = made.view(-1, made.shape[^1]);
            var trained = Composites.e5m2_gradient(uncapped, from =>
            {
                var logits = capped(from);
                return objective.Of(Kernels.cross_entropy(logits, targets), logits);
            });
            return (Kernels.cross_entropy(capped(uncapped.detach()), targets).MoveToOuterDisposeScope(),
                trained.MoveToOuterDisposeScope());
        }

        var rows = capped(made).view(-1, made.shape[^1]);
        var reported = Kernels.cross_entropy(rows, targets).MoveToOuterDisposeScope();
        return (reported, objective.IsPlain ? reported
            : objective.Of(reported, rows).MoveToOuterDisposeScope());
    }

    /// <summary>Adds the head's gradients to the parameters' and returns the gradient of the stream.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stream">The residual stream after the last block, [B, T, d], without history.</param>
    /// <param name="targets">int64 [B, T].</param>
    /// <param name="factor">What the mean loss is multiplied by.</param>
    /// <param name="objective">As in <see cref="Forward"/>, of all rows.</param>
    /// <param name="chunk">Rows at a time.</param>
    /// <returns>Mean reported loss, nats/token, and the stream's gradient, [B, T, d], in the caller's scope.</returns>
    public static (double Loss, Tensor Gradient) Backward(
        Transformer model, Tensor stream, Tensor targets, double factor, Objective objective, long chunk)
    {
        var rows = targets.numel();
        var gradient = empty_like(stream);
        var (from, into, wanted) = (stream.view(1, rows, -1), gradient.view(1, rows, -1), targets.reshape(-1));
        double loss = 0;
        for (long first = 0; first < rows; first += chunk)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(chunk, rows - first);
            var leaf = from.narrow(1, first, count).detach().requires_grad_(true);
            var (reported, trained) = Forward(
                () => model.HeadProduct(leaf, objective.Recipe.Precision == Precision.Fp8Head), model.Capped,
                wanted.narrow(0, first, count), objective.Rows(first, count));
            var share = factor * ((double)count / rows);
            (share == 1 ? trained : trained * share).backward();
            loss += reported.item<float>() * ((double)count / rows);
            using (no_grad()) into.narrow(1, first, count).copy_(leaf.grad!);
            if (count < rows) model.Parameters.AccumulateGradient(ParameterBuffer.IsOutsideBlocks);
        }

        return (loss, gradient);
    }

    /// <summary>Mean loss as it is reported, nats/token, of a stream without autograd.</summary>
    public static Tensor Mean(Transformer model, Tensor stream, Tensor targets)
    {
        var (rows, wanted) = (targets.numel(), targets.reshape(-1));
        var chunk = Rows(rows, model.Vocabulary, stream.element_size());
        if (chunk == rows) return Kernels.cross_entropy(model.Logits(stream).view(rows, -1), wanted);
        var from = stream.view(1, rows, -1);
        var sum = zeros(1, ScalarType.Float64, stream.device).squeeze();
        for (long first = 0; first < rows; first += chunk)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(chunk, rows - first);
            sum.add_(
                Kernels.cross_entropy(model.Logits(from.narrow(1, first, count)).view(count, -1),
                    wanted.narrow(0, first, count)), (double)count / rows);
        }

        return sum.to(ScalarType.Float32);
    }
}
