namespace ScalingLab.Torch;

public static partial class Composites
{
    /// <inheritdoc cref="Kernels.lion_"/>
    public static void lion_(Tensor parameter, Tensor grad, Tensor expAvg, double lr, double beta1, double beta2,
        double weightDecay,
        double gradScale = 1)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var gradient = grad * gradScale;
        var direction = (expAvg * beta1).add_(gradient, 1 - beta1).sign();
        expAvg.mul_(beta2).add_(gradient, 1 - beta2);
        parameter.mul_(1 - (lr * weightDecay)).add_(direction, -lr);
    }

    /// <inheritdoc cref="Kernels.sgd_"/>
    public static void sgd_(Tensor parameter, Tensor grad, Tensor velocity, double lr, double momentum,
        double weightDecay, double gradScale = 1)
    {
        using var still = no_grad();
        velocity.mul_(momentum).add_(grad, gradScale);
        parameter.mul_(1 - (lr * weightDecay)).add_(velocity, -lr);
    }

    /// <inheritdoc cref="Kernels.lamb_"/>
    public static void lamb_(Tensor parameter, Tensor grad, Tensor expAvg, Tensor expAvgSq,
        IReadOnlyList<(long Length, double Decay)> parts,
        double lr, double beta1, double beta2, double eps, long step, double gradScale = 1)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var gradient = grad * gradScale;
        expAvg.mul_(beta1).add_(gradient, 1 - beta1);
        expAvgSq.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
        var denominator = expAvgSq.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, step))).add_(eps);
        var direction = expAvg / denominator / (1 - Math.Pow(beta1, step));
        long first = 0;
        foreach (var (length, decay) in parts)
        {
            using var part = NewDisposeScope();
            var weight = parameter.narrow(0, first, length);
            var update = direction.narrow(0, first, length) + (weight * decay);
            var (size, change) = (weight.norm(), update.norm());
            // on the device: nobody waits
            var ratio = where(size.gt(0).logical_and(change.gt(0)), size / change, ones_like(size));
            weight.sub_(update * ratio * lr);
            first += length;
        }
    }

    /// <inheritdoc cref="Kernels.nesterov_"/>
    public static void nesterov_(Tensor grad, Tensor momentum, Tensor direction, double mu, double gradScale = 1)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var gradient = grad * gradScale;
        momentum.mul_(mu).add_(gradient);
        direction.copy_(gradient).add_(momentum, mu);
    }

    /// <inheritdoc cref="Kernels.orthogonalize"/>
    public static Tensor orthogonalize(Tensor x, int iterations = 5)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var tall = x.shape[^2] > x.shape[^1];
        var y = tall ? x.transpose(-2, -1) : x;
        y = y / (y.square().sum([-2L, -1L], keepdim: true).sqrt() + 1e-7);
        for (var i = 0; i < iterations; i++)
        {
            var square = y.matmul(y.transpose(-2, -1));
            y = (y * 3.4445) + ((square * -4.7750) + (square.matmul(square) * 2.0315)).matmul(y);
        }

        return (tall ? y.transpose(-2, -1) : y).contiguous().MoveToOuterDisposeScope();
    }
}
