using ScalingLab.Torch.Modules;
using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>Every operation with a gradient against central finite differences in float64.</summary>
public class GradientTests
{
    private sealed record Operation(long[][] Inputs, Func<Tensor[], Tensor> Apply, bool Positive = false);

    private static readonly long[] Square = [3, 3];
    private static readonly long[] Row = [3];
    private static readonly long[] Heads = [2, 2, 5, 4];

    private static readonly Dictionary<string, Operation> Operations = new()
    {
        ["add"] = new([Square, Row], x => x[0].add(x[1])),
        ["add alpha"] = new([Square, Row], x => x[0].add(x[1], 3)),
        ["add scalar"] = new([Square], x => x[0] + 2.5),
        ["sub"] = new([Square, Row], x => x[0] - x[1]),
        ["sub scalar"] = new([Square], x => x[0] - 2),
        ["scalar sub"] = new([Square], x => 2 - x[0]),
        ["mul"] = new([Square, Row], x => x[0] * x[1]),
        ["mul scalar"] = new([Square], x => 2 * x[0] * 1.5),
        ["div"] = new([Square, Row], x => x[0] / x[1], Positive: true),
        ["div scalar"] = new([Square], x => x[0] / 3),
        ["scalar div"] = new([Square], x => 3 / x[0], Positive: true),
        ["neg"] = new([Square], x => -x[0]),
        ["pow scalar"] = new([Square], x => x[0].pow(2.5), Positive: true),
        ["pow"] = new([Square, Row], x => x[0].pow(x[1]), Positive: true),
        ["abs"] = new([Square], x => x[0].abs(), Positive: true),
        ["sqrt"] = new([Square], x => x[0].sqrt(), Positive: true),
        ["rsqrt"] = new([Square], x => x[0].rsqrt(), Positive: true),
        ["square"] = new([Square], x => x[0].square()),
        ["exp"] = new([Square], x => x[0].exp()),
        ["log"] = new([Square], x => x[0].log(), Positive: true),
        ["sin"] = new([Square], x => x[0].sin()),
        ["cos"] = new([Square], x => x[0].cos()),
        ["tanh"] = new([Square], x => x[0].tanh()),
        ["erf"] = new([Square], x => x[0].erf()),
        ["sigmoid"] = new([Square], x => x[0].sigmoid()),
        ["clamp"] = new([Square], x => x[0].clamp(-0.7, 0.9)),
        ["masked_fill"] = new([Square], x => x[0].masked_fill(ones(3, 3).tril().eq(0), 2)),
        ["where"] = new([Square, Square], x => where(ones(3, 3).tril().eq(1), x[0], x[1])),
        ["tril"] = new([Square], x => x[0].tril()),
        ["triu"] = new([Square], x => x[0].triu(1)),
        ["matmul"] = new([[2, 3, 4], [4, 5]], x => x[0].matmul(x[1])),
        ["mm"] = new([[3, 4], [4, 2]], x => x[0].mm(x[1])),
        ["bmm"] = new([[2, 3, 4], [2, 4, 2]], x => x[0].bmm(x[1])),
        ["outer"] = new([Row, Row], x => x[0].outer(x[1])),
        ["sum"] = new([Square], x => x[0].sum()),
        ["sum dims"] = new([[2, 3, 4]], x => x[0].sum([0L, 2L], keepdim: true)),
        ["mean"] = new([Square], x => x[0].mean()),
        ["mean dims"] = new([[2, 3, 4]], x => x[0].mean([1, 2])),
        ["var"] = new([[2, 5]], x => x[0].var([1])),
        ["std"] = new([[2, 5]], x => x[0].std([1], keepdim: true)),
        ["amax"] = new([[2, 5]], x => x[0].amax([1], keepdim: true)),
        ["max"] = new([Square], x => x[0].max()),
        ["max dim"] = new([Square], x => x[0].max(1).values),
        ["max other"] = new([Square, Square], x => x[0].max(x[1])),
        ["min"] = new([Square], x => x[0].min()),
        ["min dim"] = new([Square], x => x[0].min(0).values),
        ["min other"] = new([Square, Square], x => x[0].min(x[1])),
        ["norm"] = new([Square], x => x[0].norm()),
        ["norm dim"] = new([Square], x => x[0].norm(1)),
        ["cumsum"] = new([Square], x => x[0].cumsum(1)),
        ["softmax"] = new([Square], x => x[0].softmax(-1)),
        ["log_softmax"] = new([Square], x => x[0].log_softmax(-1)),
        ["logsumexp"] = new([Square], x => x[0].logsumexp(-1)),
        ["topk"] = new([[2, 5]], x => x[0].topk(2).values),
        ["sort"] = new([[2, 5]], x => x[0].sort().Values),
        ["t"] = new([[2, 3]], x => x[0].t()),
        ["transpose"] = new([[2, 3, 4]], x => x[0].transpose(0, 2)),
        ["permute"] = new([[2, 3, 4]], x => x[0].permute(1, 2, 0)),
        ["view"] = new([[2, 6]], x => x[0].view(3, 4)),
        ["reshape"] = new([[2, 6]], x => x[0].t().reshape(3, 4)),
        ["flatten"] = new([[2, 3, 4]], x => x[0].flatten(1)),
        ["expand"] = new([[1, 3]], x => x[0].expand(2, 3)),
        ["repeat"] = new([[2, 3]], x => x[0].repeat(2, 1)),
        ["unsqueeze"] = new([Row], x => x[0].unsqueeze(0)),
        ["squeeze"] = new([[1, 3, 1]], x => x[0].squeeze(0).squeeze()),
        ["narrow"] = new([[4, 3]], x => x[0].narrow(0, 1, 2)),
        ["slice"] = new([[5, 3]], x => x[0].slice(0, 0, 5, 2)),
        ["select"] = new([Square], x => x[0][1]),
        ["index_select"] = new([Square], x => x[0].index_select(0, tensor([2L, 0L, 2L]))),
        ["gather"] = new([Square], x => x[0].gather(1, tensor([0L, 2L, 1L], [3, 1]))),
        ["chunk"] = new([[4, 3]], x => x[0].chunk(2)[1]),
        ["split"] = new([[5, 3]], x => x[0].split(2)[2]),
        ["split sizes"] = new([[5, 3]], x => x[0].split([1, 4])[1]),
        ["cat"] = new([Square, Square], x => cat([x[0], x[1]], 1)),
        ["stack"] = new([Square, Square], x => stack([x[0], x[1]], 1)),
        ["contiguous"] = new([[2, 3]], x => x[0].t().contiguous()),
        ["clone"] = new([Square], x => x[0].clone()),
        ["linear"] = new([[2, 3], [4, 3], [4]], x => nn.functional.linear(x[0], x[1], x[2])),
        ["relu"] = new([Square], x => nn.functional.relu(x[0])),
        ["gelu"] = new([Square], x => nn.functional.gelu(x[0])),
        ["gelu tanh"] = new([Square], x => nn.functional.gelu(x[0], GELU.Approximate.tanh)),
        ["silu"] = new([Square], x => nn.functional.silu(x[0])),
        ["layer_norm"] = new([[2, 5], [5], [5]], x => nn.functional.layer_norm(x[0], [5], x[1], x[2])),
        ["cross_entropy"] = new([[3, 4]], x => nn.functional.cross_entropy(x[0], tensor([1L, -100L, 3L]))),
        ["cross_entropy sum"] =
            new([[3, 4]], x => nn.functional.cross_entropy(x[0], tensor([1L, 0L, 3L]), reduction: nn.Reduction.Sum)),
        ["attention"] = new([Heads, Heads, Heads],
            x => nn.functional.scaled_dot_product_attention(x[0], x[1], x[2], is_casual: true)),
        ["attention mask"] = new([Heads, Heads, Heads], x => nn.functional.scaled_dot_product_attention(
            x[0], x[1], x[2], full([5, 5], double.NegativeInfinity, ScalarType.Float64).triu(2))),
        ["kernels: embedding"] = new([[5, 3]], x => Kernels.embedding(x[0], tensor([4L, 1L, 4L]))),
        ["kernels: rms_norm"] = new([[4, 7], [7]], x => Kernels.rms_norm(x[0], x[1], 1e-5)),
        ["kernels: rotary"] = new([Heads], x => Kernels.rotary(x[0], Angles().cos(), Angles().sin())),
        ["kernels: swiglu"] = new([Square, Square], x => Kernels.swiglu(x[0], x[1])),
        ["kernels: causal_attention"] = new([Heads, Heads, Heads], x => Kernels.causal_attention(x[0], x[1], x[2])),
        ["kernels: cross_entropy"] = new([[3, 4]], x => Kernels.cross_entropy(x[0], tensor([1L, -100L, 3L]))),
        ["composites: rms_norm"] = new([[4, 7], [7]], x => Composites.rms_norm(x[0], x[1], 1e-5)),
        ["composites: rotary"] = new([Heads], x => Composites.rotary(x[0], Angles().cos(), Angles().sin())),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_equals_finite_differences(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var operation = Operations[name];
        Tensor[] inputs = [.. operation.Inputs.Select(shape => randn(shape, ScalarType.Float64))];
        if (operation.Positive)
            inputs = [.. inputs.Select(x => x.abs() + 0.5)];
        Tensor[] leaves = [.. inputs.Select(x => x.clone().requires_grad_())];
        Weighted(operation.Apply(leaves)).backward();

        const double Step = 1e-6;
        using var still = no_grad();
        for (var i = 0; i < inputs.Length; i++)
        {
            var analytic = leaves[i].grad!.contiguous().data<double>().ToArray();
            var values = inputs[i].data<double>();
            for (var j = 0; j < analytic.Length; j++)
            {
                using var step = NewDisposeScope();
                var at = values.Span[j];
                values.Span[j] = at + Step;
                var above = Weighted(operation.Apply(inputs)).ToDouble();
                values.Span[j] = at - Step;
                var below = Weighted(operation.Apply(inputs)).ToDouble();
                values.Span[j] = at;
                var numeric = (above - below) / (2 * Step);
                Assert.True(Math.Abs(numeric - analytic[j]) <= 1e-6 * Math.Max(1, Math.Abs(numeric)),
                    $"{name}, input {i}, element {j}: autograd {analytic[j]}, finite difference {numeric}");
            }
        }
    }

    /// <summary>One number that depends on every element of a result in its own way.</summary>
    private static Tensor Weighted(Tensor result) =>
        (result.flatten() * (arange(result.numel(), ScalarType.Float64) + 1).sin()).sum();

    private static Tensor Angles() => arange(10, ScalarType.Float64).reshape(5, 2) * 0.3;
}
