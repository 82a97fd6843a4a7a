using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch;

// Updates other than AdamW's, over flat float32 buffers of one length.
public static partial class Kernels
{
    /// <summary>
    /// One step of Lion (Chen et al. 2023, arXiv:2302.06675, algorithm 2): parameter -= lr (sign(beta1 m + (1 - beta1)
    /// g) + weightDecay parameter); m = beta2 m + (1 - beta2) g. gradScale multiplies the gradient first.
    /// </summary>
    /// <exception cref="TorchException">Buffers differ in length, or are not float32 in order.</exception>
    public static void lion_(Tensor parameter, Tensor grad, Tensor expAvg, double lr, double beta1, double beta2,
        double weightDecay,
        double gradScale = 1)
    {
        if (OnHost(parameter))
            Native.Check(
                Native.sl_lion_(parameter.Raw, grad.Raw, expAvg.Raw, lr, beta1, beta2, weightDecay, gradScale));
        else
            Composites.lion_(parameter, grad, expAvg, lr, beta1, beta2, weightDecay, gradScale);
    }

    /// <summary>
    /// One step of gradient descent with Polyak's momentum: velocity = momentum velocity + g; parameter -= lr (velocity
    /// + weightDecay parameter). gradScale multiplies the gradient first.
    /// </summary>
    /// <exception cref="TorchException">Buffers differ in length, or are not float32 in order.</exception>
    public static void sgd_(Tensor parameter, Tensor grad, Tensor velocity, double lr, double momentum,
        double weightDecay, double gradScale = 1)
    {
        if (OnHost(parameter))
            Native.Check(Native.sl_sgd_(parameter.Raw, grad.Raw, velocity.Raw, lr, momentum, weightDecay, gradScale));
        else
            Composites.sgd_(parameter, grad, velocity, lr, momentum, weightDecay, gradScale);
    }

    /// <summary>
    /// One step of LAMB (You et al. 2020, arXiv:1904.00962, algorithm 2) on tensors that lie one after another. Of
    /// each: u = Adam's direction with both corrections + decay parameter; parameter -= lr |parameter| / |u| u; where
    /// either norm is zero the ratio is 1.
    /// </summary>
    /// <param name="parameter">Weights, [n].</param>
    /// <param name="grad">Gradient, [n], multiplied by <paramref name="gradScale"/> first.</param>
    /// <param name="expAvg">First moment, [n].</param>
    /// <param name="expAvgSq">Second moment, [n].</param>
    /// <param name="parts">Length and weight decay of each tensor; the lengths' sum is n.</param>
    /// <param name="lr">Learning rate.</param>
    /// <param name="beta1">Decay of the first moment.</param>
    /// <param name="beta2">Decay of the second.</param>
    /// <param name="eps">Added to the second's root.</param>
    /// <param name="step">1 for the first.</param>
    /// <param name="gradScale">For clipping or averaging.</param>
    /// <exception cref="TorchException">Buffers differ in length, are not float32 in order, or the parts do not fill
    /// them.</exception>
    public static void lamb_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq,
        IReadOnlyList<(long Length, double Decay)> parts,
        double lr, double beta1, double beta2, double eps, long step, double gradScale = 1)
    {
        if (!OnHost(parameter))
        {
            Composites.lamb_(parameter, grad, expAvg, expAvgSq, parts, lr, beta1, beta2, eps, step, gradScale);
            return;
        }
        long[] lengths = [.. parts.Select(p => p.Length)];
        double[] decays = [.. parts.Select(p => p.Decay)];
        Native.Check(
            Native.sl_lamb_(parameter.Raw, grad.Raw, expAvg.Raw, expAvgSq.Raw, lengths, decays, parts.Count, lr, beta1,
                beta2, eps,
            step, gradScale));
    }

    /// <summary>
    /// Nesterov's momentum as Muon has it (Jordan et al. 2024): momentum = mu momentum + g; direction = g + mu
    /// momentum. gradScale multiplies the gradient first.
    /// </summary>
    /// <exception cref="TorchException">Buffers differ in length, or are not float32 in order.</exception>
    public static void nesterov_(Tensor grad, Tensor momentum, Tensor direction, double mu, double gradScale = 1)
    {
        if (OnHost(grad))
            Native.Check(Native.sl_nesterov_(grad.Raw, momentum.Raw, direction.Raw, mu, gradScale));
        else
            Composites.nesterov_(grad, momentum, direction, mu, gradScale);
    }

    /// <summary>
    /// Each matrix's singular values brought near 1, its directions kept: x / |x|, then y = a y + (b y y^T + c (y
    /// y^T)^2) y with (a, b, c) = (3.4445, -4.7750, 2.0315), on the smaller side (Jordan et al. 2024,
    /// kellerjordan.github.io/posts/muon). After 5 iterations singular values that were not tiny lie between about 0.7
    /// and 1.2.
    /// </summary>
    /// <param name="x">Matrices, [.., rows, columns].</param>
    /// <param name="iterations">5 in Muon.</param>
    public static Tensor orthogonalize(Tensor x, int iterations = 5) =>
        Native.NewTensor(Native.sl_orthogonalize(x.Raw, iterations, out var y), y);
}
