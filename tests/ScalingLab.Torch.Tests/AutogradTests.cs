using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

public class AutogradTests
{
    [Fact]
    public void Backward_adds_to_the_gradient_of_a_leaf()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 2.0, 3.0], requires_grad: true);
        Assert.Null(x.grad);
        x.square().sum().backward();
        x.square().sum().backward();
        Assert.Equal([4.0, 8.0, 12.0], x.grad!.data<double>().ToArray());
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void A_gradient_can_be_set()
    {
        using var scope = NewDisposeScope();
        var x = zeros([2], requires_grad: true);
        var buffer = ones(2);
        x.grad = buffer;
        (x * 3).sum().backward();
        Assert.Equal([4f, 4f], buffer.data<float>().ToArray());
    }

    [Fact]
    public void Nothing_is_followed_under_no_grad_and_following_returns_afterwards()
    {
        using var scope = NewDisposeScope();
        var x = ones([2], requires_grad: true);
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
            Assert.False(is_grad_enabled());
        }
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void A_graph_kept_can_be_walked_twice_and_one_not_kept_cannot()
    {
        using var scope = NewDisposeScope();
        var x = ones([2], requires_grad: true);
        var y = x.square().sum();
        y.backward(retain_graph: true);
        y.backward();
        Assert.Equal([4f, 4f], x.grad!.data<float>().ToArray());
        Assert.Contains("second time", Assert.Throws<TorchException>(y.backward).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gradient_can_be_given_for_an_output_of_many_elements()
    {
        using var scope = NewDisposeScope();
        var x = ones([2], requires_grad: true);
        (x * 2).backward([tensor([1f, 10f])]);
        Assert.Equal([2f, 20f], x.grad!.data<float>().ToArray());
    }
}
