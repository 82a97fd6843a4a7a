using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>Matrix products in bfloat16: sums are in float whatever the processor, and rounded once.</summary>
public sealed class ProductTests
{
    private const int Terms = 2048;

    [Fact]
    public void A_linear_layer_in_bfloat16_and_its_gradients_are_those_of_its_factors_within_one_rounding()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var (x, weight, upstream) = (Factor(3, Terms), Factor(Terms, Terms), Factor(3, Terms));
        var (exactX, exactWeight) = (Leaf(x.to(ScalarType.Float32)), Leaf(weight.to(ScalarType.Float32)));
        (x, weight) = (Leaf(x), Leaf(weight));
        var y = nn.functional.linear(x, weight);
        var exact = nn.functional.linear(exactX, exactWeight);
        (y * upstream).sum().backward();
        (exact * upstream.to(ScalarType.Float32)).sum().backward();
        Near(exact, y);
        Near(exactX.grad!, x.grad!);
        Near(exactWeight.grad!, weight.grad!);
    }

    [Fact]
    public void Products_of_matrices_in_bfloat16_are_those_of_their_factors_within_one_rounding()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        random.manual_seed(6);
        var (x, y) = (Factor(5, Terms), Factor(Terms, 7));
        var exact = x.to(ScalarType.Float32).matmul(y.to(ScalarType.Float32));
        Near(exact, x.matmul(y));
        Near(exact, x.mm(y));
        Near(exact.unsqueeze(0), x.unsqueeze(0).bmm(y.unsqueeze(0)));
    }

    // All positive, so that a sum grows far beyond its terms: added up in bfloat16 it stands still at 256 of them.
    private static Tensor Factor(long rows, long columns) => rand([rows, columns]).to(ScalarType.BFloat16);

    private static Tensor Leaf(Tensor x) => x.detach().requires_grad_(true);

    private static void Near(Tensor exact, Tensor found)
    {
        using var quiet = no_grad();
        var error = ((found.to(ScalarType.Float32) - exact).abs() / exact.abs()).max().item<float>();
        Assert.InRange(error, 0, 0.005f);
    }
}
